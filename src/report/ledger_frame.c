/* The ledger as a page for people: see ledger_report.h. */
#include "ledger_report.h"

#include "changes_frame.h"
#include "chart.h"
#include "client_count.h"
#include "last_trial.h"
#include "ledger_forecast.h"
#include "schedule_frame.h"
#include "straggler_frame.h"
#include "warning.h"
#include "wording.h"

#include "base/program.h"
#include "base/text.h"

#include <apr_strings.h>

/* `94.2 %`, cut and not rounded, so that 100 % means all, and 0.0 % none. */
static const char *share_text(apr_pool_t *pool, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole ? part * 1000 / whole : 0;

    if (part > 0 && tenths == 0) {
        return "less than 0.1 %";
    }
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT ".%" APR_UINT64_T_FMT " %%", tenths / 10,
                        tenths % 10);
}

static const char *counted_share(apr_pool_t *pool, uint64_t part, uint64_t whole)
{
    return apr_pstrcat(pool, tg_wording_count(pool, part), " (", share_text(pool, part, whole), ")",
                       NULL);
}

/* A row of a table: words and a value. */
static void add_row(tg_frame_t *frame, const char *label, const char *value)
{
    tg_item_t row = { TG_FRAME_DATE, .label = label, .value = value };

    tg_frame_add_date(frame, &row);
}

static void add_count(tg_frame_t *frame, const char *label, uint64_t n)
{
    add_row(frame, label, tg_wording_count(frame->pool, n));
}

/* Only where there are any. */
static void add_some(tg_frame_t *frame, const char *label, uint64_t n)
{
    if (n > 0) {
        add_count(frame, label, n);
    }
}

/* With as=, no date counts. */
static const char *as_text(apr_pool_t *pool, unsigned as_phases)
{
    const char *names[TG_PHASES];
    apr_size_t n = 0;
    int phase;

    for (phase = 0; phase < TG_PHASES; phase++) {
        if (as_phases & 1U << phase) {
            names[n++] = apr_pstrcat(pool, "as=", tg_phase_name((tg_phase_t)phase), NULL);
        }
    }
    return n == 0 ? ""
                  : apr_pstrcat(pool, " Where a TlsGate line that names it has ",
                                tg_text_join(pool, names, n, ", ", " or "),
                                ", that phase counts in place of the dates.", NULL);
}

/* Without it a window would look as if it ran. */
static const char *stopped_sentence(apr_pool_t *pool, const tg_report_schedule_t *item,
                                    tg_instant_t now)
{
    const tg_override_t *o = item->override;

    if (!tg_override_is_stopped(o, now)) {
        return "";
    }
    return o->stopped_until == TG_NEVER
               ? apr_pstrcat(pool,
                             " Its trials are held: none runs until " TG_PROGRAM_NAME " resume ",
                             item->schedule->name, ".", NULL)
               : apr_pstrcat(pool, " Its trial is stopped by TlsGateGuard until ",
                             tg_instant_text(pool, o->stopped_until), ".", NULL);
}

/* How far the migration is, in one figure. */
static const char *recent_text(apr_pool_t *pool, const tg_report_schedule_t *item, tg_instant_t now)
{
    tg_counts_t counts;
    uint64_t all, served;

    if (!item->history) {
        return "";
    }
    counts = tg_report_recent(item->history, now);
    all = tg_counts_all_requests(&counts);
    served = tg_counts_of_fate(&counts, TG_FATE_NONE);
    return all == 0 ? " There was no request in " TG_REPORT_RECENTLY "."
                    : apr_pstrcat(pool, " In " TG_REPORT_RECENTLY ", ",
                                  tg_wording_count(pool, all - served), " of ",
                                  tg_wording_count(pool, all), " requests (",
                                  share_text(pool, all - served, all), ") were deprecated.", NULL);
}

/* `legacy: trial until 2018-07-10T10:23:00Z, then announced. Trial: ...` */
static void add_standing(tg_frame_t *frame, const tg_report_t *report,
                         const tg_report_schedule_t *item)
{
    apr_pool_t *pool = frame->pool;

    tg_frame_add(
        frame, TG_ITEM_SENTENCE,
        apr_pstrcat(pool, item->schedule->name, " (",
                    tg_schedule_frame_traits(pool, item->schedule), ")", NULL),
        apr_pstrcat(pool, tg_wording_course(pool, item->phase, item->next_change, item->next_phase),
                    ". ", tg_wording_phases(pool, item->phase, item->next_change, item->next_phase),
                    stopped_sentence(pool, item, frame->now),
                    item->report_only
                        ? " Each TlsGate line that names it has report-only, so all are served."
                        : "",
                    as_text(pool, item->as_phases), recent_text(pool, item, frame->now),
                    tg_client_count_sentence(pool, report, item), NULL));
}

