/* The week of the clients: at which times of a week each came, and how often.
 *
 * The past is laid week upon week, in steps of five minutes from Monday 00:00 UTC. So a time of a
 * week to come can be compared with the same time of the weeks that were seen. A window meets a
 * client that came at the same times in enough of the weeks since it was first seen: TG_WEEK_OFTEN
 * of them for a plan, any one for a look back. Its requests are the average of the weeks in which
 * these times were seen.
 */
#ifndef TG_FORECAST_WEEK_H
#define TG_FORECAST_WEEK_H

#include "base/interval.h"
#include "ledger/straggler_table.h"
#include "tally/visits.h"

/** A step, and how many a week has. */
#define TG_WEEK_STEP TG_HISTORY_PERIOD
#define TG_WEEK_STEPS (7 * TG_HISTORY_PERIODS_A_DAY)

/** Weeks before the end of the history that count. */
#define TG_WEEK_HISTORY_MAX 52

/** Per cent of its weeks in which a client must have come, for a plan. */
#define TG_WEEK_OFTEN 50

/** Requests are counted in thousandths. */
#define TG_WEEK_REQUEST 1000

/** No number: the client does not count. */
#define TG_WEEK_NOBODY UINT32_MAX

/** A client at one step of the week. */
typedef struct {
    uint32_t client;
    uint64_t requests; /**< of an average week, in thousandths */
    uint64_t weeks;    /**< bit n: it came in the week number n before the end, from 0 */
} tg_week_visit_t;

/** The week. Read-only once it is made. */
typedef struct {
    tg_interval_t history; /**< what was seen */
    int weeks;             /**< that it touches */
    uint32_t clients;
    unsigned char *needed;   /**< by client: the number of weeks in which it must have come */
    tg_week_visit_t *visits; /**< by step, then by client */
    size_t *first;           /**< TG_WEEK_STEPS + 1: the first visit of each step */
} tg_week_t;

/**
 * Makes the week.
 * @param visits  are sorted by step afterwards
 * @param numbers by client of the visits: its number here, from 0, or TG_WEEK_NOBODY
 * @param clients that have a number
 * @param history begins and ends with whole steps, or is rounded to them
 * @param often   per cent of the weeks; 0: one is enough
 */
const tg_week_t *tg_week_make(apr_pool_t *pool, tg_visits_t *visits, const uint32_t *numbers,
                              uint32_t clients, const tg_interval_t *history, int often);

/** A client of which only the hours of the week in which it was ever seen are known. */
typedef struct {
    const uint8_t *hours; /**< a bit for each, as in tg_straggler_t */
    uint64_t requests;    /**< from the first to the last time */
    tg_instant_t first_seen, last_seen;
} tg_week_hours_t;

/** In thousandths, in each of its hours of an average week; never 0, since it was seen then. */
uint64_t tg_week_requests_of_hour(const tg_week_hours_t *client);

/**
 * Makes the week of such clients: their numbers are their places. Each is at the first step of its
 * hours, with an equal part of its requests in an average week. So windows must be of whole hours.
 */
const tg_week_t *tg_week_of_hours(apr_pool_t *pool, const tg_week_hours_t *clients, uint32_t count,
                                  const tg_interval_t *history);

/** The step of the week at a time. */
int tg_week_step(tg_instant_t t);

/** Whom a window meets: it begins empty and grows step by step. */
typedef struct {
    const tg_week_t *week;
    uint64_t *seen;       /**< by client: the weeks in which it came within the window */
    uint32_t *came, *met; /**< the clients that came, and of them those that it meets, in the order
                               in which they did */
    uint32_t came_count, met_count;
    uint64_t requests; /**< in thousandths, of all that came */
} tg_meeting_t;

tg_meeting_t tg_meeting_begin(apr_pool_t *pool, const tg_week_t *week);

/** Empties the window. */
void tg_meeting_clear(tg_meeting_t *meeting);

/** Adds a step of the week. */
void tg_meeting_add(tg_meeting_t *meeting, int step);

#endif
