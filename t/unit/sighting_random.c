/* Random and hostile sightings: jansson reads each line back as what was meant. Another decoder of
 * UTF-8 than the module's says what that is. 100,000 of them; with TLSGATE_LONG a million. */
#include "seen.h"

#include <stdlib.h>

/* The texts of a sighting. */
static const struct {
    const char *object, *name, *path;
    size_t offset;
} sent[] = {
#define SIGHTING_TEXT(object, name, member, max, gives_way, doc)                                   \
    { object, name, object "." name, offsetof(tg_sighting_t, member) },
#include "format/sighting.def"
};

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

/* One character by its bits; its length, or 0 if it is none. */
static size_t decode(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length = s[0] < 0x80       ? 1
                    : s[0] >> 5 == 6  ? 2
                    : s[0] >> 4 == 14 ? 3
                    : s[0] >> 3 == 30 ? 4
                                      : 0;
    size_t i;

    *code = length == 1 ? s[0] : s[0] & (0x7FU >> length);
    for (i = 1; i < length; i++) {
        if (s[i] >> 6 != 2) {
            return 0;
        }
        *code = *code << 6 | (s[i] & 0x3FU);
    }
    return length && *code >= least[length] && *code <= 0x10FFFF && *code >> 11 != 0x1B ? length
                                                                                        : 0;
}

static int is_acting(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The text as it is meant to be, if nothing is cut. */
static void repair(const char *text, char *out)
{
    const unsigned char *s = (const unsigned char *)text;

    while (*s) {
        uint32_t code;
        size_t length = decode(s, &code);
        int is_kept = length > 0 && !is_acting(code);

        memcpy(out, is_kept ? (const char *)s : "\xEF\xBF\xBD", is_kept ? length : 3);
        out += is_kept ? length : 3;
        s += length ? length : 1;
    }
    *out = '\0';
}

static const json_t *member_of(const json_t *root, const char *object, const char *name)
{
    char first[64];
    const char *dot = strchr(object, '.');

    snprintf(first, sizeof(first), "%.*s", (int)(dot ? dot - object : (long)strlen(object)),
             object);
    root = json_object_get(root, first);
    return json_object_get(dot ? json_object_get(root, dot + 1) : root, name);
}

/* What is left of a text that was cut is its beginning. */
static void check_text(const json_t *root, size_t i, const char *text, const char *line)
{
    const json_t *value = member_of(root, sent[i].object, sent[i].name);
    static char want[3 * TEXT_MAX + 4];

    if (!text) {
        CHECK(!value, "%s is there: %s", sent[i].path, line);
        return;
    }
    repair(text, want);
    if (is_cut(root, sent[i].path)) {
        size_t length = json_string_length(value);

        CHECK(length < strlen(want) && strncmp(json_string_value(value), want, length) == 0,
              "%s is cut to something else: %s", sent[i].path, line);
        return;
    }
    CHECK(value && strcmp(json_string_value(value), want) == 0, "%s is something else: %s",
          sent[i].path, line);
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
