/* What a trial would have met: whom, with which part of its requests, and what is known of the last day. */
#include "unit.h"

#include "forecast/forecast.h"

#define MONDAY INT64_C(1530489600) /* 2018-07-02T00:00:00Z */
#define HOUR 3600
#define DAY 86400
#define WEEK INT64_C(604800)

/* --- of a week --- */

/* Four who come on Mondays after 10:00, 10:05, 10:10 and 11:00, with 1, 10, 100 and 1000 requests. */
static const tg_week_t *minutes_week(void)
{
    static const int64_t after[] = { 0, 300, 600, 3600 };
    static const uint32_t numbers[] = { 0, 1, 2, 3 };
    const tg_interval_t history = { MONDAY, MONDAY + WEEK };
    tg_visits_t *visits = tg_visits_create(unit_pool, NULL);
    uint32_t i, count = 1;

    for (i = 0; i < ROWS(after); i++, count *= 10) {
        tg_visits_add(
            visits,
            &(const tg_visit_t){ i, (uint32_t)((MONDAY + 10 * HOUR + after[i]) / TG_HISTORY_PERIOD),
                                 count });
    }
    tg_visits_sort(visits);
    return tg_week_make(unit_pool, visits, numbers, ROWS(numbers), &history, 0);
}

/* Two who were seen on Mondays in the hour from 10:00 with 120 requests, one from 11:00 with 60. */
static const tg_week_t *hours_week(void)
{
    static const uint8_t ten[21] = { 0, 0x04 }, eleven[21] = { 0, 0x08 };
    const tg_week_hours_t clients[] = { { ten, 120, MONDAY, MONDAY },
                                        { ten, 120, MONDAY, MONDAY },
                                        { eleven, 60, MONDAY, MONDAY } };
    const tg_interval_t history = { MONDAY, MONDAY + WEEK };

    return tg_week_of_hours(unit_pool, clients, ROWS(clients), &history);
}

static const struct {
    int64_t grid, start, length; /* start: after Monday 10:00 */
    unsigned clients;
    uint64_t requests; /* thousandths */
} weeks[] = {
    { 300, 0, 300, 1, 1000 },
    { 300, 0, 600, 2, 11000 },
    { 300, 0, 601, 3, 11333 }, /* a third of a per cent of the next hundred */
    { 300, 150, 150, 1, 500 }, /* half of the first */
    { 300, -600, 600, 0, 0 },
    { 300, 599, 3002, 3, 103366 }, /* a second each of the second and the last */
    { 300, 0, WEEK, 4, 1111000 },
    { 300, 0, 2 * WEEK + 300, 4, 2223000 },
    { 300, WEEK, 300, 1, 1000 },
    { 3600, 0, HOUR, 2, 240000 },
    { 3600, 600, 600, 2, 40000 }, /* a sixth of the hour */
    { 3600, 1800, HOUR, 3, 150000 },
    { 3600, -HOUR, HOUR, 0, 0 },
};

static void a_trial_meets_who_came_at_its_times(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(weeks); i++) {
        const tg_week_t *week = weeks[i].grid == HOUR ? hours_week() : minutes_week();
        const tg_interval_t trial = { MONDAY + WEEK + 10 * HOUR + weeks[i].start,
                                      MONDAY + WEEK + 10 * HOUR + weeks[i].start +
                                          weeks[i].length };
        tg_forecast_t forecast = tg_forecast(unit_pool, week, weeks[i].grid, &trial);

        CHECK(forecast.clients == weeks[i].clients && forecast.requests == weeks[i].requests,
              "row %d: %u clients, %u thousandths", (int)i, forecast.clients,
              (unsigned)forecast.requests);
        same_number(forecast.named, weeks[i].clients < 3 ? (int)weeks[i].clients : 3, "named");
        CHECK(forecast.named == 0 || forecast.first[0] == 0 || weeks[i].start > 300,
              "row %d: another is the first", (int)i);
    }
}

static const struct {
    uint64_t thousandths, requests;
} whole[] = { { 0, 0 }, { 1, 1 }, { 499, 1 }, { 1499, 1 }, { 1500, 2 }, { 2000, 2 } };

static void requests_are_whole(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(whole); i++) {
        const tg_forecast_t forecast = { .requests = whole[i].thousandths };

        same_number((long)tg_forecast_requests(&forecast), (long)whole[i].requests, "requests");
    }
}

/* --- of the last day --- */

