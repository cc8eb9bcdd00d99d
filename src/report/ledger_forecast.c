/* What the next trial would have met, by the ledger: see ledger_forecast.h. */
#include "ledger_forecast.h"

#include "base/json.h"
#include "policy/phase.h"

#include <apr_strings.h>
#include <string.h>

/* A straggler that a trial may meet, and where it is. */
typedef struct {
    uint64_t hash;
    uint32_t place;
    int number; /* of the schedule */
} candidate_t;

/* One schedule, while the table is looked at. */
typedef struct {
    tg_ledger_forecast_t *to;
    const char *schedule; /* NULL: no trial of it is to come */
    tg_hours_forecast_t hours;
    int after[TG_FORECAST_NAMED]; /* of those that are named: how many hours later it meets them */
} forecasting_t;

typedef struct {
    apr_pool_t *pool;
    forecasting_t *schedules;
    int count;
    apr_array_header_t *candidates; /* of candidate_t */
} forecasts_t;

/* Under the lock of the table, so whom the trial is for is asked later. */
static void see_candidate(void *context, uint32_t place, const tg_straggler_t *entry)
{
    forecasts_t *all = context;
    int i = 0;

    while (i < all->count && !(all->schedules[i].schedule &&
                               strcmp(all->schedules[i].schedule, entry->schedule) == 0)) {
        i++;
    }
    if (i < all->count) {
        tg_interval_t *history = &all->schedules[i].to->history;

        history->start = entry->first_seen < history->start ? entry->first_seen : history->start;
        if (entry->moved_at == 0 && entry->requests > 0 &&
            tg_hours_forecast_meets(&all->schedules[i].hours, entry->week)) {
            APR_ARRAY_PUSH(all->candidates, candidate_t) = (candidate_t){ entry->hash, place, i };
        }
    }
}

/* 1 if it is met before that one: of those of one hour by its name. */
static int is_met_before(const forecasting_t *f, int number, int after, const char *client)
{
    return f->after[number] != after ? after < f->after[number]
                                     : strcmp(client, f->to->names[number]) < 0;
}

/* Those whom the trial meets first. */
static void name_if_first(apr_pool_t *pool, forecasting_t *f, const tg_straggler_t *entry)
{
    tg_ledger_forecast_t *to = f->to;
    int is_full = to->named == TG_FORECAST_NAMED;
    int most = is_full ? f->after[TG_FORECAST_NAMED - 1] + 1 : TG_STRAGGLER_HOURS;
    int after = tg_hours_forecast_after(&f->hours, entry->week, most), i;

    if (after == most ||
        (is_full && !is_met_before(f, TG_FORECAST_NAMED - 1, after, entry->client))) {
        return;
    }
    to->named += !is_full;
    for (i = to->named - 1; i > 0 && is_met_before(f, i - 1, after, entry->client); i--) {
        to->names[i] = to->names[i - 1];
        f->after[i] = f->after[i - 1];
    }
    to->names[i] = apr_pstrdup(pool, entry->client);
    f->after[i] = after;
}

/* A judge takes longer than the table may be kept from others, so it looks at copies. */
static int judge_candidates(const forecasts_t *all, const tg_straggler_source_t *source,
                            const tg_straggler_judge_t *judge)
{
    tg_straggler_here_t here = TG_STRAGGLER_HERE;
    tg_straggler_t copy;
    int i;

    for (i = 0; i < all->candidates->nelts && here != TG_STRAGGLER_BUSY; i++) {
        const candidate_t *c = &APR_ARRAY_IDX(all->candidates, i, const candidate_t);
        forecasting_t *f = &all->schedules[c->number];

        here = source->at(c->place, c->hash, &copy);
        if (here == TG_STRAGGLER_HERE && judge->is_met(judge->context, &copy, &f->to->trial)) {
            tg_hours_forecast_add(&f->hours,
                                  &(const tg_week_hours_t){ copy.week, copy.requests,
                                                            copy.first_seen, copy.last_seen });
            name_if_first(all->pool, f, &copy);
        }
    }
    return here != TG_STRAGGLER_BUSY;
}

