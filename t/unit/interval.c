/* Intervals and durations. */
#include "unit.h"

#include "base/interval.h"

static const struct {
    const char *text;
    int64_t seconds;
} durations[] = {
    { "PT1S", 1 },           { "PT90S", 90 },
    { "PT10M", 600 },        { "PT83M", 4980 },
    { "PT1H", 3600 },        { "PT36H", 129600 },
    { "P1D", 86400 },        { "P1DT12H", 129600 },
    { "P1DT2H3M4S", 93784 }, { "P1DT4S", 86404 },
    { "PT0H5M", 300 },       { "P0DT1S", 1 },
    { "PT010M", 600 },       { "P1W", 604800 },
    { "P2W", 1209600 },      { "P3652424D", INT64_C(315569433600) },
};

static const char *const no_durations[] = {
    "",
    "P",
    "PT",
    "T",
    "10M",
    "PT0S",
    "P0D",
    "P0W",
    "P1Y",
    "P1M",
    "P1Y2M",
    "P1MT1M",
    "P1DT",
    "P1D1D",
    "PT1M1H",
    "PT1S1M",
    "P1W2D",
    "P1WT1H",
    "P1H",
    "P1S",
    "PT1D",
    "PT1W",
    "P1.5D",
    "PT1,5H",
    "P-1D",
    "-P1D",
    "+P1D",
    "P+1D",
    "p1d",
    "pt1h",
    "P1d",
    "PT1H ",
    " PT1H",
    "PTT1H",
    "PT1HT1M",
    "P1DT1HX",
    "PTH",
    "P D",
    "P9999999999999999999999D",
    "P18446744073709551617W",
    "P300000000000D",
    "PT315569520000S",
    "P3652424DT99999999H",
};

static void reads_durations(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(durations); i++) {
        tg_fault_t fault;
        int64_t seconds = -1;

        CHECK(tg_duration_parse(durations[i].text, &seconds, &fault), "%s is refused",
              durations[i].text);
        same_number(seconds, durations[i].seconds, durations[i].text);
    }
}

static void refuses_other_durations(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(no_durations); i++) {
        tg_fault_t fault = { "", "" };
        int64_t seconds = -1;

        CHECK(!tg_duration_parse(no_durations[i], &seconds, &fault), "%s is read", no_durations[i]);
        CHECK(fault.reason[0], "%s: no reason", no_durations[i]);
        has_text(fault.fix, "P1DT12H30M", no_durations[i]);
        same_number(seconds, -1, no_durations[i]);
    }
}

static void says_why_months_are_refused(void **state)
{
    tg_fault_t fault;
    int64_t seconds;

    (void)state;
    assert_false(tg_duration_parse("P1M", &seconds, &fault));
    has_text(fault.reason, "months and years differ in length", "P1M");
    assert_false(tg_duration_parse("P1YT1H", &seconds, &fault));
    has_text(fault.reason, "months and years differ in length", "P1YT1H");
}

