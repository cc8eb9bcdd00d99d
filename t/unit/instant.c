/* Instants: which texts are read, which are refused and why, and what is written. */
#include "unit.h"

static const struct {
    const char *text;
    tg_instant_t t;
} good[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "1970-01-01T00:00Z", 0 },
    { "1969-12-31T23:59:59Z", -1 },
    { "1969-12-31T19:00:00-05:00", 0 },
    /* One instant, written with many offsets. */
    { "2018-07-10T09:00:00Z", 1531213200 },
    { "2018-07-10T09:00Z", 1531213200 },
    { "2018-07-10t09:00:00z", 1531213200 },
    { "2018-07-10T09:00:00+00:00", 1531213200 },
    { "2018-07-10T09:00:00-00:00", 1531213200 },
    { "2018-07-10T10:00+01:00", 1531213200 },
    { "2018-07-10T14:30+05:30", 1531213200 },
    { "2018-07-10T14:45:00+05:45", 1531213200 },
    { "2018-07-10T01:00:00-08:00", 1531213200 },
    { "2018-07-10T05:30:00-03:30", 1531213200 },
    { "2018-07-11T08:59+23:59", 1531213200 },
    { "2018-07-09T09:01-23:59", 1531213200 },
    /* Leap years: every fourth, not the hundredth, but the four-hundredth. */
    { "2000-02-29T00:00:00Z", 951782400 },
    { "2000-03-01T00:00:00Z", 951868800 },
    { "2024-02-29T00:00:00Z", 1709164800 },
    { "2024-12-31T23:59:59Z", 1735689599 },
    { "2023-03-01T00:00:00Z", 1677628800 },
    { "1900-02-28T23:59:59Z", -2203891201 },
    { "1900-03-01T00:00:00Z", -2203891200 },
    { "2100-03-01T00:00:00Z", INT64_C(4107542400) },
    { "0000-02-29T00:00:00Z", INT64_C(-62162121600) },
    /* Where 32 bits end. */
    { "2038-01-19T03:14:08Z", INT64_C(2147483648) },
    { "1901-12-13T20:45:51Z", INT64_C(-2147483649) },
    /* The second after a leap second is the second itself. */
    { "2016-12-31T23:59:60Z", 1483228800 },
    { "2017-01-01T05:29:60+05:30", 1483228800 },
    { "2016-12-31T15:59:60-08:00", 1483228800 },
    { "1972-06-30T23:59:60Z", 78796800 },
    /* The first and the last instant. */
    { "0000-01-01T00:00:00Z", TG_INSTANT_MIN },
    { "0000-01-01T05:30:00+05:30", TG_INSTANT_MIN },
    { "9999-12-31T23:59:59Z", TG_INSTANT_MAX },
    { "9999-12-31T15:59:59-08:00", TG_INSTANT_MAX },
};

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    { "", "not a date" },
    { "tomorrow", "not a date" },
    { "2018", "not a date" },
    { "2018-7-10T09:00Z", "not a date" },
    { "18-07-10T09:00Z", "not a date" },
    { "20180710T090000Z", "not a date" },
    { "+2018-07-10T09:00Z", "not a date" },
    { "-2018-07-10T09:00Z", "not a date" },
    { " 2018-07-10T09:00Z", "not a date" },
    { "12018-07-10T09:00Z", "not a date" },
    { "99999999999999999999-07-10T09:00Z", "not a date" },
    { "2018-07-10", "no time and no offset" },
    { "2018-07-10T09:00", "no offset" },
    { "2018-07-10T09:00:00", "no offset" },
    { "2018-07-10Z", "a T must separate" },
    { "2018-07-10 09:00Z", "a T must separate" },
    { "2018-07-100T09:00Z", "a T must separate" },
    { "2018-07-10T", "is not hours:minutes" },
    { "2018-07-10T09Z", "is not hours:minutes" },
    { "2018-07-10T9:00Z", "is not hours:minutes" },
    { "2018-07-10T0900Z", "is not hours:minutes" },
    { "2018-07-10T09:00:0Z", "is not hours:minutes" },
    { "2018-07-10T09:00:00.5Z", "without fractions" },
    { "2018-07-10T09:00:00.Z", "without fractions" },
    { "2018-07-10T09:00:00,5Z", "is not an offset" },
    { "2018-07-10T09:00 +01:00", "is not an offset" },
    { "2018-07-10T09:00BST", "is not an offset" },
    { "2018-07-10T09:00+", "is not an offset" },
    { "2018-07-10T09:00+1:00", "is not an offset" },
    { "2018-07-10T09:00+01", "is not an offset" },
    { "2018-07-10T09:00+0100", "is not an offset" },
    { "2018-07-10T09:00+24:00", "is not an offset" },
    { "2018-07-10T09:00+01:60", "is not an offset" },
    { "2018-07-10T09:00\xE2\x88\x92"
      "01:00",
      "is not an offset" },
    { "2018-07-10T09:00Zulu", "follows the instant" },
    { "2018-07-10T09:00Z ", "follows the instant" },
    { "2018-07-10T09:00Z+01:00", "follows the instant" },
    { "2018-07-10T09:00+01:00Z", "follows the instant" },
    { "2018-07-10T09:00+01:000", "follows the instant" },
    { "2018-00-10T09:00Z", "no month 00" },
    { "2018-13-10T09:00Z", "no month 13" },
    { "2018-07-00T09:00Z", "no day 00" },
    { "2018-07-32T09:00Z", "no day 32" },
    { "2018-06-31T09:00Z", "no day 31" },
    { "2018-02-29T09:00Z", "2018-02 has no day 29" },
    { "1900-02-29T09:00Z", "1900-02 has no day 29" },
    { "2100-02-29T09:00Z", "2100-02 has no day 29" },
    { "2000-02-30T09:00Z", "2000-02 has no day 30" },
    { "2018-07-10T24:00Z", "no time 24:00:00" },
    { "2018-07-10T09:60Z", "no time 09:60:00" },
    { "2018-07-10T09:00:61Z", "no time 09:00:61" },
    { "2018-07-10T09:00:60Z", "a leap second can only" },
    { "2016-12-31T23:58:60Z", "a leap second can only" },
    { "2016-12-30T23:59:60Z", "a leap second can only" },
    { "2016-12-31T23:59:60+01:00", "a leap second can only" },
    { "0000-01-01T00:00:00+00:01", "outside 0000 to 9999" },
    { "9999-12-31T23:59:59-00:01", "outside 0000 to 9999" },
    { "9999-12-31T23:59:60Z", "outside 0000 to 9999" },
};

