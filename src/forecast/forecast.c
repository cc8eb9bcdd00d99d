/* What a trial would have met: see forecast.h. */
#include "forecast.h"

#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>

#define FORECAST_DAY INT64_C(86400)
#define FORECAST_WEEK (7 * FORECAST_DAY)
#define FORECAST_HOUR INT64_C(3600)

/* From the first to the last one who came: a history of a week rarely begins and ends with one. */
#define FORECAST_LONG_ENOUGH (6 * FORECAST_DAY)

/* The whole number of units at or before a time. */
static int64_t floor_of(int64_t t, int64_t unit)
{
    return t / unit - (t % unit < 0);
}

static uint64_t meet_interval(tg_meeting_t *meeting, int64_t grid, const tg_interval_t *interval)
{
    uint64_t requests = 0;
    tg_instant_t start;
    int64_t i;

    for (start = floor_of(interval->start, grid) * grid; start < interval->end; start += grid) {
        tg_instant_t from = start > interval->start ? start : interval->start;
        tg_instant_t to = start + grid < interval->end ? start + grid : interval->end;
        uint64_t before = meeting->requests;

        for (i = 0; i < grid / TG_WEEK_STEP; i++) {
            tg_meeting_add(meeting, tg_week_step(start + i * TG_WEEK_STEP));
        }
        requests += (meeting->requests - before) * (uint64_t)(to - from) / (uint64_t)grid;
    }
    return requests;
}

tg_forecast_t tg_forecast(apr_pool_t *pool, const tg_week_t *week, int64_t grid,
                          const tg_interval_t *trial)
{
    tg_meeting_t meeting = tg_meeting_begin(pool, week);
    int64_t weeks = (trial->end - trial->start) / FORECAST_WEEK;
    tg_interval_t rest = { trial->start + weeks * FORECAST_WEEK, trial->end };
    tg_forecast_t forecast = { 0 };

    if (weeks > 0) { /* each of them is like the others */
        tg_interval_t one = { trial->start, trial->start + FORECAST_WEEK };

        forecast.requests = (uint64_t)weeks * meet_interval(&meeting, grid, &one);
    }
    forecast.requests += meet_interval(&meeting, grid, &rest);
    forecast.clients = meeting.met_count;
    while (forecast.named < TG_FORECAST_NAMED && (uint32_t)forecast.named < meeting.met_count) {
        forecast.first[forecast.named] = meeting.met[forecast.named];
        forecast.named++;
    }
    return forecast;
}

tg_hours_forecast_t tg_hours_forecast_begin(const tg_interval_t *trial)
{
    tg_hours_forecast_t forecast = { .start = tg_straggler_hour(trial->start) };
    int64_t weeks = (trial->end - trial->start) / FORECAST_WEEK;
    tg_instant_t start = trial->start, end = trial->end - weeks * FORECAST_WEEK;
    unsigned hour;

    for (hour = 0; weeks > 0 && hour < TG_STRAGGLER_HOURS; hour++) {
        forecast.seconds[hour] = weeks * FORECAST_HOUR;
    }
    while (start < end) {
        tg_instant_t next = (floor_of(start, FORECAST_HOUR) + 1) * FORECAST_HOUR;

        next = next < end ? next : end;
        forecast.seconds[tg_straggler_hour(start)] += next - start;
        start = next;
    }
    for (hour = 0; hour < TG_STRAGGLER_HOURS; hour++) {
        forecast.hours[hour / 8] |= (uint8_t)((forecast.seconds[hour] != 0) << hour % 8);
    }
    return forecast;
}

int tg_hours_forecast_meets(const tg_hours_forecast_t *forecast, const uint8_t *hours)
{
    size_t i = 0;

    while (i < sizeof(forecast->hours) && !(forecast->hours[i] & hours[i])) {
        i++;
    }
    return i < sizeof(forecast->hours);
}

