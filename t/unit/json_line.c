/* The line writer: whatever the input, jansson reads back what was meant, and nothing is
 * written past the buffer.
 */
#include "guard.h"

#include "base/json_line.h"

#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>

#define R "\xEF\xBF\xBD"
#define TEXTS 200000
#define PARTS_MAX 24

/* Characters, and bytes that are not, each with what is kept of it. Input that is not UTF-8 ends
 * with a letter, so that it does not become a character with what follows. */
static const struct {
    const char *in, *out;
} parts[] = {
    { "a", "a" },
    { "plain text, longer than one word", "plain text, longer than one word" },
    { "\"", "\"" },
    { "\\", "\\" },
    { "/", "/" },
    { "\n", R },
    { "\x01", R },
    { "\x1b[31m", R "[31m" },
    { "\x7f", R },
    { "\xC2\x80", R },                  /* the first of C1 */
    { "\xC2\x9F", R },                  /* the last of C1 */
    { "\xC2\xA0", "\xC2\xA0" },         /* no-break space */
    { "\xD8\x9C", R },                  /* U+061C */
    { "\xE2\x80\x8D", "\xE2\x80\x8D" }, /* U+200D */
    { "\xE2\x80\x8E", R },              /* U+200E */
    { "\xE2\x80\xAE", R },              /* U+202E */
    { "\xE2\x81\xA9", R },              /* U+2069 */
    { "\xE2\x81\xAA", "\xE2\x81\xAA" },
    { "\xC3\xA4", "\xC3\xA4" },
    { "\xE2\x82\xAC", "\xE2\x82\xAC" },
    { "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" },
    { "\xC0\xAFz", R R "z" },
    { "\xED\xA0\x80z", R R R "z" },
    { "\xF4\x90\x80\x80z", R R R R "z" },
    { "\xE2\x82z", R R "z" },
    { "\xFFz", R "z" },
};

/* The characters at the head of @p text that have at most @p max bytes together. */
static size_t fitting_length(const char *text, size_t max)
{
    size_t used = 0, next = 0;

    while (text[next]) {
        do {
            next++;
        } while (((unsigned char)text[next] & 0xC0) == 0x80);
        if (next > max) {
            break;
        }
        used = next;
    }
    return used;
}

static void check_text(const char *in, const char *out, size_t max, const char *row)
{
    char buffer[4096];
    tg_json_line_t line;
    size_t length, kept = fitting_length(out, max);
    json_error_t error;
    json_t *root;
    int cut;

    tg_json_line_begin(&line, buffer, sizeof(buffer));
    tg_json_line_literal(&line, TG_JSON_NAME("first"), "null");
    cut = tg_json_line_text(&line, TG_JSON_NAME("text"), in, max);
    length = tg_json_line_end(&line);
    root = json_loadb(buffer, length, JSON_REJECT_DUPLICATES, &error);
    CHECK(root, "%s: %s: %.*s", row, error.text, (int)length, buffer);
    same_text(json_string_value(json_object_get(root, "text")),
              apr_pstrmemdup(unit_pool, out, kept), row);
    same_number(cut, kept < strlen(out), row);
    json_decref(root);
}

static void texts_are_read_back(void **state)
{
    unsigned seed = 20261128;
    size_t i, j;

    (void)state;
    for (i = 0; i < ROWS(parts); i++) {
        check_text(parts[i].in, parts[i].out, 1000, parts[i].in);
    }
    for (i = 0; i < TEXTS; i++) {
        char in[1024] = "", out[1024] = "", row[32];
        size_t n = (size_t)rand_r(&seed) % PARTS_MAX;

        for (j = 0; j < n; j++) {
            size_t part = (size_t)rand_r(&seed) % ROWS(parts);

            strcat(in, parts[part].in);
            strcat(out, parts[part].out);
        }
        apr_snprintf(row, sizeof(row), "text %d", (int)i);
        check_text(in, out, 4 + (size_t)rand_r(&seed) % 200, row);
        if (i % 1000 == 0) {
            apr_pool_clear(unit_pool);
        }
    }
}

static size_t write_nested(char *buffer, size_t size)
{
    tg_json_line_t line;

    tg_json_line_begin(&line, buffer, size);
    tg_json_line_open(&line, TG_JSON_NAME("empty"));
    tg_json_line_close(&line);
    tg_json_line_open(&line, TG_JSON_NAME("outer"));
    tg_json_line_number(&line, TG_JSON_NAME("zero"), 0);
    tg_json_line_open(&line, TG_JSON_NAME("inner"));
    tg_json_line_literal(&line, TG_JSON_NAME("yes"), "true");
    tg_json_line_close(&line);
    tg_json_line_open_array(&line, TG_JSON_NAME("list"));
    (void)tg_json_line_text(&line, TG_JSON_NO_NAME, "one", 10);
    tg_json_line_number(&line, TG_JSON_NO_NAME, 18446744073709551615UL);
    tg_json_line_close_array(&line);
    tg_json_line_close(&line);
    return tg_json_line_end(&line);
}

static void members_are_nested(void **state)
{
    char buffer[200];

    (void)state;
    same_text(apr_pstrmemdup(unit_pool, buffer, write_nested(buffer, sizeof(buffer))),
              "{\"empty\":{},\"outer\":{\"zero\":0,\"inner\":{\"yes\":true},"
              "\"list\":[\"one\",18446744073709551615]}}",
              "nested");
}

/* Each size up to the right one: all or nothing, and nothing past the end. */
static void what_does_not_fit_is_left_out(void **state)
{
    char buffer[200];
    size_t whole = write_nested(buffer, sizeof(buffer)), size;
    guard_t guard = guard_open(whole);

    (void)state;
    for (size = 0; size <= whole; size++) {
        char *end = (char *)guard.pages + guard.room;

        same_number((int64_t)write_nested(end - size, size), size < whole ? 0 : (int64_t)whole,
                    apr_psprintf(unit_pool, "%d bytes", (int)size));
    }
    guard_close(&guard);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts_are_read_back),
    cmocka_unit_test(members_are_nested),
    cmocka_unit_test(what_does_not_fit_is_left_out),
};

UNIT_MAIN(tests)
