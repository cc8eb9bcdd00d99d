/* What a machine of a fleet reports: it is read as it was written, and what is no report is told. */
#include "unit.h"

#include "format/machine.h"

static void what_is_written_is_read(void **state)
{
    const tg_machine_t given = { 41, 1, "abc", "httpd (pid 7) acts \x1b[31m \"on\" it",
                                 at("2018-08-07T15:25:00Z") };
    const char *text = tg_machine_print(unit_pool, &given);
    tg_machine_t got;

    (void)state;
    CHECK(tg_machine_parse(unit_pool, text, &got), "%s", text);
    same_number(got.revision, 41, "revision");
    same_number(got.acts, 1, "acts");
    same_text(got.digest, "abc", "digest");
    same_number(got.time, given.time, "time");
    CHECK(!strchr(got.text, '\x1b'), "a terminal would act on \"%s\"", got.text);
    has_text(got.text, "\"on\" it", "text");
    CHECK(strchr(text, '\n') == text + strlen(text) - 1, "one line: %s", text);
}

static const char *const reports[] = {
    "",
    "{}",
    "[]",
    "null",
    "{\"time\":7}",
    "{\"time\":\"soon\"}",
    "{\"time\":\"2018-08-07T15:25:00Z\"",
};

static void what_is_no_report_is_told(void **state)
{
    tg_machine_t got;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(reports); i++) {
        CHECK(!tg_machine_parse(unit_pool, reports[i], &got), "%s", reports[i]);
    }
    /* That of another version has members of its own, and may lack some of these. */
    CHECK(tg_machine_parse(unit_pool, "{\"time\":\"2018-08-07T15:25:00Z\",\"more\":[1]}", &got),
          "a later version");
    same_text(got.text, "", "without a text");
    same_number(got.acts, 0, "without a word on it");
}

static const struct {
    const char *name;
    int is_name;
} names[] = {
    { "web-17", 1 }, { "web_17.example.com", 1 }, { "A", 1 },   { "", 0 }, { "a/b", 0 },
    { "a b", 0 },    { "caf\xc3\xa9", 0 },        { "a\n", 0 },
};

static void a_name_is_short_and_plain(void **state)
{
    char longest[TG_MACHINE_NAME_MAX + 2];
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(names); i++) {
        same_number(tg_machine_is_name(names[i].name), names[i].is_name, names[i].name);
    }
    memset(longest, 'a', sizeof(longest) - 1);
    longest[TG_MACHINE_NAME_MAX + 1] = '\0';
    same_number(tg_machine_is_name(longest), 0, "one byte too many");
    same_number(tg_machine_is_name(longest + 1), 1, "the longest");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_read),
    cmocka_unit_test(what_is_no_report_is_told),
    cmocka_unit_test(a_name_is_short_and_plain),
};

UNIT_MAIN(tests)