int tg_hours_forecast_after(const tg_hours_forecast_t *forecast, const uint8_t *hours, int most)
{
    int after;

    for (after = 0; after < most; after++) {
        unsigned hour = (forecast->start + (unsigned)after) % TG_STRAGGLER_HOURS;

        if (forecast->hours[hour / 8] & hours[hour / 8] & 1U << hour % 8) {
            break;
        }
    }
    return after;
}

void tg_hours_forecast_add(tg_hours_forecast_t *forecast, const tg_week_hours_t *client)
{
    uint64_t seconds = 0;
    unsigned i, bits;

    for (i = 0; i < sizeof(forecast->hours); i++) {
        for (bits = forecast->hours[i] & client->hours[i]; bits; bits &= bits - 1) {
            seconds += (uint64_t)forecast->seconds[8 * i + (unsigned)__builtin_ctz(bits)];
        }
    }
    forecast->requests += tg_week_requests_of_hour(client) * seconds;
    forecast->clients++;
}

tg_forecast_t tg_hours_forecast_end(const tg_hours_forecast_t *forecast)
{
    return (tg_forecast_t){ .requests = forecast->requests / FORECAST_HOUR,
                            .clients = forecast->clients };
}

static const struct {
    int64_t seconds;
    const char *name;
} history_units[] = { { FORECAST_DAY, "day" }, { FORECAST_HOUR, "hour" }, { 60, "minute" } };

/* In the largest unit of which it has one, and without what is left over: it is no longer than it
 * says. */
const char *tg_forecast_short_history(apr_pool_t *pool, const tg_interval_t *history)
{
    int64_t seconds = history->end - history->start; /* less than 0: the clock was set back */
    int64_t count;
    size_t i = 0;

    if (seconds >= FORECAST_LONG_ENOUGH) {
        return NULL;
    }
    while (i < TG_ROWS(history_units) - 1 && seconds < history_units[i].seconds) {
        i++;
    }
    count = seconds > history_units[i].seconds ? seconds / history_units[i].seconds : 1;
    return apr_psprintf(pool, "%" APR_INT64_T_FMT " %s%s", count, history_units[i].name,
                        count == 1 ? "" : "s");
}

uint64_t tg_forecast_requests(const tg_forecast_t *forecast)
{
    uint64_t requests = (forecast->requests + TG_WEEK_REQUEST / 2) / TG_WEEK_REQUEST;

    return forecast->requests > 0 && requests == 0 ? 1 : requests;
}

int tg_forecast_of_day(const tg_history_t *history, tg_instant_t since, tg_instant_t now,
                       const tg_interval_t *trial, uint64_t *requests)
{
    int64_t days = floor_of(trial->end - now + FORECAST_DAY - 1, FORECAST_DAY);
    tg_interval_t before = { trial->start - days * FORECAST_DAY, trial->end - days * FORECAST_DAY };
    int64_t last = floor_of(before.end - 1, TG_HISTORY_PERIOD), i;

    if (before.start < since || before.start <= now - FORECAST_DAY + TG_HISTORY_PERIOD) {
        return 0;
    }
    *requests = 0;
    for (i = floor_of(before.start, TG_HISTORY_PERIOD); i <= last; i++) {
        const tg_counts_t *counts = tg_history_period(history, i);

        if (counts) {
            *requests += tg_counts_all_requests(counts) - tg_counts_of_fate(counts, TG_FATE_NONE);
        }
    }
    return 1;
}

const char *tg_forecast_names(apr_pool_t *pool, const char *const *names, int named,
                              uint32_t clients)
{
    uint32_t others = clients - (uint32_t)named;

    if (others == 0) {
        return tg_text_join(pool, names, (apr_size_t)named, ", ", " and ");
    }
    return apr_psprintf(pool, "%s and %u other%s",
                        tg_text_join(pool, names, (apr_size_t)named, ", ", ", "), others,
                        others == 1 ? "" : "s");
}
