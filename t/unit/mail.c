/* Mails: which addresses are ones, which lines a header has, and that no line of a body begins an entry
 * of an mbox.
 */
#include "unit.h"

#include "letter/mail.h"
#include "letter/mail_encode.h"

#include <apr_strings.h>

static const struct {
    const char *text;
    int is_address;
} addresses[] = {
    { "a@example.com", 1 },
    { "first.last+tag@mail.example.com", 1 },
    { "root@localhost", 1 },
    { "o'neil@x-y.example", 1 },
    { "", 0 },
    { "a", 0 },
    { "@example.com", 0 },
    { "a@", 0 },
    { "a@b@example.com", 0 },
    { ".a@example.com", 0 },
    { "a.@example.com", 0 },
    { "a..b@example.com", 0 },
    { "a@.example.com", 0 },
    { "a@example.com.", 0 },
    { "a@example..com", 0 },
    { "a@-example.com", 0 },
    { "a@example-.com", 0 },
    { "a@ex_ample.com", 0 },
    { "a@example.com\nBcc: b@example.com", 0 },
    { "a\r\nBcc: b@example.com", 0 },
    { "a b@example.com", 0 },
    { "a@example.com, b@example.com", 0 },
    { "\"a b\"@example.com", 0 },
    { "Name <a@example.com>", 0 },
    { "a@[192.0.2.7]", 0 },
    { "\xC3\xA4@example.com", 0 },
    { "a@ex\xC3\xA4mple.com", 0 },
};

static void tells_addresses(void **state)
{
    tg_fault_t fault;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(addresses); i++) {
        CHECK(tg_mail_address_check(addresses[i].text, &fault) == addresses[i].is_address,
              "\"%s\": %s", addresses[i].text, addresses[i].is_address ? fault.reason : "taken");
    }
}

static void an_address_has_limits(void **state)
{
    char *local = apr_psprintf(unit_pool, "%065d@example.com", 1);
    char *all = apr_psprintf(unit_pool, "a@%0252d", 1);
    tg_fault_t fault;

    (void)state;
    assert_false(tg_mail_address_check(local, &fault));
    assert_true(tg_mail_address_check(local + 1, &fault));
    assert_true(tg_mail_address_check(all, &fault));
    assert_false(tg_mail_address_check(apr_pstrcat(unit_pool, all, "1", NULL), &fault));
}

static void a_sender_may_have_a_name(void **state)
{
    tg_mail_sender_t sender;
    tg_fault_t fault;

    (void)state;
    assert_true(tg_mail_sender_parse(unit_pool, " Example API <api@example.com>", &sender, &fault));
    same_text(sender.name, "Example API", "name");
    same_text(sender.address, "api@example.com", "address");
    assert_true(tg_mail_sender_parse(unit_pool, "<api@example.com>", &sender, &fault));
    same_text(sender.name, NULL, "no name");
    assert_true(tg_mail_sender_parse(unit_pool, "api@example.com", &sender, &fault));
    same_text(sender.name, NULL, "without brackets");
    assert_false(tg_mail_sender_parse(unit_pool, "A <a@b> <api>", &sender, &fault));
    assert_false(tg_mail_sender_parse(unit_pool, "A <>", &sender, &fault));
}

static const struct {
    const char *text, *subject, *name;
} words[] = {
    { "plain", "plain", "plain" },
    { "", "", "" },
    { "TLS 1.0: (old), \"a\"", "TLS 1.0: (old), \"a\"",
      "=?UTF-8?Q?TLS_1=2E0=3A_=28old=29=2C_=22a=22?=" },
    { " a", "=?UTF-8?Q?_a?=", "=?UTF-8?Q?_a?=" },
    { "a\nBcc: b", "=?UTF-8?Q?a=0ABcc=3A_b?=", "=?UTF-8?Q?a=0ABcc=3A_b?=" },
    { "=?UTF-8?Q?a?=", "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fa=3F=3D?=",
      "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fa=3F=3D?=" },
    { "\xE2\x82\xAC 5", "=?UTF-8?Q?=E2=82=AC_5?=", "=?UTF-8?Q?=E2=82=AC_5?=" },
};

static void encodes_words(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(words); i++) {
        same_text(tg_mail_words(unit_pool, words[i].text), words[i].subject, words[i].text);
        same_text(tg_mail_name(unit_pool, words[i].text), words[i].name, words[i].text);
    }
}

