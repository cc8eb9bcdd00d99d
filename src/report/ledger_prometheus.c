/* The ledger as metrics: see ledger_report.h. Labels are protocols, verdicts, groups, alerts and
 * the names of schedules: never anything of a client. */
#include "client_count.h"
#include "ledger_report.h"

#include "warning.h"

#include "tls/registry.h"

#include <apr_strings.h>
#include <string.h>

/** Schedules that have series of their own. */
#define SCHEDULES_MAX 20

/** Alerts that have series of their own: more than TLS has. */
#define ALERTS_MAX 35

/* Text that grows, in pieces that are joined at the end. */
typedef struct {
    apr_pool_t *pool;
    apr_array_header_t *pieces; /* of const char * */
} metrics_t;

static void add_piece(metrics_t *m, const char *piece)
{
    APR_ARRAY_PUSH(m->pieces, const char *) = piece;
}

static void add_head(metrics_t *m, const char *name, const char *type, const char *help)
{
    add_piece(m, apr_psprintf(m->pool, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type));
}

static void add_series(metrics_t *m, const char *name, const char *labels, uint64_t value)
{
    add_piece(m, apr_psprintf(m->pool, "%s%s %" APR_UINT64_T_FMT "\n", name, labels, value));
}

static void add_requests(metrics_t *m, const tg_counts_t *totals)
{
    static const char name[] = "tlsgate_requests_total";
    int protocol, fate;

    add_head(m, name, "counter",
             "Requests by protocol and by what became of them; refuse counts handshakes.");
    for (protocol = 0; totals && protocol < TG_PROTOCOLS; protocol++) {
        for (fate = 0; fate < TG_FATES; fate++) {
            if (totals->n[protocol][fate]) {
                add_series(m, name,
                           apr_psprintf(m->pool, "{protocol=\"%s\",verdict=\"%s\"}",
                                        tg_protocol_name((tg_protocol_t)protocol),
                                        tg_fate_name((tg_fate_t)fate)),
                           totals->n[protocol][fate]);
            }
        }
    }
}

/* Kinds of connections that have the same labels. */
typedef struct {
    const char *labels;
    uint64_t count;
} labelled_count_t;

static void add_to_label(apr_array_header_t *list, const char *labels, uint64_t count)
{
    labelled_count_t *item;
    int i;

    for (i = 0; i < list->nelts; i++) {
        item = &APR_ARRAY_IDX(list, i, labelled_count_t);
        if (strcmp(item->labels, labels) == 0) {
            item->count += count;
            return;
        }
    }
    item = apr_array_push(list);
    item->labels = labels;
    item->count = count;
}

static const char *connection_labels(apr_pool_t *pool, tg_census_kind_t kind)
{
    const char *group = tg_registry_group(kind.group);

    return apr_psprintf(pool, "{offered=\"%s\",group=\"%s\"}", tg_census_offered_name(kind.offered),
                        kind.group == 0 ? "none"
                        : group         ? group
                                        : "other");
}

/* All that the table of kinds has: were some left out, a new one could take the place of one that
 * was shown, and a counter that goes away and comes back has no rate. */
static void add_connections(metrics_t *m, const tg_report_t *report)
{
    static const char name[] = "tlsgate_connections_total";
    apr_array_header_t *list = apr_array_make(m->pool, 16, sizeof(labelled_count_t));
    int i;

    for (i = 0; i < report->kind_count; i++) {
        if (report->kinds[i].kind.got != TG_CENSUS_HELLO) {
            add_to_label(list, connection_labels(m->pool, report->kinds[i].kind),
                         report->kinds[i].total);
        }
    }
    add_head(
        m, name, "counter",
        "Connections over TLS, by the newest version on offer and by the group that was taken.");
    for (i = 0; i < list->nelts; i++) {
        const labelled_count_t *item = &APR_ARRAY_IDX(list, i, const labelled_count_t);

        add_series(m, name, item->labels, item->count);
    }
    if (report->unsorted) {
        add_series(m, name, "{offered=\"other\",group=\"other\"}", report->unsorted);
    }
}

static void add_failures(metrics_t *m, const tg_report_t *report)
{
    static const char name[] = "tlsgate_failed_handshakes_total";
    uint64_t others = 0;
    unsigned alert, shown = 0;

    add_head(
        m, name, "counter",
        "Failed handshakes of clients that offer nothing newer than what is deprecated, by the "
        "alert that ended them; without networks that TlsGateIgnore names.");
    for (alert = 0; alert < TG_LEDGER_ALERTS; alert++) {
        const char *known = tg_registry_alert(alert);

        if (report->failures[alert] && strcmp(known, "unknown") != 0 && shown < ALERTS_MAX) {
            add_series(m, name, apr_psprintf(m->pool, "{alert=\"%s\"}", known),
                       report->failures[alert]);
            shown++;
        }
        else {
            others += report->failures[alert];
        }
    }
    if (others) {
        add_series(m, name, "{alert=\"unknown\"}", others);
    }
}

static const char *schedule_label(apr_pool_t *pool, const tg_report_schedule_t *item)
{
    return apr_psprintf(pool, "{schedule=\"%s\"}", item->schedule->name);
}