static const struct {
    int64_t since, now, start, length; /* after Monday 00:00 */
    int is_known;
    unsigned requests;
} days[] = {
    { 0, 2 * DAY, 2 * DAY + 10 * HOUR, 300, 1, 7 },      /* yesterday at ten */
    { 0, 2 * DAY, 2 * DAY + 10 * HOUR, 301, 1, 7 + 50 }, /* what it touches */
    { 0, 2 * DAY, 2 * DAY + 10 * HOUR - 1, 1, 1, 0 },
    { 0, 2 * DAY, 9 * DAY + 10 * HOUR, 300, 1, 7 },             /* a week later */
    { 0, 2 * DAY + 11 * HOUR, 3 * DAY + 10 * HOUR, 300, 1, 0 }, /* today at ten there was nothing */
    { 0, 2 * DAY + 10 * HOUR, 2 * DAY + 10 * HOUR, 300, 0, 0 }, /* 24 hours ago: no longer known */
    { 0, 2 * DAY + 9 * HOUR, 2 * DAY + 10 * HOUR, 300, 1, 7 },
    { 0, 2 * DAY, 2 * DAY + 10 * HOUR, DAY, 0, 0 },
    { DAY + 10 * HOUR, 2 * DAY, 2 * DAY + 10 * HOUR, 300, 1, 7 },
    { DAY + 10 * HOUR + 1, 2 * DAY, 2 * DAY + 10 * HOUR, 300, 0, 0 }, /* not seen whole */
};

static void the_last_day_is_known_or_not(void **state)
{
    tg_history_t *history = apr_pcalloc(unit_pool, sizeof(*history));
    tg_counts_t counts = { 0 };
    size_t i;

    (void)state;
    counts.n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN] = 4;
    counts.n[TG_PROTOCOL_TLS1_1][TG_FATE_REJECT] = 3;
    counts.n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE] = 1000;
    tg_history_add(history, (MONDAY + DAY + 10 * HOUR) / TG_HISTORY_PERIOD, &counts);
    counts.n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN] = 47;
    tg_history_add(history, (MONDAY + DAY + 10 * HOUR + 300) / TG_HISTORY_PERIOD, &counts);
    for (i = 0; i < ROWS(days); i++) {
        const tg_interval_t trial = { MONDAY + days[i].start,
                                      MONDAY + days[i].start + days[i].length };
        uint64_t requests = 0;
        int is_known = tg_forecast_of_day(history, MONDAY + days[i].since, MONDAY + days[i].now,
                                          &trial, &requests);

        CHECK(is_known == days[i].is_known && requests == days[i].requests,
              "row %d: known %d, %d requests", (int)i, is_known, (int)requests);
    }
}

static void the_first_ones_are_named(void **state)
{
    const char *names[] = { "a", "b", "c" };

    (void)state;
    same_text(tg_forecast_names(unit_pool, names, 1, 1), "a", "one");
    same_text(tg_forecast_names(unit_pool, names, 3, 3), "a, b and c", "three");
    same_text(tg_forecast_names(unit_pool, names, 3, 4), "a, b, c and 1 other", "four");
    same_text(tg_forecast_names(unit_pool, names, 3, 14), "a, b, c and 11 others", "fourteen");
}

/* --- of a short history --- */

static const struct {
    int64_t length;
    const char *text;
} histories[] = {
    { -3 * HOUR, "1 minute" }, /* the clock was set back */
    { 0, "1 minute" },          { 119, "1 minute" },
    { 120, "2 minutes" },       { 12 * 60 + 1, "12 minutes" },
    { HOUR - 1, "59 minutes" }, { HOUR, "1 hour" },
    { 2 * HOUR - 1, "1 hour" }, { DAY - 1, "23 hours" },
    { DAY, "1 day" },           { 2 * DAY, "2 days" },
};

static void a_short_history_is_told_in_whole_units(void **state)
{
    const tg_interval_t week = { MONDAY, MONDAY + WEEK };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(histories); i++) {
        const tg_interval_t history = { MONDAY, MONDAY + histories[i].length };

        same_text(tg_forecast_short_history(unit_pool, &history), histories[i].text, "history");
    }
    same_text(tg_forecast_short_history(unit_pool, &week), NULL, "a week");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_trial_meets_who_came_at_its_times),
    cmocka_unit_test(requests_are_whole),
    cmocka_unit_test(the_last_day_is_known_or_not),
    cmocka_unit_test(the_first_ones_are_named),
    cmocka_unit_test(a_short_history_is_told_in_whole_units),
};

UNIT_MAIN(tests)