static int begin_forecast(forecasting_t *f, const tg_report_t *report,
                          const tg_report_schedule_t *item)
{
    f->to->history = (tg_interval_t){ TG_NEVER, report->now + 1 };
    if (!item->report_only && item->history &&
        tg_phase_next_trial(item->schedule, item->override, report->now, TG_BUCKET_EVERYONE,
                            &f->to->trial)) {
        f->schedule = item->schedule->name;
        f->hours = tg_hours_forecast_begin(&f->to->trial);
    }
    return f->schedule != NULL;
}

static void end_forecast(forecasting_t *f, const tg_report_t *report,
                         const tg_report_schedule_t *item)
{
    tg_forecast_t forecast = tg_hours_forecast_end(&f->hours);

    if (!f->schedule || f->to->history.start == TG_NEVER) {
        *f->to = (tg_ledger_forecast_t){ 0 };
        return;
    }
    f->to->requests = tg_forecast_requests(&forecast);
    f->to->clients = forecast.clients;
    f->to->has_day = tg_forecast_of_day(item->history, report->since, report->now, &f->to->trial,
                                        &f->to->day_requests);
}

const tg_ledger_forecast_t *tg_ledger_forecasts(apr_pool_t *pool, const tg_report_t *report,
                                                const tg_straggler_source_t *source,
                                                const tg_straggler_judge_t *judge)
{
    apr_size_t size = (apr_size_t)report->schedule_count + 1;
    tg_ledger_forecast_t *forecasts = apr_pcalloc(pool, size * sizeof(*forecasts));
    forecasts_t all = { pool, apr_pcalloc(pool, size * sizeof(forecasting_t)),
                        report->schedule_count, apr_array_make(pool, 64, sizeof(candidate_t)) };
    int i, some = 0, is_complete = 1;

    for (i = 0; i < all.count; i++) {
        all.schedules[i].to = &forecasts[i];
        some |= begin_forecast(&all.schedules[i], report, &report->schedules[i]);
    }
    if (some) {
        is_complete = source->each(&all, see_candidate); /* who is to be judged */
        is_complete = judge_candidates(&all, source, judge) && is_complete;
    }
    for (i = 0; i < all.count; i++) {
        forecasts[i].is_complete = is_complete;
        end_forecast(&all.schedules[i], report, &report->schedules[i]);
    }
    return forecasts;
}

static const char *estimated_text(apr_pool_t *pool, const tg_ledger_forecast_t *f)
{
    if (f->clients == 0) {
        return "no client was seen at these hours of the week";
    }
    return apr_psprintf(pool,
                        "%u client%s seen at these hours of the week, with about %" APR_UINT64_T_FMT
                        " request%s: %s",
                        f->clients, f->clients == 1 ? " was" : "s were", f->requests,
                        f->requests == 1 ? "" : "s",
                        tg_forecast_names(pool, f->names, f->named, f->clients));
}

static const char *counted_text(apr_pool_t *pool, const tg_ledger_forecast_t *f)
{
    return apr_psprintf(pool,
                        "; at these times of the last 24 hours %" APR_UINT64_T_FMT
                        " deprecated request%s counted",
                        f->day_requests, f->day_requests == 1 ? " was" : "s were");
}

/* What makes it less than it seems. */
static const char *caveat_text(apr_pool_t *pool, const tg_ledger_forecast_t *f)
{
    const char *history = tg_forecast_short_history(pool, &f->history);

    return apr_pstrcat(pool, history ? "; from " : "", history ? history : "",
                       history ? " of history: nothing is known of the other times of a week" : "",
                       f->is_complete ? "" : "; the table was busy, so some were not looked at",
                       NULL);
}

void tg_ledger_forecast_row(tg_frame_t *frame, const tg_ledger_forecast_t *f)
{
    tg_item_t row = { TG_FRAME_DATE, .label = f->trial.start <= frame->now ? "The trial that is on"
                                                                           : "The next trial" };

    if (f->trial.end == 0) {
        return;
    }
    row.from = f->trial.start;
    row.until = row.over = f->trial.end;
    row.value = apr_pstrcat(frame->pool, estimated_text(frame->pool, f),
                            f->has_day ? counted_text(frame->pool, f) : "",
                            caveat_text(frame->pool, f), NULL);
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
    json_object_set_new(root, "history_start", tg_json_instant(f->history.start));
    json_object_set_new(root, "complete", json_boolean(f->is_complete));
    return root;
}