static const struct {
    const char *text;
    const char *start, *end;
} good[] = {
    { "2018-07-10T09:00Z/2018-07-10T10:23Z", "2018-07-10T09:00Z", "2018-07-10T10:23Z" },
    { "2018-07-10T10:00+01:00/2018-07-10T11:23+01:00", "2018-07-10T09:00Z", "2018-07-10T10:23Z" },
    { "2018-07-10T10:00+01:00/2018-07-10T10:23Z", "2018-07-10T09:00Z", "2018-07-10T10:23Z" },
    { "2018-07-10T09:00Z/PT83M", "2018-07-10T09:00Z", "2018-07-10T10:23Z" },
    { "2018-07-10T14:30:00+05:30/PT1H23M", "2018-07-10T09:00Z", "2018-07-10T10:23Z" },
    { "2018-07-10T09:00:00Z/PT1S", "2018-07-10T09:00:00Z", "2018-07-10T09:00:01Z" },
    { "2024-02-28T00:00Z/P2D", "2024-02-28T00:00Z", "2024-03-01T00:00Z" },
    { "2023-02-28T00:00Z/P1D", "2023-02-28T00:00Z", "2023-03-01T00:00Z" },
    { "0000-01-01T00:00:00Z/9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z" },
    { "9999-12-31T23:59:58Z/PT1S", "9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z" },
};

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    { "", "not an interval" },
    { "2018-07-10T09:00Z", "not an interval" },
    { "2018-07-10T09:00Z--2018-07-10T10:00Z", "not an interval" },
    { "/", "not a date" },
    { "/PT1H", "not a date" },
    { "PT1H/2018-07-10T09:00Z", "not a date" },
    { "2018-07-10T09:00Z/", "neither an instant nor a duration" },
    { "2018-07-10T09:00Z/10:00Z", "neither an instant nor a duration" },
    { "2018-07-10T09:00/2018-07-10T10:00Z", "no offset" },
    { "2018-07-10T09:00Z/2018-07-10T10:00", "no offset" },
    { "2018-07-10/2018-07-11", "no time and no offset" },
    { "2018-07-10T09:00Z/2018-07-10T10:00Z/PT1H", "follows the instant" },
    { "2018-07-10T09:00Z/PT1H/PT1H", "is not a duration" },
    { "2018-07-10T09:00Z/P1M", "months and years" },
    { "2018-07-10T09:00Z/P9999999D", "\"P9999999D\" is longer than the calendar" },
    { "2018-07-10T09:00Z/P3652425D", "\"P3652425D\" is longer than the calendar" },
    { "2018-07-10T09:00Z/PT99999999999999999999999S", "is longer than the calendar" },
    { "2018-07-10T09:00Z/P3652424DT99999999H1S", "is longer than the calendar" },
    { "2018-07-10T09:00Z/P9999999", "is not a duration" },
    { "2018-07-10T09:00Z/P9999999X", "is not a duration" },
    { "2018-07-10T09:00Z/P9999999DT", "is not a duration" },
    { "2018-07-10T09:00Z/PT0S", "empty" },
    { "2018-07-10T09:00Z/2018-07-10T09:00Z", "empty" },
    { "2018-07-10T09:00Z/2018-07-10T10:00+01:00", "empty" },
    { "2018-07-10T09:00Z/2018-07-10T08:59:59Z", "ends before its start" },
    { "2018-07-10T09:00Z/2018-07-10T09:30+01:00", "ends before its start" },
    { "9999-12-31T23:59:59Z/PT1S", "after the year 9999" },
    { "2018-07-10T09:00Z/P3652424D", "after the year 9999" },
    { "000000000000000000000000000000000000000000000000000000000000000000000000/PT1H",
      "not an interval" },
};

static void reads_intervals(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(good); i++) {
        tg_fault_t fault;
        tg_interval_t interval;

        CHECK(tg_interval_parse(good[i].text, &interval, &fault), "%s: %s", good[i].text,
              fault.reason);
        same_number(interval.start, at(good[i].start), good[i].text);
        same_number(interval.end, at(good[i].end), good[i].text);
    }
}

static void refuses_other_intervals(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bad); i++) {
        tg_fault_t fault = { "", "" };
        tg_interval_t interval = { 1, 2 };

        CHECK(!tg_interval_parse(bad[i].text, &interval, &fault), "%s is read", bad[i].text);
        has_text(fault.reason, bad[i].reason, bad[i].text);
        CHECK(fault.fix[0], "%s: no fix", bad[i].text);
        same_number(interval.start, 1, bad[i].text);
        same_number(interval.end, 2, bad[i].text);
    }
}

static void is_half_open(void **state)
{
    tg_interval_t i = { 100, 200 };

    (void)state;
    assert_false(tg_interval_has(&i, 99));
    assert_true(tg_interval_has(&i, 100));
    assert_true(tg_interval_has(&i, 101));
    assert_true(tg_interval_has(&i, 199));
    assert_false(tg_interval_has(&i, 200));
    assert_false(tg_interval_has(&i, TG_NEVER));
    assert_false(tg_interval_has(&i, TG_ALWAYS));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_durations),
    cmocka_unit_test(refuses_other_durations),
    cmocka_unit_test(says_why_months_are_refused),
    cmocka_unit_test(reads_intervals),
    cmocka_unit_test(refuses_other_intervals),
    cmocka_unit_test(is_half_open),
};

UNIT_MAIN(tests)
