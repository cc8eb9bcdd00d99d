/* The history of a counter: see ledger_history.h. */
#include "ledger_history.h"

#include <string.h>

/* A clock that went back begins its place anew as well: the latest is what counts. */
static void add_to_place(tg_history_place_t *place, int64_t number, const tg_counts_t *counts)
{
    if (place->number != number) {
        memset(place, 0, sizeof(*place));
        place->number = number;
    }
    tg_counts_add(&place->counts, counts);
}

void tg_history_add(tg_history_t *history, int64_t period, const tg_counts_t *counts)
{
    int64_t day = period / TG_HISTORY_PERIODS_A_DAY;

    if (period > 0) {
        add_to_place(&history->periods[period % TG_HISTORY_PERIODS], period, counts);
        add_to_place(&history->days[day % TG_HISTORY_DAYS], day, counts);
    }
}

static const tg_counts_t *counts_at(const tg_history_place_t *place, int64_t number)
{
    return number > 0 && place->number == number ? &place->counts : NULL;
}

const tg_counts_t *tg_history_period(const tg_history_t *history, int64_t period)
{
    return period > 0 ? counts_at(&history->periods[period % TG_HISTORY_PERIODS], period) : NULL;
}

const tg_counts_t *tg_history_day(const tg_history_t *history, int64_t day)
{
    return day > 0 ? counts_at(&history->days[day % TG_HISTORY_DAYS], day) : NULL;
}
