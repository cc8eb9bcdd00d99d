/* Text from clients: always valid UTF-8, and never longer than asked. */
#include "unit.h"

#include "base/text.h"

#include <apr_strings.h>
#include <stdlib.h>

#define R "\xEF\xBF\xBD"

typedef struct {
    const char *what;
    const char *in, *out;
} row_t;

static const row_t rows[] = {
    { "nothing", "", "" },
    { "ASCII with control bytes", "a\x01\t\r\n\x7F\"\\/", "a\x01\t\r\n\x7F\"\\/" },
    { "the first and last of two bytes", "\xC2\x80\xDF\xBF", "\xC2\x80\xDF\xBF" },
    { "the first and last of three bytes", "\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF" },
    { "the first and last of four bytes", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF",
      "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF" },
    { "around the surrogates", "\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80" },
    { "a lone continuation byte", "a\x80z", "a" R "z" },
    { "0xFE and 0xFF", "\xFE\xFF", R R },
    { "Latin-1", "caf\xE9", "caf" R },
    { "overlong NUL", "\xC0\x80", R R },
    { "overlong slash of two", "\xC0\xAF", R R },
    { "overlong of two", "\xC1\xBF", R R },
    { "overlong of three", "\xE0\x9F\xBF", R R R },
    { "overlong of four", "\xF0\x8F\xBF\xBF", R R R R },
    { "a surrogate", "\xED\xA0\x80", R R R },
    { "the last surrogate", "\xED\xBF\xBF", R R R },
    { "above U+10FFFF", "\xF4\x90\x80\x80", R R R R },
    { "five bytes", "\xF8\x88\x80\x80\x80", R R R R R },
    { "cut short after one of two", "x\xC3", "x" R },
    { "cut short after two of three", "x\xE2\x82", "x" R R },
    { "cut short after three of four", "x\xF0\x9F\x98", "x" R R R },
    { "cut short by ASCII",
      "\xE2\x82"
      "A",
      R R "A" },
    { "cut short by another", "\xE2\x82\xC3\xA4", R R "\xC3\xA4" },
    { "valid after broken", "\x80\xC3\xA4\x80", R "\xC3\xA4" R },
};

/* In a name, each character that would control a terminal is replaced too. */
static const row_t names[] = {
    { "ASCII", "Acme Ltd", "Acme Ltd" },
    { "a line end", "a\naccount:b", "a" R "account:b" },
    { "an escape, a bell, DEL", "\x1B]0;t\x07\x7F", R "]0;t" R R },
    { "C1",
      "a\xC2\x9B"
      "31m",
      "a" R "31m" },
    { "an Arabic letter mark",
      "a\xD8\x9C"
      "b",
      "a" R "b" },
    { "overrides of direction",
      "\xE2\x80\xAE"
      "a\xE2\x81\xA9",
      R "a" R },
    { "controls beside broken bytes", "\x01\x80\xC2", R R R },
    { "characters that are not", "\xC2\xA0\xE2\x80\x8D\xF0\x9F\x98\x80",
      "\xC2\xA0\xE2\x80\x8D\xF0\x9F\x98\x80" },
};

static void is_made_a_name(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(names); i++) {
        int cut = 0;
        const char *clean = tg_text_clean_name(unit_pool, names[i].in, 1000, &cut);

        same_text(clean, names[i].out, names[i].what);
        same_number(cut, 0, names[i].what);
        same_number(tg_text_is_printable(unit_pool, clean), 1, names[i].what);
    }
    for (i = 0; i < ROWS(rows); i++) {
        int cut = 0;

        same_number(
            tg_text_is_printable(unit_pool, tg_text_clean_name(unit_pool, rows[i].in, 1000, &cut)),
            1, rows[i].what);
    }
    assert_null(tg_text_clean_name(unit_pool, NULL, 1000, NULL));
}

static void is_made_valid(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        int cut = 0;

        same_text(tg_text_clean(unit_pool, rows[i].in, 1000, &cut), rows[i].out, rows[i].what);
        same_number(cut, 0, rows[i].what);
    }
    assert_null(tg_text_clean(unit_pool, NULL, 1000, NULL));
}

static const struct {
    const char *in;
    size_t max;
    const char *out;
    int cut;
} cuts[] = {
    { "abcd", 4, "abcd", 0 },
    { "abcde", 4, "abcd", 1 },
    { "abc\xC3\xA4", 5, "abc\xC3\xA4", 0 },
    { "abc\xC3\xA4", 4, "abc", 1 },
    { "ab\xE2\x82\xAC"
      "c",
      4, "ab", 1 },
    { "a\xE2\x82\xAC"
      "c",
      4, "a\xE2\x82\xAC", 1 },
    { "a\xF0\x9F\x98\x80", 4, "a", 1 },
    { "\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80", 0 },
    { "a\xFF", 4, "a" R, 0 },
    { "ab\xFF", 4, "ab", 1 },
    { "\xFF\xFF\xFF", 8, R R, 1 },
    { "\xFF\xFF\xFF", 9, R R R, 0 },
    { "", 4, "", 0 },
};

