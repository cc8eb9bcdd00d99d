/* Random and hostile sightings: jansson reads each line back as what was meant. Another decoder of
 * UTF-8 than the module's says what that is. 100,000 of them; with TLSGATE_LONG a million. */
#include "repaired.h"
#include "seen.h"

#include <stdlib.h>

#define TEXT_MAX 700

static uint64_t seed = 88172645463325252U;

static unsigned random_below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 11) % n;
}

/* What hurts most: the ends of ranges, what is cut short, what has to be escaped or replaced. */
static const char *const pieces[] = {
    "\"",
    "\\",
    "/",
    "\x01",
    "\n",
    "\x1F",
    "\x7F",
    "\x80",
    "\xC2",
    "\xC2\x80",
    "\xC2\x9F",
    "\xC2\xA0",
    "\xC3\xA9",
    "\xC0\xAF",
    "\xE0\x80",
    "\xE0\x9F\xBF",
    "\xE0\xA0\x80",
    "\xE2\x80\xAE",
    "\xE2\x81\xA6",
    "\xD8\x9C",
    "\xE2\x82",
    "\xED\x9F\xBF",
    "\xED\xA0\x80",
    "\xEF\xBF\xBF",
    "\xF0\x8F\xBF",
    "\xF0\x9F\x98",
    "\xF4\x8F",
    "\xF4\x90\x80",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
    "\xF5",
    "\xFF",
    "\xE2\x80\xA8",
    "%s",
    "\\u0000",
    "</script>",
};

static const char *random_text(char *buffer)
{
    static const unsigned lengths[] = { 4, 20, 100, TEXT_MAX };
    size_t length = random_below(lengths[random_below(ROWS(lengths))]), n = 0;
    unsigned kind = random_below(4);

    while (n < length) {
        const char *piece = pieces[random_below(ROWS(pieces))];

        if (kind == 0 || random_below(kind * 4) != 0) {
            buffer[n++] = (char)(kind == 0 ? 1 + random_below(255) : 'a' + random_below(26));
        }
        else if (n + strlen(piece) < TEXT_MAX) {
            memcpy(buffer + n, piece, strlen(piece));
            n += strlen(piece);
        }
        else {
            break;
        }
    }
    buffer[n] = '\0';
    return buffer;
}

/* What is left of a text that was cut is its beginning. */
static void check_text(const json_t *root, size_t i, const char *text, const char *line)
{
    const json_t *value = member_of(root, object_paths[sent[i].object], sent[i].name);
    static char want[3 * TEXT_MAX + 4];

    if (!text) {
        CHECK(!value, "%s is there: %s", path_of(i), line);
        return;
    }
    repair(text, want);
    if (is_cut(root, path_of(i))) {
        size_t length = json_string_length(value);

        CHECK(length < strlen(want) && strncmp(json_string_value(value), want, length) == 0,
              "%s is cut to something else: %s", path_of(i), line);
        return;
    }
    CHECK(value && strcmp(json_string_value(value), want) == 0, "%s is something else: %s",
          path_of(i), line);
}

static void check_one(void)
{
    static char buffers[ROWS(sent)][TEXT_MAX + 8], line[TG_SIGHTING_MAX + 1];
    tg_sighting_t s = { .protocol = TG_PROTOCOL_TLS1_0, .outcome = &rejected, .status = 426 };
    json_error_t error;
    apr_size_t length;
    json_t *root;
    size_t i;

    s.port = random_below(0x10000);
    s.time = (apr_time_t)random_below(2000000000) * 1000000 + random_below(1000000);
    for (i = 0; i < ROWS(sent); i++) {
        const char *text = random_below(8) ? random_text(buffers[i]) : NULL;

        memcpy((char *)&s + sent[i].offset, &text, sizeof(text));
    }
    length = tg_sighting_write(&s, line);
    CHECK(length > 0 && length <= TG_SIGHTING_MAX && strlen(line) == length &&
              strchr(line, '\n') == line + length - 1,
          "no line of %lu bytes: %s", (unsigned long)length, line);
    root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    CHECK(root, "%s: %s", error.text, line);
    for (i = 0; i < ROWS(sent); i++) {
        const char *text;

        memcpy(&text, (const char *)&s + sent[i].offset, sizeof(text));
        check_text(root, i, text, line);
    }
    json_decref(root);
}

static void jansson_reads_what_was_meant(void **state)
{
    int i, n = getenv("TLSGATE_LONG") ? 1000000 : 100000;

    (void)state;
    for (i = 0; i < n; i++) {
        check_one();
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(jansson_reads_what_was_meant),
};

UNIT_MAIN(tests)
