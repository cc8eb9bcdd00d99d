/* Trials: which lines are read, and which windows they yield. */
#include "unit.h"

#include "policy/trial.h"

#include <apr_strings.h>

static int parse_trial(const char *line, tg_trial_t *trial, tg_fault_t *fault)
{
    char **argv;
    int argc = 0;

    apr_tokenize_to_argv(line, &argv, unit_pool);
    while (argv[argc]) {
        argc++;
    }
    return tg_trial_parse(argc, (const char *const *)argv, trial, fault);
}

static const struct {
    const char *line;
    const char *written; /* as it is written back */
} good[] = {
    { "2018-07-10T10:00+01:00/2018-07-10T11:23+01:00",
      "2018-07-10T09:00:00Z/2018-07-10T10:23:00Z" },
    { "2018-07-10T09:00Z/PT83M", "2018-07-10T09:00:00Z/2018-07-10T10:23:00Z" },
    { "2018-07-10T09:00Z/PT83M share=100%", "2018-07-10T09:00:00Z/2018-07-10T10:23:00Z" },
    { "2018-07-10T09:00Z/PT83M share=1%", "2018-07-10T09:00:00Z/2018-07-10T10:23:00Z share=1%" },
    { "2018-07-10T09:00Z/PT83M share=099%", "2018-07-10T09:00:00Z/2018-07-10T10:23:00Z share=99%" },
    { "2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%",
      "2018-07-20T14:00:00Z/2018-07-20T14:10:00Z every=PT1H until=2018-07-21T14:00:00Z "
      "share=25%" },
    { "2018-07-20T14:00Z/PT10M share=25% until=2018-07-21T15:00+01:00 every=PT60M",
      "2018-07-20T14:00:00Z/2018-07-20T14:10:00Z every=PT1H until=2018-07-21T14:00:00Z "
      "share=25%" },
    { "2018-07-20T14:00Z/PT1H every=PT1H until=2018-07-20T14:00:01Z",
      "2018-07-20T14:00:00Z/2018-07-20T15:00:00Z every=PT1H until=2018-07-20T14:00:01Z" },
};

#define WINDOW "2018-07-20T14:00Z/PT10M"

static const struct {
    const char *line;
    const char *reason;
} bad[] = {
    { "", "no interval" },
    { "every=PT1H", "not an interval" },
    { "2018-07-20T14:00Z", "not an interval" },
    { "2018-07-20T14:00/PT10M", "no offset" },
    { "2018-07-20T14:00Z/2018-07-20T13:00Z", "ends before its start" },
    { "2018-07-20T14:00Z/PT0S", "empty" },
    { WINDOW " weekly", "\"weekly\" is not an option" },
    { WINDOW " Share=5%", "\"Share=5%\" is not an option" },
    { WINDOW " share", "\"share\" is not an option" },
    { WINDOW " " WINDOW, "is not an option" },
    { WINDOW " share=0%", "share=0% is not a whole number from 1 to 100" },
    { WINDOW " share=101%", "share=101% is not" },
    { WINDOW " share=4294967297%", "share=4294967297% is not" },
    { WINDOW " share=25", "share=25 is not" },
    { WINDOW " share=%", "share=% is not" },
    { WINDOW " share=", "share= is not" },
    { WINDOW " share=2.5%", "share=2.5% is not" },
    { WINDOW " share=-5%", "share=-5% is not" },
    { WINDOW " share=+5%", "share=+5% is not" },
    { WINDOW " share=5%%", "share=5%% is not" },
    { WINDOW " share=5% share=6%", "share= is given twice" },
    { WINDOW " every=PT1H every=PT1H until=2018-07-21T14:00Z", "every= is given twice" },
    { WINDOW " every=PT1H until=2018-07-21T14:00Z until=2018-07-22T14:00Z",
      "until= is given twice" },
    { WINDOW " every=PT1H", "need each other" },
    { WINDOW " until=2018-07-21T14:00Z", "need each other" },
    { WINDOW " every=1h until=2018-07-21T14:00Z", "is not a duration" },
    { WINDOW " every=P1M until=2018-07-21T14:00Z", "months and years" },
    { WINDOW " every=PT0S until=2018-07-21T14:00Z", "empty" },
    { WINDOW " every=PT1H until=2018-07-21", "no time and no offset" },
    { WINDOW " every=PT1H until=PT24H", "not a date" },
    { WINDOW " every=PT9M59S until=2018-07-21T14:00Z", "longer than its period" },
    { WINDOW " every=PT1H until=2018-07-20T14:00Z", "until= is not after" },
    { WINDOW " every=PT1H until=2018-07-20T13:00Z", "until= is not after" },
};

static void reads_and_writes(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(good); i++) {
        char buf[TG_TRIAL_STRLEN];
        tg_fault_t fault;
        tg_trial_t trial;

        CHECK(parse_trial(good[i].line, &trial, &fault), "%s: %s", good[i].line, fault.reason);
        same_text(tg_trial_format(&trial, buf), good[i].written, good[i].line);
        CHECK(parse_trial(buf, &trial, &fault), "what was written is not read: %s", buf);
        same_text(tg_trial_format(&trial, buf), good[i].written, good[i].line);
    }
}