static void is_cut_between_characters(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(cuts); i++) {
        int cut = 0;

        same_text(tg_text_clean(unit_pool, cuts[i].in, cuts[i].max, &cut), cuts[i].out, cuts[i].in);
        same_number(cut, cuts[i].cut, cuts[i].in);
    }
}

static void an_earlier_cut_is_not_forgotten(void **state)
{
    int cut = 1;

    (void)state;
    tg_text_clean(unit_pool, "short", 1000, &cut);
    assert_int_equal(cut, 1);
}

/* Every pair of bytes stays within its bound and is the same when cleaned twice. */
static void is_stable(void **state)
{
    apr_pool_t *pool;
    int a, b;

    (void)state;
    apr_pool_create(&pool, unit_pool);
    for (a = 1; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            char in[] = { (char)a, (char)b, '\x80', '\0' };
            const char *once, *twice;
            int cut = 0;

            once = tg_text_clean(pool, in, 9, &cut);
            twice = tg_text_clean(pool, once, 9, &cut);
            CHECK(strlen(once) <= 9 && !cut && strcmp(once, twice) == 0, "%02X %02X", a, b);
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

/* The text ends where its memory ends: nothing after the NUL is read. */
static void reads_no_byte_behind_the_end(void **state)
{
    static const char *const ends[] = { "x\xF0", "x\xF0\x9F", "x\xF0\x9F\x98",
                                        "x\xE2", "x\xE2\x82", "x\xC3" };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(ends); i++) {
        size_t size = strlen(ends[i]) + 1;
        char *exact = malloc(size);
        int cut = 0;

        assert_non_null(exact);
        memcpy(exact, ends[i], size);
        has_text(tg_text_clean(unit_pool, exact, 100, &cut), "x" R, ends[i]);
        free(exact);
    }
}

static const struct {
    const char *in, *out;
} quotes[] = {
    { "", "\"\"" },
    { "plain text, with /slashes/ and 'quotes'", "\"plain text, with /slashes/ and 'quotes'\"" },
    { "a\"b", "\"a\\\"b\"" },
    { "a\\b", "\"a\\\\b\"" },
    { "a\nb\tc", "\"a\\nb\\tc\"" },
    { "a\x1F", "\"a\\u001F\"" },
    { "\x01\x1F", "\"\\u0001\\u001F\"" },
    { "p\xC3\xA4pst", "\"p\xC3\xA4pst\"" },
    { "caf\xE9", "\"caf" R "\"" },
    { "\xFF", "\"" R "\"" },
};

static void is_quoted_as_json(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(quotes); i++) {
        same_text(tg_text_quote(unit_pool, quotes[i].in), quotes[i].out, quotes[i].in);
    }
}

/* SHA-256 as FIPS 180-4 has it, its first half in hex. */
static void hashes_are_published_ones(void **state)
{
    (void)state;
    assert_string_equal(tg_text_hash(unit_pool, ""), "sha256:e3b0c44298fc1c149afbf4c8996fb924");
    assert_string_equal(tg_text_hash(unit_pool, "abc"), "sha256:ba7816bf8f01cfea414140de5dae2223");
}

static void is_printed_without_effect(void **state)
{
    static const row_t printed[] = {
        { "nothing", "", "" },
        { "printable ASCII, from the first to the last", " Acme Ltd~", " Acme Ltd~" },
        { "a control character behind it", "Acme\x1B[2J", "Acme\\x1b[2J" },
        { "DEL behind it", "Acme\x7F", "Acme\\x7f" },
        { "what has no effect", "caf\xC3\xA9", "caf\xC3\xA9" },
        { "what is no UTF-8", "caf\xE9", "caf" R },
        { "a direction behind it", "caf\xE2\x80\xAE", "caf\\u202e" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(printed); i++) {
        same_text(tg_text_printable(unit_pool, printed[i].in), printed[i].out, printed[i].what);
    }
}

static void names_of_hosts_are_told(void **state)
{
    static const struct {
        const char *text;
        int is_domain;
    } domains[] = {
        { "example.com", 1 },
        { "a", 1 },
        { "a-1.b--c.2", 1 },
        { "192.0.2.1", 1 },
        { "", 0 },
        { ".", 0 },
        { ".a", 0 },
        { "a.", 0 },
        { "a..b", 0 },
        { "-a.b", 0 },
        { "a-.b", 0 },
        { "a.-b", 0 },
        { "a.b-", 0 },
        { "a b", 0 },
        { "a/b", 0 },
        { "b\xC3\xBC.de", 0 },
        { "a_b", 0 },
        { "a.b:80", 0 },
        { "[2001:db8::1]", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(domains); i++) {
        same_number(tg_text_is_domain(domains[i].text), domains[i].is_domain, domains[i].text);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(is_made_valid),
    cmocka_unit_test(is_made_a_name),
    cmocka_unit_test(is_cut_between_characters),
    cmocka_unit_test(an_earlier_cut_is_not_forgotten),
    cmocka_unit_test(is_stable),
    cmocka_unit_test(reads_no_byte_behind_the_end),
    cmocka_unit_test(is_quoted_as_json),
    cmocka_unit_test(is_printed_without_effect),
    cmocka_unit_test(hashes_are_published_ones),
    cmocka_unit_test(names_of_hosts_are_told),
};

UNIT_MAIN(tests)
