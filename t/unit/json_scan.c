/* The scanner of JSON: what it takes and what not, at the end of readable memory; and on lines of the
 * log in which something was changed it says what jansson says. With TLSGATE_LONG in the environment
 * on a million of them.
 */
#include "guard.h"

#include "json_scan.h"

#include <stdlib.h>

static const struct {
    const char *text;
    int is_json;
} rows[] = {
    { "{}", 1 },
    { " [ ] ", 1 },
    { "[1,2,[3,{\"a\":[]}]]", 1 },
    { "{\"a\":1,\"a\":2}", 1 },
    { "\"\"", 1 },
    { "\"\\u00e9\\ud83d\\ude00\\n\\/\\\\\"", 1 },
    { "-0.5e+10", 1 },
    { "0", 1 },
    { "1E400", 1 },
    { "true", 1 },
    { "\t\r\n null", 1 },
    { "\"\xC3\xA9\xF0\x9F\x98\x80\x7F\"", 1 },
    { "", 0 },
    { " ", 0 },
    { "{", 0 },
    { "{\"a\"", 0 },
    { "{\"a\":", 0 },
    { "{\"a\":1", 0 },
    { "{\"a\":1,", 0 },
    { "{\"a\":1,}", 0 },
    { "{,\"a\":1}", 0 },
    { "{a:1}", 0 },
    { "{\"a\" 1}", 0 },
    { "[1,]", 0 },
    { "[1 2]", 0 },
    { "[", 0 },
    { "]", 0 },
    { "[}", 0 },
    { "{]", 0 },
    { "01", 0 },
    { "-", 0 },
    { "-01", 0 },
    { "+1", 0 },
    { "1.", 0 },
    { ".5", 0 },
    { "1e", 0 },
    { "1e+", 0 },
    { "tru", 0 },
    { "True", 0 },
    { "nulll", 0 },
    { "1 2", 0 },
    { "\"", 0 },
    { "\"a", 0 },
    { "\"\\", 0 },
    { "\"\\\"", 0 },
    { "\"\\x\"", 0 },
    { "\"\\u12\"", 0 },
    { "\"\\u123g\"", 0 },
    { "\"\\u0000\"", 0 },
    { "\"\\ud800\"", 0 },
    { "\"\\ud800\\n\"", 0 },
    { "\"\\ud800\\u0041\"", 0 },
    { "\"\\udc00\"", 0 },
    { "\"\x1F\"", 0 },
    { "\"\n\"", 0 },
    { "\"\x80\"", 0 },
    { "\"\xC0\xAF\"", 0 },
    { "\"\xED\xA0\x80\"", 0 },
    { "\"\xF4\x90\x80\x80\"", 0 },
    { "\"\xE2\x82\"", 0 },
    { "\"\xE2\x82", 0 },
    { "\xEF\xBB\xBF{}", 0 },
};

static void takes_json_only(void **state)
{
    guard_t guard = guard_open(4096);
    char scratch[256];
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        size_t length = strlen(rows[i].text);
        const char *text =
            (const char *)guard_put(&guard, (const unsigned char *)rows[i].text, length);
        json_t *document = scanned_document(text, length, scratch);

        CHECK((document != NULL) == rows[i].is_json, "%s: %d", rows[i].text, document != NULL);
        CHECK(scans_as_jansson(text, length, scratch), "%s: not as jansson", rows[i].text);
        json_decref(document);
    }
    guard_close(&guard);
}

static void depth_is_bounded(void **state)
{
    char text[2 * TG_JSON_DEPTH_MAX + 8], scratch[sizeof(text)];
    size_t depth = TG_JSON_DEPTH_MAX;
    json_t *document;

    (void)state;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    document = scanned_document(text, 2 * depth, scratch);
    CHECK(document != NULL, "so deep is read");
    json_decref(document);
    memset(text, '[', depth + 1);
    memset(text + depth + 1, ']', depth + 1);
    CHECK(!scanned_document(text, 2 * depth + 2, scratch), "deeper is not");
}

/* --- lines that were changed --- */

static const char whole[] =
    "{\"@timestamp\":\"2027-04-14T09:02:00.101Z\",\"ecs\":{\"version\":\"8.11.0\"},\"client\":{"
    "\"port\":51234,\"ip\":\"192.0.2.0\"},\"user\":{\"id\":\"A-20\"},\"user_agent\":{\"original\":"
    "\"J\xC3\xA4va/1.7 \\\"x\\\" \\u00e9\\ud83d\\ude00 \xF0\x9F\x98\x80\"},\"http\":{\"response\":{"
    "\"status_code\":426}},\"tls\":{\"established\":true,\"client\":{\"ja4\":"
    "\"t10d090600_c491f621fb4c_195413a0cc0f\"}},\"tlsgate\":{\"client\":\"account:A-20\","
    "\"protocol\":\"TLSv1\",\"schedule\":\"legacy-tls\",\"override\":null,\"exemption\":{\"until\":"
    "\"2027-09-01T00:00:00Z\",\"owner\":null},\"test\":false,\"n\":-1.5e3,\"versions\":[\"TLSv1\",["
    "1,{"
    "}]]}}";

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)random_state * bound) >> 32);
}

