/* Fills the report of the ledger: see status_report.h. */
#include "status_report.h"

#include "status_changes.h"
#include "status_stragglers.h"

#include "report/client_count.h"
#include "report/ledger_forecast.h"
#include "report/warning.h"
#include "server/base/conf.h"
#include "server/handshake/handshake_sighting.h"
#include "server/ledger/ledger_memory.h"
#include "server/ledger/ledger_snapshot.h"
#include "server/ledger/straggler_memory.h"
#include "server/record/sightlog.h"
#include "server/state/state_cache.h"

static void fill_schedule(tg_report_schedule_t *item, const tg_server_schedule_t *entry,
                          const tg_override_set_t *overrides, tg_instant_t now)
{
    item->schedule = entry->schedule;
    item->override = tg_override_find(overrides, entry->schedule->name);
    item->phase = tg_phase_at(item->schedule, item->override, now, TG_BUCKET_EVERYONE);
    item->next_change = tg_phase_next_change(item->schedule, item->override, now,
                                             TG_BUCKET_EVERYONE, &item->next_phase);
}

static void fill_counted_schedule(apr_pool_t *pool, tg_report_schedule_t *item, int number,
                                  const tg_ledger_kept_t *kept, tg_instant_t now)
{
    tg_guard_stop_t *stops = apr_palloc(pool, TG_LEDGER_STOPS * sizeof(*stops));

    item->stop_count = tg_ledger_stops(tg_ledger_memory, number, stops);
    item->stops = stops;
    item->trips = __atomic_load_n(&tg_ledger_memory->guards[number].trips, __ATOMIC_RELAXED);
    if (tg_override_is_stopped(item->override, now)) {
        item->stopped = tg_ledger_tripped(tg_ledger_memory, number);
    }
    item->totals = &kept->totals[1 + number];
    item->history = &kept->rows[1 + number];
}

static void fill_schedules(request_rec *r, tg_report_t *report, const tg_ledger_kept_t *kept)
{
    const apr_array_header_t *entries = tg_conf_of_server(r->server)->main_conf->entries;
    const tg_override_set_t *overrides = tg_state_cache_overrides(r->server, r->pool, NULL, NULL);
    tg_report_schedule_t *items =
        apr_pcalloc(r->pool, (apr_size_t)entries->nelts * sizeof(*items) + 1);
    int i;

    report->schedules = items;
    for (i = 0; i < entries->nelts; i++) {
        const tg_server_schedule_t *entry = APR_ARRAY_IDX(entries, i, const tg_server_schedule_t *);
        tg_report_schedule_t *item = &items[report->schedule_count];

        if (entry->use == TG_USE_NONE) {
            continue;
        }
        fill_schedule(item, entry, overrides, report->now);
        item->report_only = entry->use == TG_USE_REPORT_ONLY;
        item->as_phases = entry->as_phases;
        item->lines = &entry->lines;
        if (kept && entry->ledger_number != TG_LEDGER_NO_SCHEDULE) {
            fill_counted_schedule(r->pool, item, entry->ledger_number, kept, report->now);
        }
        report->schedule_count++;
    }
}

static uint64_t recent_of(const tg_ledger_kept_t *kept, int kind, tg_instant_t now)
{
    int64_t first = tg_report_recent_start(now) / 86400, i;
    uint64_t sum = 0;

    for (i = now / 86400; i >= first && i > 0; i--) {
        const tg_ledger_census_day_t *place = &kept->days[i % TG_HISTORY_DAYS];

        sum += place->number == i ? place->kinds[kind] : 0;
    }
    return sum;
}

static void fill_census(apr_pool_t *pool, tg_report_t *report, const tg_ledger_kept_t *kept)
{
    tg_report_kind_t *kinds = apr_palloc(pool, TG_LEDGER_KINDS * sizeof(*kinds));
    int i;

    report->kinds = kinds;
    report->unsorted = kept->kinds[0];
    for (i = 1; i < TG_LEDGER_KINDS; i++) {
        uint32_t key = __atomic_load_n(&tg_ledger_memory->kind_keys[i], __ATOMIC_RELAXED);

        if (key) {
            kinds[report->kind_count++] = (tg_report_kind_t){ tg_census_unpack(key), kept->kinds[i],
                                                              recent_of(kept, i, report->now) };
        }
    }
}

