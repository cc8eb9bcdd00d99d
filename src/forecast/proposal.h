/* Trials that meet enough clients and reject as little as possible.
 *
 * The model. Each client has its week, as week.h makes it of what was seen, and the weeks to come
 * are like it. A window is a number of whole steps of five minutes (or of more, see `grid`), no
 * longer than is asked for, between `from` and `until`; it does not touch what the schedule has
 * already. It meets a client if the week says so, and rejects the requests that the week has there.
 * A series is windows of which no two overlap or touch, so that none of them is longer in effect.
 * Of the series that meet at least the wanted number of clients once, the one that rejects fewest
 * requests is wanted (a window may count as some more of them, so that there are fewer windows):
 * see cover.h, for which only windows are made that can neither begin later nor end earlier without
 * losing a client.
 *
 * Where there are two weeks or more, windows that would touch are in different weeks, so any
 * windows will do: if they find room in at most TG_PROPOSAL_WEEKS_MAX weeks, each in the first week
 * that has it. Otherwise all are in the first week.
 */
#ifndef TG_FORECAST_PROPOSAL_H
#define TG_FORECAST_PROPOSAL_H

#include "week.h"

#include "policy/trial.h"

/** Members of windows that are kept, and looked at once. */
#define TG_PROPOSAL_MEMBERS_MAX 33554432
#define TG_PROPOSAL_LOOKS_MAX 134217728

/** Weeks over which a series is spread. */
#define TG_PROPOSAL_WEEKS_MAX 8

/** What is asked. Read-only. */
typedef struct {
    const tg_week_t *week;
    tg_instant_t from, until; /**< all windows are within [from, until) */
    int64_t longest;          /**< seconds of a window, TG_WEEK_STEP or more */
    int64_t grid;         /**< windows begin and end at multiples of these seconds: a multiple of
                                         TG_WEEK_STEP, at most `longest` */
    uint32_t need;        /**< clients that must be met: 1 or more */
    uint64_t window_cost; /**< thousandths of a request that each window counts as in addition */
    const apr_array_header_t *kept; /**< of tg_window_t: what the schedule has already; or NULL */
    uint64_t work;                  /**< of cover.h */
} tg_proposal_question_t;

/** One window. */
typedef struct {
    tg_interval_t interval;
    uint64_t requests;       /**< that it rejects, in thousandths */
    const uint32_t *clients; /**< that it meets */
    uint32_t met;            /**< how many those are */
    uint32_t fresh;          /**< of them, those that no window before it meets */
} tg_proposed_window_t;

/** What came of it. */
typedef enum {
    TG_PROPOSAL_FOUND,
    TG_PROPOSAL_BEYOND,  /**< no series meets that many */
    TG_PROPOSAL_MISSED,  /**< none was found, though single windows meet that many clients */
    TG_PROPOSAL_NO_TIME, /**< no window fits between `from` and `until` */
    TG_PROPOSAL_TOO_MANY /**< more clients and windows than can be weighed */
} tg_proposal_result_t;

/** A series. */
typedef struct {
    apr_array_header_t *windows; /**< of tg_proposed_window_t, by time */
    apr_array_header_t *trials;  /**< of tg_trial_t: the same, those joined that repeat */
    int64_t grid;                /**< as asked, or more where there are very many clients */
    uint32_t met;
    uint32_t reachable; /**< clients that some window meets */
    uint64_t requests;  /**< in thousandths */
    uint64_t cost;      /**< the same, with what windows count more */
    uint64_t least;     /**< no series costs less; the same as `cost`: there is no better one */
} tg_proposal_t;

/** Finds it. There are no windows if there is no series. */
tg_proposal_result_t tg_proposal_find(apr_pool_t *pool, const tg_proposal_question_t *question,
                                      tg_proposal_t *proposal);

/** How many clients windows of that length would meet, each by one of them. */
uint32_t tg_proposal_reachable(apr_pool_t *pool, const tg_proposal_question_t *question,
                               int64_t longest);

/**
 * The windows as trials: three or more of one length, with the same time from each to the next, are
 * one that repeats. Nothing is added and nothing left out.
 * @param windows of tg_proposed_window_t, by time
 * @return of tg_trial_t
 */
apr_array_header_t *tg_proposal_trials(apr_pool_t *pool, const apr_array_header_t *windows);

/** A trial as TlsGateTrial reads it: `START/PT10M every=PT1H until=END`. In @p pool. */
const char *tg_proposal_line(apr_pool_t *pool, const tg_trial_t *trial);

#endif