/* A character is never split between two words: RFC 2047 section 5. */
static void long_words_are_folded(void **state)
{
    const char *text = "", *line;
    int i;

    (void)state;
    for (i = 0; i < 60; i++) {
        text = apr_pstrcat(unit_pool, text, "\xE2\x82\xAC", NULL);
    }
    line = tg_mail_words(unit_pool, text);
    for (i = 0; line; i++) {
        const char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);

        CHECK(length <= 76, "%d bytes in a line", (int)length);
        CHECK(strstr(line, "=?UTF-8?Q?") == line + (i > 0) &&
                  memcmp(line + length - 2, "?=", 2) == 0,
              "no word: %.*s", (int)length, line);
        CHECK((length - (i > 0) - 12) % 9 == 0, "a character is split: %.*s", (int)length, line);
        line = end ? end + 1 : NULL;
    }
    assert_true(i > 1);
}

/* RFC 2047 section 2: a word has 75 characters at most. */
static void a_word_has_its_longest(void **state)
{
    const char *line =
        tg_mail_name(unit_pool, apr_psprintf(unit_pool, "a%.*s", 90,
                                             ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
                                             ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
                                             ",,,,,,,,,,"));
    size_t longest = 0, length;

    (void)state;
    for (; *line; line += length + (line[length] == '\n')) {
        line += *line == ' ';
        length = strcspn(line, "\n");
        longest = length > longest ? length : longest;
    }
    CHECK(longest > 70 && longest <= 75, "a word of %d", (int)longest);
}

static const struct {
    const char *text, *body;
} bodies[] = {
    { "", "" },
    { "a", "a\n" },
    { "a\n\nb\n", "a\n\nb\n" },
    { "a=b", "a=3Db\n" },
    { "a \nb\t\nc ", "a=20\nb=09\nc=20\n" },
    { "a\r\nb", "a=0D\nb\n" },
    { "\xC3\xA4", "=C3=A4\n" },
    { "From me\n", "=46rom me\n" },
    { ">From me\n>>From me\n", "=3EFrom me\n=3E>From me\n" },
    { "From\nFromm me\n From me\nfrom me\n> From me\n",
      "From\nFromm me\n From me\nfrom me\n> From me\n" },
};

static void encodes_bodies(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bodies); i++) {
        same_text(tg_mail_body(unit_pool, bodies[i].text), bodies[i].body, bodies[i].text);
    }
}

/* Wherever `From ` is in a long line, it may come to stand at the beginning of one. */
static void no_line_begins_an_entry(void **state)
{
    int before;

    (void)state;
    for (before = 0; before < 160; before++) {
        const char *text =
            apr_psprintf(unit_pool, "%.*s>From x%0100d", before,
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                         1);
        const char *line = tg_mail_body(unit_pool, text);

        while (*line) {
            size_t length = strcspn(line, "\n");

            CHECK(length <= 76, "%d: a line of %d", before, (int)length);
            CHECK(strncmp(line + strspn(line, ">"), "From ", 5) != 0, "%d: %.*s", before,
                  (int)length, line);
            line += length + 1;
        }
    }
}

static const char *id_of(const char *entry)
{
    const char *id = strstr(entry, "Message-ID: ");

    return apr_pstrmemdup(unit_pool, id, strcspn(id, "\n"));
}

static void an_entry_has_its_headers(void **state)
{
    tg_mail_sender_t sender = { "api@example.com", "Example" };
    apr_array_header_t *to = apr_array_make(unit_pool, 2, sizeof(const char *));
    tg_mail_t mail = { &sender, to, "S", "From b\n", 1530435600 /* 2018-07-01T09:00:00Z */ };
    const char *entry;

    (void)state;
    APR_ARRAY_PUSH(to, const char *) = "a@example.org";
    APR_ARRAY_PUSH(to, const char *) = "b@example.org";
    entry = tg_mail_entry(unit_pool, &mail);
    assert_true(strstr(entry, "From api@example.com Sun Jul  1 09:00:00 2018\n"
                              "Date: Sun, 01 Jul 2018 09:00:00 +0000\n"
                              "From: Example\n <api@example.com>\n"
                              "To: a@example.org,\n b@example.org\n"
                              "Subject: S\nMessage-ID: <tlsgate.") == entry);
    assert_non_null(strstr(entry, "@example.com>\nMIME-Version: 1.0\n"));
    assert_non_null(strstr(entry, "\n\n=46rom b\n\n"));
    assert_string_equal(entry, tg_mail_entry(unit_pool, &mail));
    assert_string_equal(id_of(entry), id_of(tg_mail_entry(unit_pool, &mail)));
    mail.body = "c\n";
    assert_string_not_equal(id_of(entry), id_of(tg_mail_entry(unit_pool, &mail)));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tells_addresses),          cmocka_unit_test(an_address_has_limits),
    cmocka_unit_test(a_sender_may_have_a_name), cmocka_unit_test(encodes_words),
    cmocka_unit_test(long_words_are_folded),    cmocka_unit_test(a_word_has_its_longest),
    cmocka_unit_test(encodes_bodies),           cmocka_unit_test(no_line_begins_an_entry),
    cmocka_unit_test(an_entry_has_its_headers),
};

UNIT_MAIN(tests)
