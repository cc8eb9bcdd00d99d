/* The ledger as JSON: see ledger_report.h. */
#include "client_count.h"
#include "last_trial.h"
#include "ledger_forecast.h"
#include "ledger_report.h"
#include "warning.h"

#include "base/json.h"
#include "format/plan.h"
#include "format/trip.h"
#include "tls/registry.h"

static json_t *count_json(uint64_t n)
{
    return json_integer((json_int_t)n);
}

/* { "TLSv1": { "warn": 3 } }: what is zero is left out. */
static json_t *counts_json(const tg_counts_t *counts)
{
    json_t *root = json_object();
    int protocol, fate;

    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        json_t *fates = json_object();

        for (fate = 0; fate < TG_FATES; fate++) {
            if (counts->n[protocol][fate]) {
                json_object_set_new(fates, tg_fate_name((tg_fate_t)fate),
                                    count_json(counts->n[protocol][fate]));
            }
        }
        if (json_object_size(fates) > 0) {
            json_object_set_new(root, tg_protocol_name((tg_protocol_t)protocol), fates);
        }
        else {
            json_decref(fates);
        }
    }
    return root;
}

static void add_counted_place(json_t *list, tg_instant_t start, const tg_counts_t *counts)
{
    if (counts) {
        json_t *place = json_object();

        json_object_set_new(place, "start", tg_json_instant(start));
        json_object_set_new(place, "counts", counts_json(counts));
        json_array_append_new(list, place);
    }
}

static json_t *periods_json(const tg_history_t *history, tg_instant_t now)
{
    json_t *list = json_array();
    int64_t last = now / TG_HISTORY_PERIOD, i;

    for (i = last - TG_HISTORY_PERIODS + 1; i <= last; i++) {
        add_counted_place(list, i * TG_HISTORY_PERIOD, tg_history_period(history, i));
    }
    return list;
}

static json_t *days_json(const tg_history_t *history, tg_instant_t now)
{
    json_t *list = json_array();
    int64_t last = now / 86400, i;

    for (i = last - TG_HISTORY_DAYS + 1; i <= last; i++) {
        add_counted_place(list, i * 86400, tg_history_day(history, i));
    }
    return list;
}

static json_t *requests_json(const tg_counts_t *totals, const tg_history_t *history,
                             tg_instant_t now)
{
    json_t *root = json_object();

    if (!totals) {
        json_decref(root);
        return json_null();
    }
    json_object_set_new(root, "totals", counts_json(totals));
    json_object_set_new(root, "five_minutes", periods_json(history, now));
    json_object_set_new(root, "days", days_json(history, now));
    return root;
}

/* What was changed by hand, or stopped by TlsGateGuard; null if the dates alone decide. */
static json_t *override_json(const tg_override_t *override, tg_instant_t now)
{
    tg_override_kind_t kind = tg_override_active(override, now);

    return kind == TG_OVERRIDE_NONE
               ? json_null()
               : json_pack("{s:s, s:o}", "kind", tg_override_kind_name(kind), "until",
                           tg_json_instant(tg_override_end(override, now)));
}

/* All that are kept, also of trials by hand. */
static json_t *kept_stops_json(const tg_report_schedule_t *item)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < item->stop_count; i++) {
        json_array_append_new(list, tg_trip_kept_json(&item->stops[i]));
    }
    return list;
}

/* What everyone may know of it, and what only operators may. */
static json_t *schedule_json(const tg_report_t *report, const tg_report_schedule_t *item)
{
    json_t *root = tg_plan_json(item->schedule, item->override, report->now);
    tg_last_trial_t last = tg_last_trial_of(report, item);

    json_object_set_new(root, "report_only", json_boolean(item->report_only));
    json_object_set_new(root, "override", override_json(item->override, report->now));
    json_object_set_new(root, "stopped", tg_trip_json(item->stopped.at ? &item->stopped : NULL));
    json_object_set_new(root, "last_trial", tg_last_trial_json(&last, item));
    json_object_set_new(root, "stops", kept_stops_json(item));
    json_object_set_new(root, "clients", tg_client_count_json(report, item));
    json_object_set_new(root, "requests", requests_json(item->totals, item->history, report->now));
    return root;
}

