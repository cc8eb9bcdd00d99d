/* The history of a counter: five minutes each for a day, days for ninety days.
 *
 * Two rings. A place belongs to the newest period that was added to it; what was there before is
 * forgotten. Days are of UTC.
 */
#ifndef TG_LEDGER_LEDGER_HISTORY_H
#define TG_LEDGER_LEDGER_HISTORY_H

#include "fate.h"

/** Seconds of a period, and how many are kept. */
#define TG_HISTORY_PERIOD 300
#define TG_HISTORY_PERIODS 288
#define TG_HISTORY_DAYS 90
#define TG_HISTORY_PERIODS_A_DAY (86400 / TG_HISTORY_PERIOD)

/** One place. All zero is a place that is not used. */
typedef struct {
    int64_t number; /**< of the period or day, since 1970 */
    tg_counts_t counts;
} tg_history_place_t;

/** Written by one process: see ledger.h. */
typedef struct {
    tg_history_place_t periods[TG_HISTORY_PERIODS];
    tg_history_place_t days[TG_HISTORY_DAYS];
} tg_history_t;

/** Adds to a period, given by its number since 1970, and to its day. */
void tg_history_add(tg_history_t *history, int64_t period, const tg_counts_t *counts);

/** What was counted in that period, or on that day; NULL: nothing was, or it is forgotten. */
const tg_counts_t *tg_history_period(const tg_history_t *history, int64_t period);
const tg_counts_t *tg_history_day(const tg_history_t *history, int64_t day);

#endif
