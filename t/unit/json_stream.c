/* The writer of long documents: whatever the values, its text is that of jansson, and it fits the layout
 * that json_stream.h tells of.
 */
#include "guard.h"

#include "base/json_stream.h"
#include "base/utf8.h"

#include <apr_strings.h>
#include <stdlib.h>

#define R "\xEF\xBF\xBD"
#define TEXTS 200000
#define PARTS_MAX 24

/* A document that is written to memory. */
typedef struct {
    tg_json_stream_t stream;
    FILE *file;
    char *text;
    size_t length;
} written_t;

static void take_written(void *file, const char *bytes, size_t length)
{
    CHECK(fwrite(bytes, 1, length, file) == length, "no memory");
}

static tg_json_stream_t *begin_written(written_t *w)
{
    w->file = open_memstream(&w->text, &w->length);
    tg_json_stream_begin(&w->stream, unit_pool, take_written, w->file);
    return &w->stream;
}

/* Its text, which is the caller's. */
static const char *end_written(written_t *w)
{
    tg_json_stream_end(&w->stream);
    fclose(w->file);
    return w->text;
}

/* What jansson makes of it, which is the caller's. */
static char *dumped_text(const char *text, size_t length)
{
    json_t *value = json_stringn(text, length);
    char *dumped =
        value ? json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY) : NULL;

    CHECK(dumped, "jansson refuses a text of %d bytes", (int)length);
    json_decref(value);
    return dumped;
}

/* Texts of one document, one after the other: what was meant by them is compared in one go. */
typedef struct {
    written_t written;
    FILE *file;
    char *wanted;
    size_t length;
    int count;
} texts_t;

static void begin_texts(texts_t *t)
{
    t->count = 0;
    tg_json_stream_open_lines(begin_written(&t->written), "texts");
    t->file = open_memstream(&t->wanted, &t->length);
    fputs("{\n  \"texts\": [", t->file);
}

/* @param kept what is kept of the text */
static void add_text(texts_t *t, const char *text, size_t length, const char *kept,
                     size_t kept_length)
{
    char *dumped = dumped_text(kept, kept_length);

    tg_json_stream_text(&t->written.stream, NULL, text, length);
    fprintf(t->file, "%s\n    %s", t->count++ ? "," : "", dumped);
    free(dumped);
}

static void end_texts(texts_t *t)
{
    size_t i, length;

    tg_json_stream_close(&t->written.stream);
    (void)end_written(&t->written);
    fputs("\n  ]\n}\n", t->file);
    fclose(t->file);
    length = t->written.length < t->length ? t->written.length : t->length;
    for (i = 0; i < length && t->written.text[i] == t->wanted[i]; i++) {
    }
    CHECK(i == t->length && i == t->written.length, "at byte %d of %d: %.100s, not %.100s", (int)i,
          (int)t->length, t->written.text + (i > 20 ? i - 20 : 0),
          t->wanted + (i > 20 ? i - 20 : 0));
    free(t->written.text);
    free(t->wanted);
}

static void each_code_point_is_as_of_jansson(void **state)
{
    texts_t texts;
    char text[400];
    size_t length = 0;
    unsigned code;

    (void)state;
    begin_texts(&texts);
    for (code = 0; code <= 0x10FFFF; code++) {
        code = code == 0xD800 ? 0xE000 : code;
        length = (size_t)(tg_utf8_put(text + length, code) - text);
        /* Of lengths that differ, so that it is each byte of a step once. */
        if (length > 40 + code % 61 || code < 0x100 || code == 0x10FFFF) {
            add_text(&texts, text, length, text, length);
            length = 0;
        }
    }
    end_texts(&texts);
}

/* Bytes, each with what is kept of them. What is not UTF-8 ends with a letter, so that it does not become
 * a character with what follows. */
#define SAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1, text, sizeof(text) - 1                                             \
    }
#define OTHER(text, kept)                                                                          \
    {                                                                                              \
        text, sizeof(text) - 1, kept, sizeof(kept) - 1                                             \
    }
static const struct {
    const char *in;
    size_t length;
    const char *out;
    size_t out_length;
} parts[] = {
    SAME("a"),
    SAME("plain text, longer than one word"),
    SAME("\""),
    SAME("\\"),
    SAME("/"),
    SAME("\0"),
    SAME("\b\f\n\r\t"),
    SAME("\x01\x1f"),
    SAME("\x1b[31m"),
    SAME("\x7f"),
    SAME("\xC2\x80"),
    SAME("\xC3\xA4"),
    SAME("\xE2\x80\xAE"),
    SAME("\xE2\x82\xAC"),
    SAME("\xEF\xBF\xBF"),
    SAME("\xF0\x9F\x98\x80"),
    SAME("\xF4\x8F\xBF\xBF"),
    OTHER("\xC0\xAFz", R R "z"),
    OTHER("\xED\xA0\x80z", R R R "z"),
    OTHER("\xF4\x90\x80\x80z", R R R R "z"),
    OTHER("\xE2\x82z", R R "z"),
    OTHER("\xF0\x9F\x98z", R R R "z"),
    OTHER("\xF0\x9F\x98\0", R R R "\0"),
    OTHER("\x80z", R "z"),
    OTHER("\xFFz", R "z"),
};