static json_t *all_schedules_json(const tg_report_t *report)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        json_t *schedule = schedule_json(report, &report->schedules[i]);

        json_object_set_new(
            schedule, "next_trial",
            tg_ledger_forecast_json(report->forecasts ? &report->forecasts[i] : NULL));
        json_array_append_new(list, schedule);
    }
    return list;
}

static json_t *sums_json(const tg_report_t *report, int recent)
{
    tg_report_census_t census = tg_report_census(report, recent);
    json_t *root = json_object(), *offered = json_object(), *got = json_object();
    unsigned i;

    for (i = 0; i <= TG_CENSUS_NEWER; i++) {
        if (census.offered[i]) {
            json_object_set_new(offered, tg_census_offered_name(i), count_json(census.offered[i]));
        }
        if (i < TG_PROTOCOLS && census.got[i]) {
            json_object_set_new(got, tg_protocol_name((tg_protocol_t)i), count_json(census.got[i]));
        }
    }
    json_object_set_new(root, "hellos", count_json(census.hellos));
    json_object_set_new(root, "newest_offered", offered);
    json_object_set_new(root, "post_quantum_offered", count_json(census.post_quantum));
    json_object_set_new(root, "connections", count_json(census.connections));
    json_object_set_new(root, "negotiated", got);
    json_object_set_new(root, "post_quantum_negotiated", count_json(census.got_post_quantum));
    json_object_set_new(root, "newer_version_not_taken", count_json(census.version_not_taken));
    json_object_set_new(root, "post_quantum_not_taken", count_json(census.post_quantum_not_taken));
    return root;
}