static void refuses_what_is_wrong(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bad); i++) {
        tg_fault_t fault = { "", "" };
        tg_trial_t trial = { { 1, 2 }, 3, 4, 5 };

        CHECK(!parse_trial(bad[i].line, &trial, &fault), "%s is read", bad[i].line);
        has_text(fault.reason, bad[i].reason, bad[i].line);
        CHECK(fault.fix[0], "%s: no fix", bad[i].line);
        same_number(trial.share, 5, bad[i].line);
    }
}

static const struct {
    const char *line;
    const char *windows; /* in seconds after 2018-07-20T14:00:00Z */
} expanded[] = {
    { "2018-07-20T14:00Z/PT10M", "0-600" },
    { "2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T16:10Z", "0-600 3600-4200 7200-7800" },
    { "2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T16:00:01Z",
      "0-600 3600-4200 7200-7201" },
    { "2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T16:00:00Z", "0-600 3600-4200" },
    { "2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T15:00:00Z", "0-600" },
    { "2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T14:09:59Z", "0-599" },
    { "2018-07-20T14:00Z/PT10M every=PT10M until=2018-07-20T14:25Z", "0-600 600-1200 1200-1500" },
    { "2018-07-20T14:00Z/PT1S every=PT1S until=2018-07-20T14:00:03Z", "0-1 1-2 2-3" },
    { "1969-12-31T23:59:50Z/PT5S", "-1532095210--1532095205" },
    { "1969-12-31T23:59:50Z/PT5S every=PT8S until=1970-01-01T00:00:00Z",
      "-1532095210--1532095205 -1532095202--1532095200" },
    { "0000-01-01T00:00:00Z/PT1S", "-63699314400--63699314399" },
    { "9999-12-31T23:59:50Z/PT5S every=P3652424D until=9999-12-31T23:59:59Z",
      "251870205590-251870205595" },
};

static apr_array_header_t *empty_windows(void)
{
    return apr_array_make(unit_pool, 4, sizeof(tg_window_t));
}

static void expands_half_open_windows(void **state)
{
    tg_instant_t origin = at("2018-07-20T14:00Z");
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(expanded); i++) {
        apr_array_header_t *found = empty_windows();
        const char *text = "";
        tg_fault_t fault;
        tg_trial_t trial;
        int w;

        CHECK(parse_trial(expanded[i].line, &trial, &fault), "%s: %s", expanded[i].line,
              fault.reason);
        CHECK(tg_trial_expand(&trial, found, &fault), "%s: %s", expanded[i].line, fault.reason);
        for (w = 0; w < found->nelts; w++) {
            const tg_window_t *window = &APR_ARRAY_IDX(found, w, tg_window_t);

            text = apr_psprintf(unit_pool, "%s%s%" APR_INT64_T_FMT "-%" APR_INT64_T_FMT, text,
                                w ? " " : "", (apr_int64_t)(window->interval.start - origin),
                                (apr_int64_t)(window->interval.end - origin));
        }
        same_text(text, expanded[i].windows, expanded[i].line);
    }
}

static void every_window_has_the_share(void **state)
{
    apr_array_header_t *found = empty_windows();
    tg_fault_t fault;
    tg_trial_t trial;
    int w;

    (void)state;
    assert_true(
        parse_trial(WINDOW " every=PT1H until=2018-07-21T14:00Z share=25%", &trial, &fault));
    assert_true(tg_trial_expand(&trial, found, &fault));
    assert_int_equal(found->nelts, 24);
    for (w = 0; w < found->nelts; w++) {
        assert_int_equal(APR_ARRAY_IDX(found, w, tg_window_t).share, 25);
    }
}

static void is_bounded(void **state)
{
    apr_array_header_t *found = empty_windows();
    tg_fault_t fault;
    tg_trial_t trial;

    (void)state;
    assert_true(
        parse_trial("2018-07-20T00:00Z/PT1S every=PT2S until=9999-01-01T00:00Z", &trial, &fault));
    trial.until = trial.first.start + 2 * (tg_instant_t)TG_WINDOWS_MAX;
    assert_true(tg_trial_expand(&trial, found, &fault));
    assert_int_equal(found->nelts, TG_WINDOWS_MAX);

    found = empty_windows();
    trial.until++;
    assert_false(tg_trial_expand(&trial, found, &fault));
    has_text(fault.reason, "more than 65536 windows", "one too many");
    has_text(fault.fix, "every=", "one too many");
    assert_int_equal(found->nelts, TG_WINDOWS_MAX);
}

static void is_written_for_people(void **state)
{
    tg_fault_t fault;
    tg_trial_t trial;

    (void)state;
    assert_true(parse_trial(WINDOW, &trial, &fault));
    assert_string_equal(tg_trial_text(unit_pool, &trial),
                        "2018-07-20T14:00:00Z to 2018-07-20T14:10:00Z");
    assert_true(
        parse_trial(WINDOW " every=PT1H until=2018-07-21T14:00Z share=25%", &trial, &fault));
    assert_string_equal(tg_trial_text(unit_pool, &trial),
                        "2018-07-20T14:00:00Z to 2018-07-20T14:10:00Z, every PT1H until "
                        "2018-07-21T14:00:00Z, for 25% of the clients");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_and_writes),
    cmocka_unit_test(refuses_what_is_wrong),
    cmocka_unit_test(expands_half_open_windows),
    cmocka_unit_test(every_window_has_the_share),
    cmocka_unit_test(is_bounded),
    cmocka_unit_test(is_written_for_people),
};

UNIT_MAIN(tests)