static void say_override(tg_frame_t *frame, const tg_report_schedule_t *item)
{
    const tg_override_t *override = item->override;
    apr_pool_t *pool = frame->pool;
    tg_override_kind_t kind = tg_override_active(override, frame->now);
    tg_instant_t end = tg_override_end(override, frame->now);

    if (kind == TG_OVERRIDE_GUARD) {
        tg_frame_add(
            frame, TG_ITEM_SENTENCE, NULL,
            apr_pstrcat(pool, "TlsGateGuard stopped a trial that rejected too much, at ",
                        tg_instant_text(pool, override->stopped_at), ": ",
                        end == TG_NEVER ? "no trial runs until " TG_PROGRAM_NAME " resume "
                                        : "old clients are served until ",
                        end == TG_NEVER ? item->schedule->name : tg_instant_text(pool, end), ".",
                        NULL));
    }
    else if (kind != TG_OVERRIDE_NONE) {
        tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                     apr_pstrcat(pool, "By hand: ", tg_override_kind_name(kind), " until ",
                                 tg_instant_text(pool, end), ".", NULL));
    }
}

/* A schedule that never changes has nothing to draw. */
static int has_dates(const tg_schedule_t *schedule)
{
    return schedule->windows->nelts > 0 || schedule->announce != TG_ALWAYS ||
           tg_schedule_cutoff(schedule) != TG_NEVER;
}

static void add_schedule_part(tg_frame_t *frame, const tg_report_t *report,
                              const tg_report_schedule_t *item)
{
    const tg_charted_t charted = { item->schedule, item->override };
    apr_pool_t *pool = frame->pool;
    tg_last_trial_t last;

    tg_frame_add_part(frame, TG_PART_SECTION,
                      apr_pstrcat(pool, "Schedule ", item->schedule->name, NULL));
    say_override(frame, item);
    if (has_dates(item->schedule)) {
        tg_frame_add(frame, TG_ITEM_MARKUP, NULL, tg_chart_timeline(pool, &charted, frame->now));
    }
    tg_schedule_frame_dates(frame, item->schedule, item->override, TG_READERS_OPERATORS);
    if (item->totals) {
        uint64_t all = tg_counts_all_requests(item->totals);

        add_row(frame, "Deprecated requests",
                counted_share(pool, all - tg_counts_of_fate(item->totals, TG_FATE_NONE), all));
        add_row(frame, "Rejected requests",
                counted_share(pool, tg_counts_of_fate(item->totals, TG_FATE_REJECT), all));
        add_some(frame, "Requests that a rejection left alone (report-only, our pages, ACME)",
                 tg_counts_of_fate(item->totals, TG_FATE_WOULD_REJECT));
        add_some(frame, "Refused handshakes", tg_counts_of_fate(item->totals, TG_FATE_REFUSE));
        last = tg_last_trial_of(report, item);
        tg_last_trial_row(frame, &last, item);
        if (report->forecasts) {
            tg_ledger_forecast_row(frame, &report->forecasts[item - report->schedules]);
        }
    }
    tg_client_count_row(frame, report, item);
}

/* `TLSv1.3: 12 (60.0 %), TLSv1: 8 (40.0 %)` */
static const char *protocols_text(apr_pool_t *pool, const tg_counts_t *counts)
{
    uint64_t all = tg_counts_all_requests(counts);
    const char *text = "";
    int protocol;

    for (protocol = TG_PROTOCOLS - 1; protocol >= 0; protocol--) {
        uint64_t n = tg_counts_requests(counts, (tg_protocol_t)protocol);

        if (n) {
            text = apr_pstrcat(pool, text, *text ? ", " : "",
                               tg_protocol_name((tg_protocol_t)protocol), ": ",
                               counted_share(pool, n, all), NULL);
        }
    }
    return text;
}

/* Within a day of the beginning the days say nothing yet. */
static tg_chart_range_t range_shown(const tg_report_t *report)
{
    return report->now - report->since < 2 * INT64_C(86400) ? TG_CHART_DAY : TG_CHART_MONTHS;
}

