/* What a trial would have met: who came in the same times of a week before, and with how many
 * requests. */
#ifndef TG_FORECAST_FORECAST_H
#define TG_FORECAST_FORECAST_H

#include "week.h"

#include "ledger/ledger_history.h"

/** Clients that are named. */
#define TG_FORECAST_NAMED 3

/** What it would have met. */
typedef struct {
    uint64_t requests;                 /**< of an average week, in thousandths */
    uint32_t clients;                  /**< that were ever seen in these times */
    uint32_t first[TG_FORECAST_NAMED]; /**< the numbers of the first of them */
    int named;                         /**< how many those are */
} tg_forecast_t;

/**
 * Looks it up.
 * @param week where one time is enough
 * @param grid seconds: how exactly it is known when clients came, and so which of them are counted.
 *             Of the requests that part counts that the trial has of such a time
 */
tg_forecast_t tg_forecast(apr_pool_t *pool, const tg_week_t *week, int64_t grid,
                          const tg_interval_t *trial);

/** The same of clients that are added one by one, of which only the hours are known: what it takes
 * does not grow with them. */
typedef struct {
    int64_t seconds[TG_STRAGGLER_HOURS];   /**< that the trial has in each hour of the week */
    uint8_t hours[TG_STRAGGLER_HOURS / 8]; /**< those where it has some, as in tg_straggler_t */
    unsigned start;                        /**< the hour in which it begins */
    uint64_t requests;                     /**< in thousandths, times seconds */
    uint32_t clients;
} tg_hours_forecast_t;

tg_hours_forecast_t tg_hours_forecast_begin(const tg_interval_t *trial);

/** 1 if the trial would have met someone who was seen in these hours of a week. */
int tg_hours_forecast_meets(const tg_hours_forecast_t *forecast, const uint8_t *hours);

/** How many hours after its beginning it would, if that is less than @p most; otherwise @p most. */
int tg_hours_forecast_after(const tg_hours_forecast_t *forecast, const uint8_t *hours, int most);

/** Adds one whom it would have met. */
void tg_hours_forecast_add(tg_hours_forecast_t *forecast, const tg_week_hours_t *client);

/** What it would have met, without names. */
tg_forecast_t tg_hours_forecast_end(const tg_hours_forecast_t *forecast);

/**
 * `3 days`, `12 minutes`: how long a history is that says nothing of some times of a week, cut to
 * whole units. In @p pool; NULL: it is long enough.
 */
const char *tg_forecast_short_history(apr_pool_t *pool, const tg_interval_t *history);

/** Its requests as a whole number; at least 1 if there are any. */
uint64_t tg_forecast_requests(const tg_forecast_t *forecast);

/**
 * The deprecated requests at the same times of the last 24 hours, in the five minutes that the
 * trial touches.
 * @param since when the history began
 * @return 1 with *@p requests set; or 0: it is not known
 */
int tg_forecast_of_day(const tg_history_t *history, tg_instant_t since, tg_instant_t now,
                       const tg_interval_t *trial, uint64_t *requests);

/** `account:a, account:b, account:c and 9 others`. In @p pool. */
const char *tg_forecast_names(apr_pool_t *pool, const char *const *names, int named,
                              uint32_t clients);

#endif
