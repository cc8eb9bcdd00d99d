/* When the clients of a schedule came, in five minutes each: what trials are planned from. */
#ifndef TG_TALLY_VISITS_H
#define TG_TALLY_VISITS_H

#include "format/record.h"
#include "ledger/ledger_history.h"
#include "policy/schedule.h"

#include <apr_pools.h>

/** Visits that are kept. */
#define TG_VISITS_MAX 16777216

/** A client in one period. */
typedef struct {
    uint32_t client; /**< its number */
    uint32_t period; /**< seconds since 1970, divided by TG_HISTORY_PERIOD */
    uint32_t count;  /**< requests; it stays at the most that fits */
} tg_visit_t;

/** All of them. Used by one thread; lives as long as its pool. */
typedef struct {
    const tg_schedule_t *schedule; /**< whose requests they are; NULL: those of all */
    tg_visit_t *list;              /**< in no order before tg_visits_sort() */
    size_t count, room;
    int is_full;       /**< there is no room left, even after visits are joined */
    uint64_t left_out; /**< requests that did not fit */
} tg_visits_t;

/** @param schedule NULL: of all schedules */
tg_visits_t *tg_visits_create(apr_pool_t *pool, const tg_schedule_t *schedule);

/**
 * Notes requests of a client in one period, given by its number, if the schedule deprecates them.
 * The log names only the schedule that decided, so a protocol of the schedule counts whichever did.
 */
void tg_visits_note(tg_visits_t *visits, uint32_t client, const tg_record_t *record,
                    uint32_t count);

/** Adds a visit as it is. */
void tg_visits_add(tg_visits_t *visits, const tg_visit_t *visit);

/** No place: visits of that client are left out. */
#define TG_VISITS_NOBODY UINT32_MAX

/** Adds those of a part. @param places by client of the part: its number here */
void tg_visits_merge(tg_visits_t *visits, const tg_visits_t *part, const uint32_t *places);

/** Sorts them by client, then by period, and joins what is of one client and period. */
void tg_visits_sort(tg_visits_t *visits);

#endif