/* Hellos are in the sums only: a failed handshake has no version and no group. */
static json_t *kinds_json(const tg_report_t *report)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < report->kind_count; i++) {
        const tg_report_kind_t *kind = &report->kinds[i];
        json_t *item;

        if (kind->kind.got == TG_CENSUS_HELLO) {
            continue;
        }
        item = json_object();
        json_object_set_new(item, "newest_offered",
                            tg_json_text(tg_census_offered_name(kind->kind.offered)));
        json_object_set_new(item, "post_quantum_offered",
                            json_boolean(kind->kind.offers_post_quantum));
        json_object_set_new(item, "negotiated",
                            tg_json_text(tg_protocol_name((tg_protocol_t)kind->kind.got)));
        json_object_set_new(item, "group", tg_json_text(tg_registry_group(kind->kind.group)));
        json_object_set_new(item, "connections", count_json(kind->total));
        json_object_set_new(item, "recent", count_json(kind->recent));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *census_json(const tg_report_t *report)
{
    json_t *root;

    if (!report->has_census) {
        return json_null();
    }
    root = json_object();
    json_object_set_new(root, "total", sums_json(report, 0));
    json_object_set_new(root, "recent", sums_json(report, 1));
    json_object_set_new(root, "recent_days", json_integer(TG_REPORT_RECENT_DAYS));
    json_object_set_new(root, "kinds", kinds_json(report));
    json_object_set_new(root, "unsorted", count_json(report->unsorted));
    return root;
}

static json_t *failures_json(const tg_report_t *report)
{
    json_t *list = json_array();
    unsigned alert;

    for (alert = 0; alert < TG_LEDGER_ALERTS; alert++) {
        if (report->failures[alert]) {
            json_t *item = json_object();

            json_object_set_new(item, "alert", json_integer((json_int_t)alert));
            json_object_set_new(item, "name", tg_json_text(tg_registry_alert(alert)));
            json_object_set_new(item, "handshakes", count_json(report->failures[alert]));
            json_array_append_new(list, item);
        }
    }
    return list;
}

static json_t *hours_json(const tg_straggler_t *entry)
{
    json_t *list = json_array();
    unsigned hour;

    for (hour = 0; hour < TG_STRAGGLER_HOURS; hour++) {
        if (tg_straggler_was_seen_in(entry, hour)) {
            json_array_append_new(list, json_integer((json_int_t)hour));
        }
    }
    return list;
}

static json_t *straggler_json(const tg_straggler_row_t *row)
{
    const tg_straggler_t *entry = &row->seen;
    json_t *root = json_object();

    json_object_set_new(root, "client", tg_json_text(entry->client));
    json_object_set_new(root, "schedule", tg_json_text(entry->schedule));
    json_object_set_new(root, "first_seen", tg_json_instant(entry->first_seen));
    json_object_set_new(root, "last_seen", tg_json_instant(entry->last_seen));
    json_object_set_new(root, "moved_at",
                        tg_json_instant(entry->moved_at ? entry->moved_at : TG_NEVER));
    json_object_set_new(root, "moved_probably", json_boolean(entry->is_probable));
    json_object_set_new(root, "requests", count_json(entry->requests));
    json_object_set_new(root, "failed_handshakes", count_json(entry->failed));
    json_object_set_new(root, "rejected", count_json(entry->rejected));
    json_object_set_new(root, "protocol", tg_json_text(tg_protocol_name(entry->protocol)));
    json_object_set_new(root, "cause", tg_json_text(tg_cause_name(entry->cause)));
    json_object_set_new(root, "user_agent",
                        tg_json_text(*entry->user_agent ? entry->user_agent : NULL));
    json_object_set_new(root, "ja4", tg_json_text(*entry->ja4 ? entry->ja4 : NULL));
    json_object_set_new(root, "host", tg_json_text(*entry->host ? entry->host : NULL));
    json_object_set_new(root, "hours_of_week", hours_json(entry));
    json_object_set_new(
        root, "exempt_until",
        tg_json_instant(row->exempt_until == TG_ALWAYS ? TG_NEVER : row->exempt_until));
    json_object_set_new(root, "rejected_now", json_boolean(row->breaks == TG_ALWAYS));
    json_object_set_new(root, "breaks_at",
                        tg_json_instant(row->breaks == TG_ALWAYS ? TG_NEVER : row->breaks));
    json_object_set_new(root, "advice", tg_json_text(row->advice));
    return root;
}

static json_t *stragglers_json(const tg_straggler_list_t *list)
{
    json_t *root, *items;
    int i;

    if (!list->rows) {
        return json_null();
    }
    root = json_object();
    items = json_array();
    for (i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(
            items, straggler_json(&APR_ARRAY_IDX(list->rows, i, const tg_straggler_row_t)));
    }
    json_object_set_new(root, "found", json_integer(list->found));
    json_object_set_new(root, "complete", json_boolean(list->is_complete));
    json_object_set_new(root, "page", json_integer(list->query.page));
    json_object_set_new(root, "pages", json_integer(tg_straggler_pages(list)));
    json_object_set_new(root, "page_size", json_integer(TG_STRAGGLERS_A_PAGE));
    json_object_set_new(root, "kept", json_integer((json_int_t)list->used));
    json_object_set_new(root, "room", json_integer((json_int_t)list->capacity));
    json_object_set_new(root, "forgotten", count_json(list->forgotten));
    json_object_set_new(root, "missed", count_json(list->missed));
    json_object_set_new(root, "items", items);
    return root;
}

const char *tg_report_json(apr_pool_t *pool, const tg_report_t *report)
{
    json_t *root = json_object(), *ignored = json_object();

    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "time", tg_json_instant(report->now));
    json_object_set_new(root, "since", tg_json_instant(report->since));
    json_object_set_new(root, "collected", tg_json_instant(report->collected));
    json_object_set_new(root, "schedules", all_schedules_json(report));
    json_object_set_new(root, "requests",
                        requests_json(report->totals, report->history, report->now));
    json_object_set_new(root, "census", census_json(report));
    json_object_set_new(root, "failed_handshakes", failures_json(report));
    json_object_set_new(ignored, "requests", count_json(report->ignored_requests));
    json_object_set_new(ignored, "connections", count_json(report->ignored_connections));
    json_object_set_new(ignored, "failed_handshakes", count_json(report->ignored_failures));
    json_object_set_new(root, "ignored", ignored);
    json_object_set_new(root, "stragglers", stragglers_json(&report->stragglers));
    json_object_set_new(root, "warnings", tg_warnings_json(report));
    json_object_set_new(root, "warnings_left_out", json_integer(report->warnings_left_out));
    json_object_set_new(root, "failed_handshakes_left_out", count_json(report->failures_left_out));
    json_object_set_new(root, "log_lines_lost", count_json(report->lines_lost));
    json_object_set_new(root, "state_changed", tg_json_instant(report->state_changed));
    return tg_json_print(pool, root, JSON_INDENT(1));
}
