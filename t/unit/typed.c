/* Times and durations as people type them at a command line. */
#include "unit.h"

#include "base/typed.h"

#define NOW "2026-12-01T15:45:00Z" /* a Tuesday */

static const struct {
    const char *text, *next, *last;
} instants[] = {
    { "2026-12-24T09:00+01:00", "2026-12-24T08:00:00Z", "2026-12-24T08:00:00Z" },
    { "17:45Z", "2026-12-01T17:45:00Z", "2026-11-30T17:45:00Z" },
    { "17:45:30z", "2026-12-01T17:45:30Z", "2026-11-30T17:45:30Z" },
    { "9:00Z", "2026-12-02T09:00:00Z", "2026-12-01T09:00:00Z" },
    { "00:00Z", "2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z" },
    /* Now itself is not the next one. */
    { "15:45Z", "2026-12-02T15:45:00Z", "2026-12-01T15:45:00Z" },
    { "15:45:01Z", "2026-12-01T15:45:01Z", "2026-11-30T15:45:01Z" },
    /* The time of another offset, which may be of another day. */
    { "17:45+01:00", "2026-12-01T16:45:00Z", "2026-11-30T16:45:00Z" },
    { "03:00+12:00", "2026-12-02T15:00:00Z", "2026-12-01T15:00:00Z" },
    { "23:30-08:00", "2026-12-02T07:30:00Z", "2026-12-01T07:30:00Z" },
    { "tomorrow 09:00Z", "2026-12-02T09:00:00Z", "2026-12-02T09:00:00Z" },
    { "tomorrow  9:00Z", "2026-12-02T09:00:00Z", "2026-12-02T09:00:00Z" },
    { "today 23:59Z", "2026-12-01T23:59:00Z", "2026-12-01T23:59:00Z" },
    { "today 00:00Z", "2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z" },
    { "yesterday 09:00Z", "2026-11-30T09:00:00Z", "2026-11-30T09:00:00Z" },
    /* It is the second already where the offset is. */
    { "today 09:00+12:00", "2026-12-01T21:00:00Z", "2026-12-01T21:00:00Z" },
    { "tomorrow 09:00+12:00", "2026-12-02T21:00:00Z", "2026-12-02T21:00:00Z" },
    { "tomorrow 09:00-08:00", "2026-12-02T17:00:00Z", "2026-12-02T17:00:00Z" },
};

static void reads_instants(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(instants); i++) {
        const char *text = instants[i].text;
        tg_fault_t fault = { "", "" };
        tg_instant_t t = 0;

        CHECK(tg_typed_instant(text, at(NOW), TG_TYPED_NEXT, &t, &fault), "%s: %s", text,
              fault.reason);
        same_text(tg_instant_text(unit_pool, t), instants[i].next, text);
        CHECK(tg_typed_instant(text, at(NOW), TG_TYPED_LAST, &t, &fault), "%s: %s", text,
              fault.reason);
        same_text(tg_instant_text(unit_pool, t), instants[i].last, text);
    }
}

#define AS_UTC " for UTC, or an offset such as +01:00 instead of Z"
#define ANY "write 17:45Z, tomorrow 09:00Z or 2026-12-02T09:00Z"

static const struct {
    const char *text, *reason, *fix;
} wrong_instants[] = {
    { "17:45", "local time is ambiguous", "write 17:45Z" AS_UTC },
    { "9:00", "local time is ambiguous", "write 9:00Z" AS_UTC },
    { "tomorrow 09:00", "local time is ambiguous", "write tomorrow 09:00Z" AS_UTC },
    { "17:45 CET", "\"CET\" is not an offset", "write 17:45Z" AS_UTC },
    { "17:45pm", "\"pm\" is not an offset", "write 17:45Z" AS_UTC },
    { "17:45Z ", "is not an offset", "write 17:45Z" AS_UTC },
    { "25:00Z", "neither a time nor a date", ANY },
    { "17:65Z", "neither a time nor a date", ANY },
    { "17Z", "neither a time nor a date", ANY },
    { "17", "neither a time nor a date", ANY },
    { "tomorrow", "neither a time nor a date", ANY },
    { "tomorrow Z", "neither a time nor a date", ANY },
    { "soon", "neither a time nor a date", ANY },
    { "", "neither a time nor a date", ANY },
    { "12/01/2026", "neither a time nor a date", ANY },
    { "2026-12-24", "no time and no offset", "write 2026-12-24T00:00Z for midnight UTC" },
    { "2026-12-24 09:00Z", "a T must separate", "write 2026-12-24T09:00Z" },
    { "2026-12-24T09:00", "no offset", "write 2026-12-24T09:00Z" AS_UTC },
};