static void reads_what_is_right(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(good); i++) {
        tg_fault_t fault;
        tg_instant_t t = 12345;

        CHECK(tg_instant_parse(good[i].text, &t, &fault), "%s is refused", good[i].text);
        same_number(t, good[i].t, good[i].text);
    }
}

static void refuses_what_is_wrong(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bad); i++) {
        tg_fault_t fault = { "", "" };
        tg_instant_t t = 12345;

        CHECK(!tg_instant_parse(bad[i].text, &t, &fault), "%s is read", bad[i].text);
        has_text(fault.reason, bad[i].reason, bad[i].text);
        has_text(fault.fix, "write ", bad[i].text);
        same_number(t, 12345, bad[i].text);
    }
}

#define AS_UTC " for UTC, or an offset such as +01:00 instead of Z"
#define MIDNIGHT " for midnight UTC, or another time, or an offset such as +01:00 instead of Z"
#define FORM "write YYYY-MM-DDThh:mmZ" AS_UTC " (RFC 3339)"

/* The fix is the date that was written, completed; never the date of an example. */
static const struct {
    const char *text, *fix;
} fixes[] = {
    { "2026-12-01", "write 2026-12-01T00:00Z" MIDNIGHT },
    { "2026-12-1", "write 2026-12-01T00:00Z" MIDNIGHT },
    { "2026/12/01", "write 2026-12-01T00:00Z" MIDNIGHT },
    { "20261201", "write 2026-12-01T00:00Z" MIDNIGHT },
    { "1.12.2026", "write 2026-12-01T00:00Z" MIDNIGHT },
    { "2026-12-01Z", "write 2026-12-01T00:00Z for midnight, or another time" },
    { "2026-12-01 +02:00", "write 2026-12-01T00:00+02:00 for midnight, or another time" },
    { "2026-12-01T09:40", "write 2026-12-01T09:40Z" AS_UTC },
    { "2026-12-01T09:40:30", "write 2026-12-01T09:40:30Z" AS_UTC },
    { "2026-12-01 9:40", "write 2026-12-01T09:40Z" AS_UTC },
    { "01.12.2026, 09.40", "write 2026-12-01T09:40Z" AS_UTC },
    { "2026-12-01T09:40 CET", "write 2026-12-01T09:40Z" AS_UTC },
    { "2026-12-01T09:40ZZ", "write 2026-12-01T09:40Z" AS_UTC },
    { "2026-12-01 09:40Z", "write 2026-12-01T09:40Z" },
    { "2026-12-01 09:40 UTC", "write 2026-12-01T09:40Z" },
    { "20261201T094030Z", "write 2026-12-01T09:40:30Z" },
    { "20261201T0940Z", "write 2026-12-01T09:40Z" },
    { "2026-12-01T9:40Z", "write 2026-12-01T09:40Z" },
    { "2026-12-01T09:40:00.5Z", "write 2026-12-01T09:40:00Z" },
    { "2026-12-01T09:40+0100", "write 2026-12-01T09:40+01:00" },
    { "2026-12-01T09:40+01", "write 2026-12-01T09:40+01:00" },
    { "2026-12-01T09:40 -1", "write 2026-12-01T09:40-01:00" },
    { " 2026-12-01T09:40Z", "write 2026-12-01T09:40Z" },
    /* What is not sure is not completed. */
    { "2026-12-01 9:40 pm", FORM },
    { "2026-12-01 9:40 a.m.", FORM },
    { "12/01/2026", FORM },
    { "26-12-01", FORM },
    { "2026-13-01", FORM },
    { "2026-02-29T09:00Z", FORM },
    { "2026-12-01T24:00Z", FORM },
    { "2026-12-01T09:40:60Z", FORM },
    { "2026-12-01T09:40+99:00", FORM },
    { "2026-12-01T09:40Z+01:00", FORM },
    { "2026-12-01 at 9", FORM },
    { "soon", FORM },
    { "", FORM },
};

