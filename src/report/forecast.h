/* What a trial would have met: who came in the same times of a week before, and with how many requests. */
#ifndef TG_REPORT_FORECAST_H
#define TG_REPORT_FORECAST_H

#include "week.h"

#include "format/ledger_history.h"

/** Clients that are named. */
#define TG_FORECAST_NAMED 3

/** What it would have met. */
typedef struct {
    uint64_t requests;                 /**< of an average week, in thousandths */
    uint32_t clients;                  /**< that were ever seen in these times */
    uint32_t first[TG_FORECAST_NAMED]; /**< the numbers of the first of them */
    int named;                         /**< so many */
} tg_forecast_t;

/**
 * Looks it up.
 * @param week where one time is enough
 * @param grid seconds: how exactly it is known when clients came, and so which of them are counted.
 *             Of the requests that part counts that the trial has of such a time
 */
tg_forecast_t tg_forecast(apr_pool_t *pool, const tg_week_t *week, int64_t grid,
                          const tg_interval_t *trial);

/** Its requests as a whole number; where there are any, never none. */
uint64_t tg_forecast_requests(const tg_forecast_t *forecast);

/**
 * The deprecated requests at the same times of the last 24 hours, in the five minutes that the trial touches.
 * @param since when the history began
 * @return 1 with *@p requests set; or 0: it is not known
 */
int tg_forecast_of_day(const tg_history_t *history, tg_instant_t since, tg_instant_t now,
                       const tg_interval_t *trial, uint64_t *requests);

/** `account:a, account:b, account:c and 9 others`. In @p pool. */
const char *tg_forecast_names(apr_pool_t *pool, const char *const *names, int named,
                              uint32_t clients);

#endif
