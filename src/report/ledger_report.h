/* What the page, the JSON document and the metrics of the ledger are made of.
 *
 * One function fills it (tg_status_report() in httpd); what prints it asks nobody else. Everything
 * in it lives in the pool that it was filled in, and is read-only.
 */
#ifndef TG_REPORT_LEDGER_REPORT_H
#define TG_REPORT_LEDGER_REPORT_H

#include "frame.h"
#include "straggler_list.h"

#include "format/state.h"
#include "ledger/ledger.h"

#include <apr_general.h>

/** Days that a share is about which is called recent: today and those before, a whole week. */
#define TG_REPORT_RECENT_DAYS 7

/** The same in words, after `in`. */
#define TG_REPORT_RECENTLY "the last " APR_STRINGIFY(TG_REPORT_RECENT_DAYS) " days"

/** The most exemptions that are listed. */
#define TG_REPORT_EXEMPTIONS 20

/** One schedule that some TlsGate line names. */
typedef struct {
    const tg_schedule_t *schedule;
    const tg_override_t *override; /**< in force, or NULL */
    int report_only;               /**< each TlsGate line that names it says so */
    const tg_binding_t *lines;     /**< what the lines that enforce it have in common */
    unsigned as_phases;       /**< bit tg_phase_t for each as= of a TlsGate line that names it */
    tg_phase_t phase;         /**< now, for a client that is in every share */
    tg_instant_t next_change; /**< TG_NEVER: no date changes it any more */
    tg_phase_t next_phase;
    uint64_t trips;               /**< how often TlsGateGuard stopped a trial of it */
    tg_guard_trip_t stopped;      /**< the trial that it keeps from running now; `at` is 0: none */
    const tg_guard_stop_t *stops; /**< all that are kept, the oldest first */
    int stop_count;
    const tg_counts_t *totals; /**< requests of the hosts where it applies; NULL: the ledger has no
                                      numbers for it */
    const tg_history_t *history; /**< NULL: the same */
} tg_report_schedule_t;

/** Connections of one kind. */
typedef struct {
    tg_census_kind_t kind;
    uint64_t total;  /**< since tg_report_t.since */
    uint64_t recent; /**< in the last TG_REPORT_RECENT_DAYS days */
} tg_report_kind_t;

typedef struct {
    tg_instant_t now;
    tg_instant_t
        since; /**< when the ledger began; TG_NEVER: nothing is counted, because no schedule
                             applies and TlsGateCensus is not on */
    tg_instant_t collected; /**< when its history was written last; TG_NEVER: not yet */
    int has_census;         /**< connections are counted */
    const tg_report_schedule_t *schedules;
    int schedule_count;
    const struct tg_ledger_forecast_t
        *forecasts;                          /**< of each schedule: see ledger_forecast.h; NULL:
                                                     not asked for, or no stragglers are kept */
    const struct tg_client_count_t *clients; /**< likewise: see client_count.h; NULL: no stragglers
                                                  are kept */
    const tg_counts_t *totals; /**< all requests; NULL if nothing is counted, as what follows is */
    const tg_history_t *history; /**< of them */
    const tg_report_kind_t *kinds;
    int kind_count;
    uint64_t unsorted;                   /**< connections whose kind had no room */
    uint64_t failures[TG_LEDGER_ALERTS]; /**< handshakes, by the alert that ended them */
    uint64_t ignored_requests, ignored_connections, ignored_failures; /**< of TlsGateIgnore */
    uint64_t
        failures_left_out; /**< failed handshakes that were too many to be recorded: outsiders cause
                                     them, so they are no warning */
    uint64_t lines_lost;   /**< of TlsGateLog */
    int is_state_refused;  /**< the state file is refused or gone */
    tg_instant_t state_changed; /**< the state file, as last seen; TG_NEVER: there is
                                                       none */
    tg_straggler_list_t stragglers;
    const apr_array_header_t *overrides; /**< of tg_state_override_t, as httpd acts on them; NULL:
                                             there is no state */
    const apr_array_header_t
        *exemptions;                    /**< of tg_state_exemption_t in force, those that end first:
                                             TG_REPORT_EXEMPTIONS at most; NULL: no state */
    int exemption_count;                /**< all that are in force */
    int has_ledger_file;                /**< TlsGateLedger names one */
    int is_ledger_unwritten;            /**< the last attempt to write it failed */
    const char *ledger_refused;         /**< why it was at the start, and what to do; or NULL */
    const apr_array_header_t *warnings; /**< of tg_warning_t */
    int warnings_left_out;              /**< of the start, which only the error log has */
} tg_report_t;

/** Shares of the connections, to be divided by @p hellos or @p connections. */
typedef struct {
    uint64_t hellos;                       /**< all that began a handshake */
    uint64_t offered[TG_CENSUS_NEWER + 1]; /**< of them, by the newest version on offer */
    uint64_t post_quantum;                 /**< of them, with a post-quantum group */
    uint64_t connections;                  /**< whose handshake ended well */
    uint64_t got[TG_PROTOCOLS];            /**< of them, by version */
    uint64_t got_post_quantum;
    uint64_t version_not_taken; /**< of them: something newer was on offer */
    uint64_t
        post_quantum_not_taken; /**< of them: a post-quantum group was on offer, and not taken */
} tg_report_census_t;

/** Adds up the kinds: of the last days if @p recent, else since the beginning. */
tg_report_census_t tg_report_census(const tg_report_t *report, int recent);

/** When they began. */
tg_instant_t tg_report_recent_start(tg_instant_t now);

/** What was counted in the last TG_REPORT_RECENT_DAYS days. */
tg_counts_t tg_report_recent(const tg_history_t *history, tg_instant_t now);

/** The report as JSON, as docs/ledger.schema.json describes it. */
const char *tg_report_json(apr_pool_t *pool, const tg_report_t *report);

/** The report as metrics, in the text format of Prometheus: less than 200 series. */
const char *tg_report_prometheus(apr_pool_t *pool, const tg_report_t *report);

/**
 * The report as a page for people: where each schedule stands, its dates, the shares of the
 * protocols, the census, and what was left out or lost; with charts, which plain text leaves out.
 */
void tg_report_frame(tg_frame_t *frame, apr_pool_t *pool, const tg_report_t *report);

#endif