/* What a broken disk, a cut and a person make of a line. @return the new length */
static size_t change_line(char *line, size_t length)
{
    static const char pieces[] = "{}[]\",:\\u0-+.eEtfn \x80\xC3\xED\xF0\x01\x7F\n";
    size_t at = random_below((uint32_t)length), other = random_below((uint32_t)length);

    switch (random_below(7)) {
    case 0: /* another byte */
        line[at] = (char)random_below(256);
        return length;
    case 1: /* another byte that means something */
        line[at] = pieces[random_below(sizeof(pieces) - 1)];
        return length;
    case 2: /* one bit */
        line[at] = (char)(line[at] ^ (1 << random_below(8)));
        return length;
    case 3: /* cut off */
        return at;
    case 4: /* a byte less */
        memmove(line + at, line + at + 1, length - at - 1);
        return length - 1;
    case 5: /* a byte more */
        memmove(line + at + 1, line + at, length - at);
        line[at] = pieces[random_below(sizeof(pieces) - 1)];
        return length + 1;
    default: /* two bytes changed places */
        line[at] ^= line[other];
        line[other] ^= line[at];
        line[at] ^= line[other];
        return length;
    }
}

static void says_what_jansson_says(void **state)
{
    unsigned rounds = getenv("TLSGATE_LONG") ? 1000000 : 20000, i, taken = 0;
    guard_t guard = guard_open(2 * sizeof(whole));
    char line[2 * sizeof(whole)], scratch[2 * sizeof(whole)];

    (void)state;
    random_state = 1;
    for (i = 0; i < rounds; i++) {
        size_t length = sizeof(whole) - 1;
        unsigned changes = 1 + random_below(3);
        const char *put;
        json_t *document;

        memcpy(line, whole, sizeof(whole));
        while (changes-- > 0 && length > 0) {
            length = change_line(line, length);
        }
        put = (const char *)guard_put(&guard, (const unsigned char *)line, length);
        CHECK(scans_as_jansson(put, length, scratch), "round %u: %.*s", i, (int)length, line);
        document = scanned_document(put, length, scratch);
        taken += document != NULL;
        json_decref(document);
    }
    CHECK(taken > rounds / 10 && taken < rounds / 10 * 9, "%u of %u are JSON: too one-sided", taken,
          rounds);
    guard_close(&guard);
}

/* --- a member whose name is known --- */

static const struct {
    const char *text, *name;
    int count, is_taken;
} known_names[] = {
    { "\"ab\":1}", "ab", 0, 1 },  { ",\"ab\":1}", "ab", 1, 1 },
    { "\"ab\":", "ab", 0, 1 },    { "\"\":", "", 0, 1 },
    { ",\"ab\":1}", "ab", 0, 0 }, { "\"ab\":1}", "ab", 1, 0 },
    { "\"abc\":1}", "ab", 0, 0 }, { "\"a\":1}", "ab", 0, 0 },
    { "\"ax\":1}", "ab", 0, 0 },  { "\"ab\" :1}", "ab", 0, 0 },
    { " \"ab\":1}", "ab", 0, 0 }, { ", \"ab\":1}", "ab", 1, 0 },
    { "\"ab\"", "ab", 0, 0 },     { "\"ab", "ab", 0, 0 },
    { "\"", "ab", 0, 0 },         { ",\"ab\"", "ab", 1, 0 },
    { ",", "ab", 1, 0 },          { "", "ab", 0, 0 },
    { "", "ab", 1, 0 },           { "}", "", 0, 0 },
    { "xab\":1}", "ab", 0, 0 },   { "\"abx:1}", "ab", 0, 0 },
};

/* Nothing behind the text is read, and nothing is taken where it is not that one. */
static void takes_a_known_name(void **state)
{
    guard_t guard = guard_open(4096);
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(known_names); i++) {
        const char *name = known_names[i].name;
        size_t length = strlen(known_names[i].text);
        size_t taken = known_names[i].is_taken
                           ? strlen(name) + strlen("\"\":") + (known_names[i].count > 0)
                           : 0;
        int count = known_names[i].count;
        const char *text =
            (const char *)guard_put(&guard, (const unsigned char *)known_names[i].text, length);
        tg_json_scan_t scan;

        tg_json_scan_begin(&scan, text, length, NULL);
        same_number(tg_json_scan_named(&scan, &count, name, strlen(name)), known_names[i].is_taken,
                    known_names[i].text);
        same_number(scan.at - text, (int64_t)taken, known_names[i].text);
        same_number(count, known_names[i].count + known_names[i].is_taken, known_names[i].text);
    }
    guard_close(&guard);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(takes_json_only),
    cmocka_unit_test(depth_is_bounded),
    cmocka_unit_test(takes_a_known_name),
    cmocka_unit_test(says_what_jansson_says),
};

UNIT_MAIN(tests)