static void add_shares(tg_frame_t *frame, const tg_report_t *report)
{
    apr_pool_t *pool = frame->pool;
    tg_charted_t *charted =
        apr_palloc(pool, (apr_size_t)(report->schedule_count + 1) * sizeof(*charted));
    uint64_t all = tg_counts_all_requests(report->totals);
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        charted[i].schedule = report->schedules[i].schedule;
        charted[i].override = report->schedules[i].override;
    }
    tg_frame_add_part(frame, TG_PART_SECTION,
                      range_shown(report) == TG_CHART_DAY ? "Requests of the last 24 hours"
                                                          : "Requests of the last 90 days");
    tg_frame_add(frame, TG_ITEM_MARKUP, NULL,
                 tg_chart_shares(pool, report->history, range_shown(report), report->since,
                                 frame->now, charted, report->schedule_count));
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                 apr_pstrcat(pool, "All since ", tg_instant_text(pool, report->since), ":", NULL));
    for (i = TG_PROTOCOLS - 1; i >= 0; i--) {
        uint64_t n = tg_counts_requests(report->totals, (tg_protocol_t)i);

        if (n) {
            add_row(frame, tg_wording_protocol(pool, (tg_protocol_t)i),
                    counted_share(pool, n, all));
        }
    }
}

/* What the chart shows, place by place. */
static void add_shares_table(tg_frame_t *frame, const tg_report_t *report)
{
    tg_chart_range_t range = range_shown(report);
    int place;

    tg_frame_add_part(frame, TG_PART_FOLD, "Requests over time");
    for (place = 0; place < tg_chart_places(range); place++) {
        const tg_counts_t *counts = tg_chart_place(report->history, range, frame->now, place);
        tg_instant_t start = tg_chart_place_start(range, frame->now, place);

        if (counts && tg_counts_all_requests(counts)) {
            add_row(frame,
                    range == TG_CHART_DAY ? tg_wording_instant(frame->pool, start)
                                          : tg_wording_day(frame->pool, start),
                    protocols_text(frame->pool, counts));
        }
    }
}

static void add_census_rows(tg_frame_t *frame, const tg_report_t *report)
{
    tg_report_census_t census = tg_report_census(report, 1);
    apr_pool_t *pool = frame->pool;

    tg_frame_add_part(frame, TG_PART_SECTION, "What connections could do, in " TG_REPORT_RECENTLY);
    if (!census.hellos) {
        return;
    }
    add_count(frame, "Connections", census.hellos);
    add_row(frame, "Offer TLS 1.3 or newer",
            counted_share(pool,
                          census.offered[TG_PROTOCOL_TLS1_3] + census.offered[TG_CENSUS_NEWER],
                          census.hellos));
    add_row(frame, "Offer a post-quantum group",
            counted_share(pool, census.post_quantum, census.hellos));
    add_row(frame, "Held to an older version by this server",
            counted_share(pool, census.version_not_taken, census.connections));
    add_row(frame, "Held to a classical group by this server",
            counted_share(pool, census.post_quantum_not_taken, census.connections));
}

static void add_losses(tg_frame_t *frame, const tg_report_t *report)
{
    const uint64_t all = report->ignored_requests | report->ignored_connections |
                         report->ignored_failures | report->failures_left_out | report->lines_lost |
                         report->unsorted;

    tg_frame_add_part(frame, TG_PART_SECTION, "Left out or lost");
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL, all ? NULL : "Nothing.");
    add_some(frame, "Requests of ignored networks", report->ignored_requests);
    add_some(frame, "Connections of ignored networks", report->ignored_connections);
    add_some(frame, "Failed handshakes of ignored networks", report->ignored_failures);
    add_some(frame, "Failed handshakes that were too many to be recorded",
             report->failures_left_out);
    add_some(frame, "Lines of the log that were lost", report->lines_lost);
    add_some(frame, "Connections of kinds that had no room", report->unsorted);
}

/* Why there is nothing, and what to do. */
static const char *report_lead(apr_pool_t *pool, const tg_report_t *report)
{
    if (!report->totals) {
        return "Nothing is counted: no TlsGate line names a schedule. Add one, or set "
               "\"TlsGateCensus on\" to count what clients offer until then.";
    }
    return apr_pstrcat(pool, "Counted since ", tg_instant_text(pool, report->since), ".",
                       tg_warnings_lead(pool, report), NULL);
}

void tg_report_frame(tg_frame_t *frame, apr_pool_t *pool, const tg_report_t *report)
{
    int i;

    tg_frame_begin(frame, pool, report->now, "Status of the migration");
    frame->lead = report_lead(pool, report);
    tg_frame_add_part(frame, TG_PART_REMEDY, "Where each schedule stands");
    for (i = 0; i < report->schedule_count; i++) {
        add_standing(frame, report, &report->schedules[i]);
    }
    tg_warning_frame(frame, report);
    for (i = 0; i < report->schedule_count; i++) {
        add_schedule_part(frame, report, &report->schedules[i]);
    }
    if (report->totals) {
        add_shares(frame, report);
        add_shares_table(frame, report);
        add_census_rows(frame, report);
    }
    tg_changes_frame(frame, report);
    if (report->totals) {
        tg_straggler_frame(frame, &report->stragglers);
        add_losses(frame, report);
    }
}
