/* Templates of letters: what is read, what is wrong and where, and what a letter becomes of one. */
#include "unit.h"

#include "letter/letter_template.h"

#include <apr_strings.h>

static tg_letter_t letter_with(const char *account, const char *hosts, const char *advice)
{
    tg_letter_t letter;
    int i;

    for (i = 0; i < TG_LETTER_NAMES; i++) {
        letter.values[i] = "";
    }
    letter.values[TG_LETTER_ACCOUNT] = account;
    letter.values[TG_LETTER_HOSTS] = hosts;
    letter.values[TG_LETTER_ADVICE] = advice;
    return letter;
}

#define S "Subject: s\n\n"

static const struct {
    const char *text, *hosts, *advice, *body;
} fillings[] = {
    { S "a\n", "", "", "a\n" },
    { S "a", "", "", "a\n" },
    { "Subject: s\r\n\r\na\r\n", "", "", "a\n" },
    { "\xEF\xBB\xBF# c {nothing}\n#\n" S "# not a comment\n", "", "", "# not a comment\n" },
    { S "to {account}, {{x} }\n", "", "", "to A-20, {x} }\n" },
    { S "{account}{account}\n", "", "", "A-20A-20\n" },
    /* several lines go on below their beginning, counted in characters */
    { S "  \xC3\xA4 {hosts}.\n", "a\nb\nc", "", "  \xC3\xA4 a\n    b\n    c.\n" },
    { S "{hosts}\n", "a\nb", "", "a\nb\n" },
    { S "{account}: {hosts}\n", "a\nb", "", "A-20: a\n      b\n" },
    /* a line without a value goes, and a paragraph with it */
    { S "a\n\nto\n  {hosts}\n  {advice}\n\nb\n", "x", "", "a\n\nto\n  x\n\nb\n" },
    { S "a\n\nto\n  {hosts}\n  {advice}\n\nb\n", "", "", "a\n\nb\n" },
    { S "a\n\n{hosts}{advice}\n", "", "", "a\n\n" },
    { S "{hosts} of {account}\n", "", "", " of A-20\n" },
    { S "a\n\n\n\nb\n", "", "", "a\n\n\n\nb\n" },
    /* what a value has is text */
    { S "{hosts}\n", "{advice} {{ {none}", "x", "{advice} {{ {none}\n" },
};

static void fills_in(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(fillings); i++) {
        tg_letter_t letter = letter_with("A-20", fillings[i].hosts, fillings[i].advice);
        tg_letter_template_t t;
        tg_fault_t fault;
        int line;

        CHECK(tg_letter_template_parse(unit_pool, fillings[i].text, strlen(fillings[i].text), &t,
                                       &line, &fault),
              "%s: line %d: %s", fillings[i].text, line, fault.reason);
        same_text(tg_letter_body(unit_pool, &t, &letter), fillings[i].body, fillings[i].text);
    }
}

static void a_subject_is_one_line(void **state)
{
    tg_letter_t letter = letter_with("A-20", "a\nb", "");
    const char *text = "Subject:  {account}: {hosts}{advice}!\n\na\n";
    tg_letter_template_t t;
    tg_fault_t fault;
    int line;

    (void)state;
    assert_true(tg_letter_template_parse(unit_pool, text, strlen(text), &t, &line, &fault));
    same_text(tg_letter_subject(unit_pool, &t, &letter), "A-20: a, b!", "subject");
}

static const struct {
    const char *text;
    int line;
    const char *reason;
} faults[] = {
    { "", 0, "it has no text" },
    { "Hello\n", 1, "the first line is not the subject" },
    { "# c\n\nSubject: s\n\na", 2, "the first line is not the subject" },
    { "Subject: s\na\n", 2, "an empty line must follow the subject" },
    { "Subject: s\n\n", 2, "it has no text" },
    { "Subject: {acount}\n\na\n", 1, "there is no name {acount}" },
    { S "a\n{Account}\n", 4, "there is no name {Account}" },
    { S "{}\n", 3, "there is no name {}" },
    { S "{ account}\n", 3, "there is no name { account}" },
    { S "a\n\nb {account\n}\n", 5, "a brace is not closed" },
    { S "{{{\n", 3, "a brace is not closed" },
    { S "a\n\xFF\n", 4, "it is not UTF-8" },
};

static void names_the_line_that_is_wrong(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(faults); i++) {
        tg_letter_template_t t;
        tg_fault_t fault;
        int line;

        CHECK(!tg_letter_template_parse(unit_pool, faults[i].text, strlen(faults[i].text), &t,
                                        &line, &fault),
              "taken: %s", faults[i].text);
        same_text(fault.reason, faults[i].reason, faults[i].text);
        CHECK(line == faults[i].line, "%s: line %d", faults[i].text, line);
    }
}

static void a_nul_is_wrong(void **state)
{
    static const char text[] = S "a\0b\n";
    tg_letter_template_t t;
    tg_fault_t fault;
    int line;

    (void)state;
    assert_false(tg_letter_template_parse(unit_pool, text, sizeof(text) - 1, &t, &line, &fault));
    same_text(fault.reason, "it has a NUL", "NUL");
}

/* The one that is built in has each name in its list, and no line that a mail would break. */
static void the_default_can_be_read(void **state)
{
    const char *text = tg_letter_template_default(unit_pool), *name;
    tg_letter_template_t t;
    tg_fault_t fault;
    int i, line;

    (void)state;
    CHECK(tg_letter_template_parse(unit_pool, text, strlen(text), &t, &line, &fault), "%d: %s",
          line, fault.reason);
    for (i = 0; (name = tg_letter_name(i)) != NULL; i++) {
        CHECK(strstr(text, apr_psprintf(unit_pool, "#   {%s} ", name)), "%s is not in the list",
              name);
        CHECK((int)tg_letter_name_parse(name, strlen(name)) == i, "%s is not found", name);
    }
    for (i = 0; i < t.lines->nelts; i++) {
        CHECK(strlen(APR_ARRAY_IDX(t.lines, i, const char *)) < 76, "line %d is too long", i);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fills_in),
    cmocka_unit_test(a_subject_is_one_line),
    cmocka_unit_test(names_the_line_that_is_wrong),
    cmocka_unit_test(a_nul_is_wrong),
    cmocka_unit_test(the_default_can_be_read),
};

UNIT_MAIN(tests)