static void any_text_is_as_of_jansson(void **state)
{
    unsigned seed = 20261129;
    texts_t texts;
    size_t i, j;

    (void)state;
    begin_texts(&texts);
    for (i = 0; i < TEXTS; i++) {
        char in[1024], out[1024];
        size_t n = (size_t)rand_r(&seed) % PARTS_MAX, length = 0, out_length = 0;

        for (j = 0; j < n; j++) {
            size_t part = (size_t)rand_r(&seed) % ROWS(parts);

            memcpy(in + length, parts[part].in, parts[part].length);
            length += parts[part].length;
            memcpy(out + out_length, parts[part].out, parts[part].out_length);
            out_length += parts[part].out_length;
        }
        add_text(&texts, in, length, out, out_length);
    }
    end_texts(&texts);
}

/* Longer than what is kept back of the file, of characters of each kind. */
static void a_text_may_be_long(void **state)
{
    static const char *const of[] = { "x", "\"", "\n", "\x7f", "\xC3\xA4", "\xF0\x9F\x98\x80" };
    enum { LONG = 200001 };
    char *text = malloc(LONG + 4);
    size_t i, length;

    (void)state;
    for (i = 0; i < ROWS(of); i++) {
        texts_t texts;

        for (length = 0; length < LONG; length += strlen(of[i])) {
            memcpy(text + length, of[i], strlen(of[i]));
        }
        begin_texts(&texts);
        add_text(&texts, "short", 5, "short", 5);
        add_text(&texts, text, length, text, length);
        add_text(&texts, "", 0, "", 0);
        end_texts(&texts);
    }
    free(text);
}

/* Nothing is read behind a text, also where a character is cut off by its end. */
static void nothing_behind_a_text_is_read(void **state)
{
    static const char cut[] = "plain until here\xF0\x9F\x98\x80";
    guard_t guard = guard_open(sizeof(cut));
    size_t length, lost;

    (void)state;
    for (length = 0; length < sizeof(cut); length++) {
        const char *text = (char *)guard_put(&guard, (const unsigned char *)cut, length);
        texts_t texts;
        char kept[64];

        memcpy(kept, cut, length);
        lost = length > 16 && length < 20 ? length - 16 : 0;
        strcpy(kept + length - lost, lost == 3 ? R R R : lost == 2 ? R R : lost ? R : "");
        begin_texts(&texts);
        add_text(&texts, text, length, kept, length + 2 * lost);
        end_texts(&texts);
    }
    guard_close(&guard);
}

static void values_are_nested(void **state)
{
    written_t w;
    tg_json_stream_t *s = begin_written(&w);

    (void)state;
    tg_json_stream_open_object(s, "empty");
    tg_json_stream_close(s);
    tg_json_stream_open_array(s, "none");
    tg_json_stream_close(s);
    tg_json_stream_open_lines(s, "no_line");
    tg_json_stream_close(s);
    tg_json_stream_open_lines(s, "lines");
    tg_json_stream_open_object(s, NULL);
    tg_json_stream_open_array(s, "of");
    tg_json_stream_number(s, NULL, INT64_MIN);
    tg_json_stream_number(s, NULL, -1);
    tg_json_stream_number(s, NULL, 0);
    tg_json_stream_number(s, NULL, 9);
    tg_json_stream_number(s, NULL, 10);
    tg_json_stream_number(s, NULL, INT64_MAX);
    tg_json_stream_close(s);
    tg_json_stream_truth(s, "yes", 2);
    tg_json_stream_close(s);
    tg_json_stream_truth(s, NULL, 0);
    tg_json_stream_close(s);
    tg_json_stream_instant(s, "at", at("2018-07-10T09:00:00Z"));
    tg_json_stream_instant(s, "never", TG_NEVER);
    tg_json_stream_instant(s, "always", TG_ALWAYS);
    tg_json_stream_value(s, "real", json_real(0.1));
    tg_json_stream_value(s, "whole", json_real(1));
    tg_json_stream_value(s, "nothing", NULL);
    tg_json_stream_value(s, "any", json_pack("{s:s, s:[i]}", "a", "\xC3\xA4", "b", 1));
    same_text(end_written(&w),
              "{\n  \"empty\": {},\n  \"none\": [],\n  \"no_line\": [\n  ],\n  \"lines\": [\n"
              "    {\"of\":[-9223372036854775808,-1,0,9,10,9223372036854775807],\"yes\":true},\n"
              "    false\n  ],\n  \"at\": \"2018-07-10T09:00:00Z\",\n  \"never\": null,\n"
              "  \"always\": null,\n  \"real\": 0.10000000000000001,\n  \"whole\": 1.0,\n"
              "  \"nothing\": null,\n  \"any\": {\"a\":\"\\u00E4\",\"b\":[1]}\n}\n",
              "nested");
    free(w.text);
}

static void an_empty_document_is_one(void **state)
{
    written_t w;

    (void)state;
    (void)begin_written(&w);
    same_text(end_written(&w), "{\n}\n", "empty");
    free(w.text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_code_point_is_as_of_jansson),
    cmocka_unit_test(any_text_is_as_of_jansson),
    cmocka_unit_test(a_text_may_be_long),
    cmocka_unit_test(nothing_behind_a_text_is_read),
    cmocka_unit_test(values_are_nested),
    cmocka_unit_test(an_empty_document_is_one),
};

UNIT_MAIN(tests)