static int schedules_shown(const tg_report_t *report)
{
    return report->schedule_count < SCHEDULES_MAX ? report->schedule_count : SCHEDULES_MAX;
}

static void add_schedules(metrics_t *m, const tg_report_t *report)
{
    static const char phase[] = "tlsgate_phase";
    static const char cutoff[] = "tlsgate_cutoff_timestamp_seconds";
    static const char trips[] = "tlsgate_guard_trips_total";
    static const char next[] = "tlsgate_next_transition_timestamp_seconds";
    int i, n = schedules_shown(report);

    add_head(m, phase, "gauge",
             "Phase of a schedule: 0 observe, 1 announced, 2 grace, 3 trial, 4 cutoff, 5 refuse.");
    for (i = 0; i < n; i++) {
        add_series(m, phase, schedule_label(m->pool, &report->schedules[i]),
                   report->schedules[i].phase);
    }
    add_head(m, trips, "counter", "Trials that TlsGateGuard stopped.");
    for (i = 0; i < n; i++) {
        add_series(m, trips, schedule_label(m->pool, &report->schedules[i]),
                   report->schedules[i].trips);
    }
    add_head(m, next, "gauge", "When the phase of a schedule changes next, and to which.");
    for (i = 0; i < n; i++) {
        const tg_report_schedule_t *item = &report->schedules[i];

        if (item->next_change != TG_NEVER) {
            add_series(m, next,
                       apr_psprintf(m->pool, "{schedule=\"%s\",next=\"%s\"}", item->schedule->name,
                                    tg_phase_name(item->next_phase)),
                       (uint64_t)item->next_change);
        }
    }
    add_head(m, cutoff, "gauge", "When the cutoff of a schedule is, or was.");
    for (i = 0; i < n; i++) {
        tg_instant_t t =
            tg_phase_cutoff(report->schedules[i].schedule, report->schedules[i].override);

        if (t != TG_NEVER && t >= 0) {
            add_series(m, cutoff, schedule_label(m->pool, &report->schedules[i]), (uint64_t)t);
        }
    }
}

/* Nothing in place of numbers that are too small, because the table was busy. */
static void add_left_clients(metrics_t *m, const tg_report_t *report)
{
    static const char left[] = "tlsgate_clients_left";
    static const char failed[] = "tlsgate_clients_failed";
    int i, n = report->clients ? schedules_shown(report) : 0;

    if (n == 0 || !report->clients[0].is_complete) {
        return; /* all are complete, or none */
    }
    add_head(m, left, "gauge",
             "Clients that were seen with what a schedule deprecates in " TG_REPORT_RECENTLY
             ", and have neither moved nor are exempt.");
    for (i = 0; i < n; i++) {
        add_series(m, left, schedule_label(m->pool, &report->schedules[i]),
                   report->clients[i].left);
    }
    add_head(
        m, failed, "gauge",
        "Clients of which only failed handshakes are known, and no request; scanners as well.");
    for (i = 0; i < n; i++) {
        add_series(m, failed, schedule_label(m->pool, &report->schedules[i]),
                   report->clients[i].failed);
    }
}

/* A number that is alone. */
static void add_single(metrics_t *m, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    add_head(m, name, type, help);
    add_series(m, name, "", value);
}

const char *tg_report_prometheus(apr_pool_t *pool, const tg_report_t *report)
{
    metrics_t m = { pool, apr_array_make(pool, 64, sizeof(const char *)) };

    add_requests(&m, report->totals);
    add_connections(&m, report);
    add_failures(&m, report);
    add_schedules(&m, report);
    add_left_clients(&m, report);
    add_single(&m, "tlsgate_schedules", "gauge",
               "Schedules that apply somewhere; 20 at most have series of their own.",
               (uint64_t)report->schedule_count);
    if (report->stragglers.capacity > 0) {
        add_single(&m, "tlsgate_stragglers", "gauge",
                   "Entries of the table of stragglers: one for each client and schedule.",
                   report->stragglers.used);
        add_single(&m, "tlsgate_stragglers_forgotten_total", "counter",
                   "Stragglers that left the table for others, or found it busy.",
                   report->stragglers.forgotten + report->stragglers.missed);
    }
    if (report->state_changed != TG_NEVER) {
        add_single(&m, "tlsgate_state_age_seconds", "gauge",
                   "Time since the file of TlsGateState was changed.",
                   report->now > report->state_changed
                       ? (uint64_t)(report->now - report->state_changed)
                       : 0);
    }
    add_single(
        &m, "tlsgate_state_refused", "gauge",
        "1 if the file of TlsGateState is refused or gone, so that what was read before stays "
        "in force.",
        report->is_state_refused ? 1 : 0);
    add_single(&m, "tlsgate_warnings", "gauge",
               "Warnings of the status page: what somebody should look at.",
               (uint64_t)tg_warnings_count(report));
    add_single(
        &m, "tlsgate_failed_handshakes_left_out_total", "counter",
        "Failed handshakes that were too many to be recorded, in the log and in the table of "
        "stragglers.",
        report->failures_left_out);
    add_single(&m, "tlsgate_log_lost_total", "counter",
               "Lines of TlsGateLog that could not be written.", report->lines_lost);
    return apr_array_pstrcat(pool, m.pieces, 0);
}