static void fill_counted(apr_pool_t *pool, tg_report_t *report, const tg_ledger_kept_t *kept)
{
    int i;

    report->since = tg_ledger_memory->since;
    report->collected = tg_ledger_memory->collected ? tg_ledger_memory->collected : TG_NEVER;
    report->totals = &kept->totals[TG_LEDGER_ROW_ALL];
    report->history = &kept->rows[TG_LEDGER_ROW_ALL];
    fill_census(pool, report, kept);
    for (i = 0; i < TG_LEDGER_ALERTS; i++) {
        report->failures[i] = __atomic_load_n(&tg_ledger_memory->alerts[i], __ATOMIC_RELAXED);
    }
    report->ignored_requests =
        __atomic_load_n(&tg_ledger_memory->ignored_requests, __ATOMIC_RELAXED);
    report->ignored_connections =
        __atomic_load_n(&tg_ledger_memory->ignored_connections, __ATOMIC_RELAXED);
    report->ignored_failures =
        __atomic_load_n(&tg_ledger_memory->ignored_failures, __ATOMIC_RELAXED);
}

/* Those of the start come after those that came since. */
static void fill_warnings(apr_pool_t *pool, tg_report_t *report, const tg_main_conf_t *main_conf)
{
    apr_array_header_t *list = apr_array_make(pool, 8, sizeof(tg_warning_t));

    report->has_ledger_file = main_conf->ledger_file != NULL;
    report->is_ledger_unwritten = tg_ledger_snapshot_failed();
    report->ledger_refused = tg_ledger_snapshot_refused();
    tg_warnings_of_report(list, report);
    apr_array_cat(list, main_conf->warnings);
    report->warnings = list;
    report->warnings_left_out = main_conf->warning_count - main_conf->warnings->nelts;
}

static void fill_judged(request_rec *r, tg_report_t *report, int has_forecasts)
{
    tg_straggler_judge_t judge;

    if (!tg_straggler_memory_has_table()) {
        return;
    }
    judge = tg_status_judge(r, report);
    report->clients = tg_client_counts(r->pool, report, &tg_straggler_memory_source, &judge);
    if (has_forecasts) {
        report->forecasts =
            tg_ledger_forecasts(r->pool, report, &tg_straggler_memory_source, &judge);
    }
}

/* As if nothing was counted. */
static tg_report_t *begin_report(request_rec *r)
{
    tg_report_t *report = apr_pcalloc(r->pool, sizeof(*report));

    report->now = apr_time_sec(r->request_time);
    report->since = TG_NEVER;
    report->collected = TG_NEVER;
    return report;
}

static tg_report_t *counted_report(request_rec *r)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(r->server)->main_conf;
    const tg_ledger_kept_t *kept =
        tg_ledger_memory ? tg_ledger_read(tg_ledger_memory, r->pool, apr_time_sec(apr_time_now()))
                         : NULL;
    tg_report_t *report = begin_report(r);

    report->has_census = kept && main_conf->counts_connections;
    fill_schedules(r, report, kept);
    if (kept) {
        fill_counted(r->pool, report, kept);
    }
    report->failures_left_out = tg_handshake_sighting_left_out();
    report->lines_lost = tg_sightlog_lost();
    report->is_state_refused = tg_state_cache_is_refused();
    report->state_changed = tg_state_cache_changed();
    return report;
}

const tg_report_t *tg_status_report(request_rec *r, const tg_straggler_query_t *query)
{
    tg_report_t *report = counted_report(r);

    report->stragglers = tg_status_stragglers(r, report, query);
    tg_status_changes(r, report);
    fill_judged(r, report, 1);
    fill_warnings(r->pool, report, tg_conf_of_server(r->server)->main_conf);
    return report;
}

const tg_report_t *tg_status_metrics(request_rec *r)
{
    tg_report_t *report = counted_report(r);

    report->stragglers = tg_status_straggler_numbers();
    fill_judged(r, report, 0);
    fill_warnings(r->pool, report, tg_conf_of_server(r->server)->main_conf);
    return report;
}

const tg_report_t *tg_status_summary(request_rec *r)
{
    tg_report_t *report = begin_report(r);

    fill_schedules(r, report, NULL);
    if (tg_ledger_memory) {
        tg_counts_t *totals = apr_palloc(r->pool, sizeof(*totals));

        *totals = tg_ledger_total(tg_ledger_memory, r->pool);
        report->totals = totals;
    }
    report->stragglers = tg_status_straggler_numbers();
    return report;
}