static void shows_what_to_write(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(fixes); i++) {
        tg_fault_t fault;
        tg_instant_t t;

        CHECK(!tg_instant_parse(fixes[i].text, &t, &fault), "%s is read", fixes[i].text);
        same_text(fault.fix, fixes[i].fix, fixes[i].text);
    }
}

static const struct {
    tg_instant_t t;
    const char *utc;
    const char *http;
} written[] = {
    { 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
    { -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT" },
    { -86400, "1969-12-31T00:00:00Z", "Wed, 31 Dec 1969 00:00:00 GMT" },
    { -86401, "1969-12-30T23:59:59Z", "Tue, 30 Dec 1969 23:59:59 GMT" },
    { 784111777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT" },
    { 951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
    { 1531213200, "2018-07-10T09:00:00Z", "Tue, 10 Jul 2018 09:00:00 GMT" },
    { 1709251199, "2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 GMT" },
    { -2203891200, "1900-03-01T00:00:00Z", "Thu, 01 Mar 1900 00:00:00 GMT" },
    { -2203891201, "1900-02-28T23:59:59Z", "Wed, 28 Feb 1900 23:59:59 GMT" },
    { TG_INSTANT_MIN, "0000-01-01T00:00:00Z", "Sat, 01 Jan 0000 00:00:00 GMT" },
    { TG_INSTANT_MAX, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
    { TG_ALWAYS, "always", "Sat, 01 Jan 0000 00:00:00 GMT" },
    { TG_NEVER, "never", "Fri, 31 Dec 9999 23:59:59 GMT" },
};

static void writes_utc_and_http(void **state)
{
    char buf[TG_INSTANT_STRLEN];
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(written); i++) {
        same_text(tg_instant_format(written[i].t, buf), written[i].utc, written[i].utc);
        same_text(tg_instant_format_http(written[i].t, buf), written[i].http, written[i].utc);
    }
}

/* A calendar that only counts: eight hundred years, day by day. */
static void agrees_with_a_counting_calendar(void **state)
{
    static const char *const weekdays[] = { "Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri" };
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    tg_instant_t t = at("1600-01-01T00:00Z"); /* a Saturday */
    unsigned day = 0;
    int y, m, d;

    (void)state;
    for (y = 1600; y < 2400; y++) {
        for (m = 1; m <= 12; m++) {
            int leap = m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

            for (d = 1; d <= lengths[m - 1] + leap; d++, t += 86400, day++) {
                char want[64], buf[TG_INSTANT_STRLEN];

                snprintf(want, sizeof(want), "%04d-%02d-%02dT00:00:00Z", y, m, d);
                same_text(tg_instant_format(t, buf), want, "calendar");
                same_number(at(want), t, want);
                has_text(tg_instant_format_http(t, buf), weekdays[day % 7], want);
            }
        }
    }
}

/* Steps of some weeks and an odd second through every year that can be written. */
static void reads_what_it_writes(void **state)
{
    tg_instant_t t;

    (void)state;
    for (t = TG_INSTANT_MIN; t <= TG_INSTANT_MAX; t += 7654321) {
        char buf[TG_INSTANT_STRLEN];

        same_number(at(tg_instant_format(t, buf)), t, buf);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_what_is_right),
    cmocka_unit_test(refuses_what_is_wrong),
    cmocka_unit_test(shows_what_to_write),
    cmocka_unit_test(writes_utc_and_http),
    cmocka_unit_test(agrees_with_a_counting_calendar),
    cmocka_unit_test(reads_what_it_writes),
};

UNIT_MAIN(tests)