static void refuses_what_is_no_instant(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(wrong_instants); i++) {
        const char *text = wrong_instants[i].text;
        tg_fault_t fault = { "", "" };
        tg_instant_t t = 12345;

        CHECK(!tg_typed_instant(text, at(NOW), TG_TYPED_NEXT, &t, &fault), "%s is read", text);
        has_text(fault.reason, wrong_instants[i].reason, text);
        has_text(fault.fix, wrong_instants[i].fix, text);
        same_number(t, 12345, text);
    }
}

static const struct {
    const char *text;
    int64_t seconds;
} durations[] = {
    { "2h", 7200 },      { "90m", 5400 },   { "3d", 259200 }, { "2w", 1209600 },  { "45s", 45 },
    { "1d12h", 129600 }, { "1h30m", 5400 }, { "PT2H", 7200 }, { "P2W", 1209600 },
};

static const struct {
    const char *text, *reason, *fix;
} wrong_durations[] = {
    { "2", "\"2\" has no unit", "write 2h for hours, 2m for minutes or 2d for days" },
    { "2H", "is not a duration", "write 2h" },
    { "2 h", "is not a duration", "write 2h" },
    { "2 hours", "is not a duration", "write 2h" },
    { "90min", "is not a duration", "write 90m" },
    { "90 Minutes", "is not a duration", "write 90m" },
    { "3days", "is not a duration", "write 3d" },
    { "2 weeks", "is not a duration", "write 2w" },
    { "2mo", "months and years differ", "such as 30d or 4w" },
    { "1 month", "months and years differ", "such as 30d or 4w" },
    { "1y", "months and years differ", "such as 30d or 4w" },
    { "2x", "unknown unit", "write 2h, 90m, 3d or 2w" },
    { "30m1h", "is not a duration", "write 2h, 90m, 3d or 2w" },
    { "1w2d", "is not a duration", "write 2h, 90m, 3d or 2w" },
    { "0h", "a duration of zero is empty", "write 2h, 90m, 3d or 2w" },
    { "9999999d", "is longer than the calendar", "write 2h, 90m, 3d or 2w" },
    { "99999999999d", "is longer than the calendar", "write 2h, 90m, 3d or 2w" },
    { "1.5h", "is not a duration", "write 2h, 90m, 3d or 2w" },
    { "-2h", "is not a duration", "write 2h, 90m, 3d or 2w" },
    { "h", "is not a duration", "write 2h, 90m, 3d or 2w" },
    { "", "is not a duration", "write 2h, 90m, 3d or 2w" },
    { "PT2", "is not a duration", "write a duration" },
    { "P1M", "months and years differ", "write a duration" },
    { "1111111111111111111111111111111111111111111111111111111111111111h", "is not a duration",
      "write" },
};

static void reads_durations(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(durations); i++) {
        tg_fault_t fault = { "", "" };
        int64_t seconds = 0;

        CHECK(tg_typed_duration(durations[i].text, &seconds, &fault), "%s: %s", durations[i].text,
              fault.reason);
        same_number(seconds, durations[i].seconds, durations[i].text);
    }
}

static void refuses_what_is_no_duration(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(wrong_durations); i++) {
        const char *text = wrong_durations[i].text;
        tg_fault_t fault = { "", "" };
        int64_t seconds = 12345;

        CHECK(!tg_typed_duration(text, &seconds, &fault), "%s is read", text);
        has_text(fault.reason, wrong_durations[i].reason, text);
        has_text(fault.fix, wrong_durations[i].fix, text);
        same_number(seconds, 12345, text);
    }
}

/* A configuration has the standard forms only, and its message has the right one. */
static void a_configuration_stays_strict(void **state)
{
    tg_fault_t fault;
    int64_t seconds;

    (void)state;
    assert_false(tg_duration_parse("2h", &seconds, &fault));
    same_text(fault.fix, "write PT2H", "hours");
    assert_false(tg_duration_parse("1d12h", &seconds, &fault));
    same_text(fault.fix, "write P1DT12H", "days and hours");
    assert_false(tg_duration_parse("soon", &seconds, &fault));
    has_text(fault.fix, "such as P2W, PT1H", "no duration at all");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_instants),
    cmocka_unit_test(refuses_what_is_no_instant),
    cmocka_unit_test(reads_durations),
    cmocka_unit_test(refuses_what_is_no_duration),
    cmocka_unit_test(a_configuration_stays_strict),
};

UNIT_MAIN(tests)
