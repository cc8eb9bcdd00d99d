/* Whom the trials of a plan met, and who came before and after them. */
#ifndef TG_TALLY_TRIALS_H
#define TG_TALLY_TRIALS_H

#include "format/record.h"
#include "policy/schedule.h"

#include <apr_pools.h>
#include <apr_tables.h>

/** Who counts as a client of the time of a trial: seen so many seconds before it, or in it. */
#define TG_TRIALS_BEFORE ((int64_t)30 * 86400)

/** What a trial is compared with: so long each hour, of a day from its start. */
#define TG_TRIALS_HOURLY 600
#define TG_TRIALS_DAY ((int64_t)86400)

/**
 * What was seen of a client, as bits. Whether it came after the end is known only with the end:
 * its last_seen tells.
 */
#define TG_TRIALS_PRESENT 1U /**< it came in the days before, or in it while it was not stopped */
#define TG_TRIALS_MET 2U     /**< the trial rejected it */
#define TG_TRIALS_HOURLY_MET 4U

/** When somebody was served because of one kind of stop. */
typedef struct {
    tg_instant_t first; /**< TG_NEVER: nobody was */
    tg_instant_t last;  /**< TG_ALWAYS: nobody was */
} tg_trials_served_t;

/** What the records of its windows tell of a trial, whichever is read first. */
typedef struct {
    tg_trials_served_t guard, suspend;
    tg_instant_t rejected_last; /**< TG_ALWAYS: none was */
} tg_trials_told_t;

/** Nothing. */
#define TG_TRIALS_UNTOLD                                                                           \
    ((tg_trials_told_t){ { TG_NEVER, TG_ALWAYS }, { TG_NEVER, TG_ALWAYS }, TG_ALWAYS })

/** When a schedule had no trial, as is known to the second. */
typedef struct {
    const char *schedule;
    tg_override_kind_t by;  /**< TG_OVERRIDE_SUSPEND or TG_OVERRIDE_GUARD */
    tg_instant_t at, until; /**< [at, until); TG_NEVER: without an end */
} tg_trials_stop_t;

/** A TlsGateTrial line. All its windows are one trial. */
typedef struct {
    const tg_schedule_t *schedule;
    const tg_trial_t *trial;
    tg_instant_t start, end; /**< of the first and of the last window */
    unsigned char *seen;     /**< the bits of each client, by its number */
    uint32_t room;
    tg_trials_told_t told;
} tg_trials_row_t;

/** All of them. Used by one thread; lives as long as its pool. */
typedef struct {
    apr_pool_t *pool;
    apr_array_header_t *rows;  /**< of tg_trials_row_t, in the order of time */
    apr_array_header_t *stops; /**< of tg_trials_stop_t, in any order: those that are known */
} tg_trials_t;

/**
 * The trials that began before @p now.
 * @param schedules of tg_schedule_t *
 */
tg_trials_t *tg_trials_create(apr_pool_t *pool, const apr_array_header_t *schedules,
                              tg_instant_t now);

/** Notes a request of a client, given by its number. */
void tg_trials_note(tg_trials_t *trials, uint32_t client, const tg_record_t *record);

/** The same trials, with nothing noted yet. */
tg_trials_t *tg_trials_copy(apr_pool_t *pool, const tg_trials_t *trials);

/** Adds what other records of its windows tell. */
void tg_trials_tell(tg_trials_row_t *row, const tg_trials_told_t *other);

/** Adds what a copy knows of the trials themselves. */
void tg_trials_join(tg_trials_t *trials, const tg_trials_t *copy);

/** Adds what a copy has of its client @p other to @p client. */
void tg_trials_add(tg_trials_t *trials, uint32_t client, const tg_trials_t *copy, uint32_t other);

/** Notes bits of a client that were found elsewhere. */
void tg_trials_set(tg_trials_row_t *row, uint32_t client, unsigned bits);

/** What was seen of a client. */
unsigned tg_trials_seen(const tg_trials_row_t *row, uint32_t client);

#endif
