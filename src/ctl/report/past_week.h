/* The week of the clients of a schedule, from logs or from what tlsgate-status says of the
 * stragglers. */
#ifndef TG_CTL_REPORT_PAST_WEEK_H
#define TG_CTL_REPORT_PAST_WEEK_H

#include "report.h"

#include "forecast/week.h"

#include <jansson.h>

/** A page of the ledger has fifty stragglers and the history of each schedule. In bytes. */
#define TG_CTL_PAGE_LENGTH_MAX ((apr_size_t)64 << 20)

/** What is to be read. */
typedef struct {
    const tg_ctl_report_question_t *asked; /**< what is read of the logs, and the plan */
    const tg_schedule_t *schedule;         /**< of which the clients are; NULL: of all */
    const apr_array_header_t *logs;        /**< of const char *; otherwise `pages` */
    int share;                             /**< only of that many per cent; 0: of all */
    const tg_override_set_t
        *overrides; /**< with exemptions: whoever is exempt from the schedule in all of
                                             `trial` is left out; or NULL */
    tg_interval_t trial;
    const char *pages; /**< files, a newline between two: tlsgate-status as JSON */
    int often;         /**< as in tg_week_make() */
} tg_ctl_past_question_t;

/** The week. Lives as long as the call. */
typedef struct {
    const tg_week_t *week;    /**< NULL: nobody was seen */
    const char *const *names; /**< of the clients */
    uint32_t moved;   /**< clients that are left out: they came without what is deprecated */
    uint32_t exempt;  /**< clients that are left out: exempt in all of the trial */
    uint32_t missing; /**< stragglers of the ledger that the files do not have */
    int64_t grid;     /**< seconds: how exactly it is known when they came */
    int is_estimated; /**< their requests are estimated */
    int problems;     /**< lines are damaged, or a log could not be read whole */
} tg_ctl_past_t;

/** Reads it. 1, or 0 after an error was printed. */
int tg_ctl_past_read(const tg_ctl_past_question_t *question, tg_ctl_past_t *past);

/** How long a history is of which a week would tell more: `2 days`; NULL: it is long enough. */
const char *tg_ctl_past_short(apr_pool_t *pool, const json_t *history);

/**
 * `That is 2 days, less than a week: nothing is known of the other times.`
 * @param history an object with `start` and `end`
 * @return in @p pool; NULL: it is long enough
 */
const char *tg_ctl_past_caveat(apr_pool_t *pool, const json_t *history);

/** Where the times of clients are known from: `the log` or `the ledger`. */
const char *tg_ctl_past_source(const tg_ctl_past_t *past);

#endif
