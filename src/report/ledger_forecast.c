/* What the next trial would have met, by the ledger: see ledger_forecast.h. */
#include "ledger_forecast.h"

#include "base/json.h"
#include "policy/window.h"

#include <apr_strings.h>
#include <string.h>

/* The ledger knows hours. */
#define FORECAST_GRID 3600

static int share_of_window(const tg_schedule_t *schedule, const tg_interval_t *trial)
{
    const tg_window_t *window = tg_window_next(schedule->windows, trial->start, TG_BUCKET_EVERYONE);

    return window && tg_interval_has(&window->interval, trial->start) ? window->share : 100;
}

/* Those of the schedule that have not moved on and are in the share. Of const tg_straggler_t *. */
static apr_array_header_t *those_concerned(apr_pool_t *pool, const tg_schedule_t *schedule,
                                           int share, const apr_array_header_t *stragglers)
{
    apr_array_header_t *concerned = apr_array_make(pool, 64, sizeof(const tg_straggler_t *));
    int i;

    for (i = 0; i < stragglers->nelts; i++) {
        const tg_straggler_t *s = &APR_ARRAY_IDX(stragglers, i, const tg_straggler_t);

        if (strcmp(s->schedule, schedule->name) == 0 && s->moved_at == 0 &&
            tg_phase_bucket(schedule->name, s->client) < share) {
            APR_ARRAY_PUSH(concerned, const tg_straggler_t *) = s;
        }
    }
    return concerned;
}

static void fill_forecast(apr_pool_t *pool, tg_ledger_forecast_t *to, const tg_report_t *report,
                          const apr_array_header_t *concerned)
{
    tg_week_hours_t *clients =
        apr_palloc(pool, ((apr_size_t)concerned->nelts + 1) * sizeof(*clients));
    tg_interval_t history = { report->now, report->now + 1 };
    tg_forecast_t forecast;
    int i;

    for (i = 0; i < concerned->nelts; i++) {
        const tg_straggler_t *s = APR_ARRAY_IDX(concerned, i, const tg_straggler_t *);

        clients[i] = (tg_week_hours_t){ s->week, s->requests, s->first_seen, s->last_seen };
        history.start = s->first_seen < history.start ? s->first_seen : history.start;
    }
    forecast =
        tg_forecast(pool, tg_week_of_hours(pool, clients, (uint32_t)concerned->nelts, &history),
                    FORECAST_GRID, &to->trial);
    to->requests = tg_forecast_requests(&forecast);
    to->clients = forecast.clients;
    for (to->named = 0; to->named < forecast.named; to->named++) {
        to->names[to->named] =
            APR_ARRAY_IDX(concerned, (int)forecast.first[to->named], const tg_straggler_t *)
                ->client;
    }
}

const tg_ledger_forecast_t *tg_ledger_forecasts(apr_pool_t *pool, const tg_report_t *report,
                                                const apr_array_header_t *stragglers)
{
    tg_ledger_forecast_t *forecasts =
        apr_pcalloc(pool, ((apr_size_t)report->schedule_count + 1) * sizeof(*forecasts));
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        const tg_report_schedule_t *item = &report->schedules[i];
        tg_ledger_forecast_t *to = &forecasts[i];
        const apr_array_header_t *concerned;
        tg_interval_t trial;

        if (item->report_only || !item->history ||
            !tg_phase_next_trial(item->schedule, item->override, report->now, TG_BUCKET_EVERYONE,
                                 &trial)) {
            continue;
        }
        concerned = those_concerned(pool, item->schedule, share_of_window(item->schedule, &trial),
                                    stragglers);
        if (concerned->nelts > 0) {
            to->trial = trial;
            fill_forecast(pool, to, report, concerned);
            to->has_day = tg_forecast_of_day(item->history, report->since, report->now, &trial,
                                             &to->day_requests);
        }
    }
    return forecasts;
}

static const char *estimated_text(apr_pool_t *pool, const tg_ledger_forecast_t *f)
{
    if (f->clients == 0) {
        return "nobody was seen in these hours of a week";
    }
    return apr_psprintf(
        pool,
        "in these hours of a week %u client%s seen, with about %" APR_UINT64_T_FMT " request%s: %s",
        f->clients, f->clients == 1 ? " was" : "s were", f->requests, f->requests == 1 ? "" : "s",
        tg_forecast_names(pool, f->names, f->named, f->clients));
}

void tg_ledger_forecast_row(tg_frame_t *frame, const tg_ledger_forecast_t *f)
{
    tg_item_t row = { TG_FRAME_DATE, .label = "The next trial" };

    if (f->trial.end == 0) {
        return;
    }
    row.from = f->trial.start;
    row.until = row.over = f->trial.end;
    row.value = estimated_text(frame->pool, f);
    if (f->has_day) {
        row.value =
            apr_psprintf(frame->pool,
                         "%s; at these times of the last 24 hours %" APR_UINT64_T_FMT
                         " deprecated request%s counted",
                         row.value, f->day_requests, f->day_requests == 1 ? " was" : "s were");
    }
    tg_frame_add_date(frame, &row);
}

json_t *tg_ledger_forecast_json(const tg_ledger_forecast_t *f)
{
    json_t *root, *names;
    int i;

    if (!f || f->trial.end == 0) {
        return json_null();
    }
    root = json_object();
    names = json_array();
    for (i = 0; i < f->named; i++) {
        json_array_append_new(names, tg_json_text(f->names[i]));
    }
    json_object_set_new(root, "start", tg_json_instant(f->trial.start));
    json_object_set_new(root, "end", tg_json_instant(f->trial.end));
    json_object_set_new(root, "clients", json_integer((json_int_t)f->clients));
    json_object_set_new(root, "requests_estimated", json_integer((json_int_t)f->requests));
    json_object_set_new(root, "first", names);
    json_object_set_new(root, "requests_of_last_day",
                        f->has_day ? json_integer((json_int_t)f->day_requests) : json_null());
    return root;
}
