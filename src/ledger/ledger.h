/* The ledger: how many requests of each protocol there were, and what became of them.
 *
 * A block of memory that several processes share. Each adds with one atomic instruction, in the
 * stripe of its thread, so that none waits and none that is killed leaves anything half done. The
 * numbers only grow; a request that belongs to several schedules is counted first in its host and
 * then in each of them. One process collects what was added since it did so last, into a history.
 * Periods of five minutes use two sets in turn, and it collects several times in each: so what it
 * finds in a set belongs to the newest period that uses it, and nothing is ever reset.
 */
#ifndef TG_LEDGER_LEDGER_H
#define TG_LEDGER_LEDGER_H

#include "census.h"
#include "ledger_history.h"

#include "policy/guard.h"

#include <stddef.h>

/** Schedules that have numbers of their own. */
#define TG_LEDGER_SCHEDULES 32

/** Different sets of schedules that hosts have. */
#define TG_LEDGER_GROUPS 64

/** Kinds of connections that are told apart; the first is for those that found no room. */
#define TG_LEDGER_KINDS 256

#define TG_LEDGER_STRIPES 16 /* a power of two */
#define TG_LEDGER_SETS 2
#define TG_LEDGER_ALERTS 256

/** Stops of TlsGateGuard that are kept of each schedule, the last ones. */
#define TG_LEDGER_STOPS 16

/** No number of its own. */
#define TG_LEDGER_NO_SCHEDULE (-1)

/** Rows of what was collected: all requests, then each schedule. */
#define TG_LEDGER_ROWS (1 + TG_LEDGER_SCHEDULES)
#define TG_LEDGER_ROW_ALL 0

/** What grows; changed atomically by every process. */
typedef struct {
    tg_counts_t groups[TG_LEDGER_GROUPS];       /**< by what decides */
    tg_counts_t schedules[TG_LEDGER_SCHEDULES]; /**< by what this one says; never none */
    uint64_t kinds[TG_LEDGER_KINDS];            /**< connections */
} tg_ledger_numbers_t;

/** A stripe begins at a cache line of its own. */
typedef struct {
    _Alignas(64) tg_ledger_numbers_t numbers;
} tg_ledger_stripe_t;

/** The counters of the periods that take turns to use it. */
typedef struct {
    tg_ledger_stripe_t stripes[TG_LEDGER_STRIPES];
} tg_ledger_set_t;

/** The connections of one day. */
typedef struct {
    int64_t number; /**< of the day, since 1970; 0: not used */
    uint64_t kinds[TG_LEDGER_KINDS];
} tg_ledger_census_day_t;

/** What was collected. Written by one process, the parent. */
typedef struct {
    tg_ledger_numbers_t known[TG_LEDGER_SETS]; /**< of each set, when it was collected last */
    uint64_t kinds[TG_LEDGER_KINDS];
    tg_ledger_census_day_t days[TG_HISTORY_DAYS];
    tg_counts_t totals[TG_LEDGER_ROWS];
    tg_history_t rows[TG_LEDGER_ROWS]; /**< last: those that are not used are never looked at */
} tg_ledger_kept_t;

/** What the parent found about a stop when it last looked. */
typedef enum {
    TG_LEDGER_STOP_NEW,  /**< it has not looked: there is none, or it is from a file */
    TG_LEDGER_STOP_ON,   /**< nothing takes it back */
    TG_LEDGER_STOP_BACK, /**< it is taken back; what did that may be undone */
} tg_ledger_stop_t;

/** What TlsGateGuard knows of a schedule. Written by the parent alone. */
typedef struct {
    uint64_t stop;        /**< when a trial was stopped, and until when it is, in one word, so that
                               nobody reads half of it; 0: none is. The next two belong to it */
    tg_guard_count_t met; /**< what the guard met */
    uint64_t share;       /**< what was allowed */
    uint64_t trips;       /**< how often it stopped a trial */
    uint32_t found;       /**< tg_ledger_stop_t */
    tg_guard_bucket_t bucket;
    uint64_t
        noted; /**< how many stops were noted, each in the place of its number: the next one has
                         a place that no reader looks at */
    tg_guard_stop_t noted_stops[TG_LEDGER_STOPS + 1];
} tg_ledger_guard_t;

/** All zero is an empty ledger. It may lie at another address in each process. */
typedef struct {
    tg_ledger_set_t sets[TG_LEDGER_SETS];
    uint64_t alerts[TG_LEDGER_ALERTS];   /**< failed handshakes; atomically, by any process */
    uint64_t ignored_requests;           /**< of networks that are left out; atomically too */
    uint64_t ignored_connections;        /**< the same */
    uint64_t ignored_failures;           /**< their failed handshakes; the same */
    uint32_t kind_keys[TG_LEDGER_KINDS]; /**< tg_census_pack(); 0: free. By compare-and-swap */
    /* What follows is written by the parent alone: while it starts, or when it collects. */
    int64_t since;                        /**< when it began, in seconds since 1970 */
    int64_t collected;                    /**< when it was collected last */
    uint32_t schedules_used, groups_used; /**< the last to be written of what is added: children
                                               of before a graceful restart still read */
    char names[TG_LEDGER_SCHEDULES][TG_SCHEDULE_NAME_MAX + 1];
    uint32_t
        masks[TG_LEDGER_GROUPS]; /**< bit n: schedule n applies somewhere in the host. The first
                                           group has none */
    tg_ledger_guard_t guards[TG_LEDGER_SCHEDULES];
    uint32_t stops;   /**< of them, those that have stopped a trial. Atomically */
    uint32_t changes; /**< odd while it collects */
    tg_ledger_kept_t kept;
} tg_ledger_t;

/** How many schedules have a number, and with it a name. */
static inline uint32_t tg_ledger_schedules(const tg_ledger_t *ledger)
{
    return __atomic_load_n(&ledger->schedules_used, __ATOMIC_ACQUIRE);
}

/** The number that a schedule has; TG_LEDGER_NO_SCHEDULE: none yet. */
int tg_ledger_schedule_known(const tg_ledger_t *ledger, const char *name);

/** The number of a schedule by its name, a new one if it has none yet; TG_LEDGER_NO_SCHEDULE: all
 * are used. For the parent, before there are children. */
int tg_ledger_schedule(tg_ledger_t *ledger, const char *name);

/** The same for the group of hosts to which those schedules apply; 0 if all are used. */
int tg_ledger_group(tg_ledger_t *ledger, uint32_t mask);

/**
 * Where to count at that time.
 * @param stripe any number: that of the thread, or of the connection
 * @param period seconds since 1970, divided by TG_HISTORY_PERIOD
 */
static inline tg_ledger_numbers_t *tg_ledger_numbers_at(tg_ledger_t *ledger, long stripe,
                                                        int64_t period)
{
    tg_ledger_set_t *set = &ledger->sets[period & (TG_LEDGER_SETS - 1)];

    return &set->stripes[stripe & (TG_LEDGER_STRIPES - 1)].numbers;
}

/** Offset in a set of the counter of non-deprecated requests, plus 1 so that it is never 0. Cached
 * in the connection, so that a request has little to work out. */
static inline uint32_t tg_ledger_place(long stripe, tg_protocol_t protocol)
{
    return (uint32_t)((size_t)(stripe & (TG_LEDGER_STRIPES - 1)) * sizeof(tg_ledger_stripe_t) +
                      (size_t)protocol * sizeof(((tg_counts_t *)NULL)->n[0]) + 1);
}

/** The distance from there to the counter of a group. */
static inline uint32_t tg_ledger_distance(int group)
{
    return (uint32_t)((size_t)group * sizeof(tg_counts_t));
}

/** The counter at such an offset and distance. */
static inline uint64_t *tg_ledger_number(tg_ledger_t *ledger, int64_t period, uint32_t place,
                                         uint32_t distance)
{
    char *set = (char *)&ledger->sets[period & (TG_LEDGER_SETS - 1)];

    return (uint64_t *)(void *)(set + place + distance - 1);
}

/** Counts one. */
static inline void tg_ledger_count(uint64_t *number)
{
    __atomic_fetch_add(number, 1, __ATOMIC_RELEASE);
}

/** The place of a kind of connection; 0 if there is no room. */
int tg_ledger_kind(tg_ledger_t *ledger, tg_census_kind_t kind);

/**
 * Collects. For the parent, at least once in a period.
 * @param now seconds since 1970
 */
void tg_ledger_collect(tg_ledger_t *ledger, int64_t now);

/** Stops the trial of a schedule, which counts in `trips`. For the parent. */
void tg_ledger_trip(tg_ledger_t *ledger, int schedule, const tg_guard_trip_t *trip);

/** Stops it again, as it was before a restart. For the parent. */
void tg_ledger_trip_again(tg_ledger_t *ledger, int schedule, const tg_guard_trip_t *trip);

/** Forgets what was stopped, so that trials of a schedule go on. For the parent. */
void tg_ledger_trip_end(tg_ledger_t *ledger, int schedule);

/** The trial of a schedule that was stopped, also if that is taken back; its `at` 0: none was. */
tg_guard_trip_t tg_ledger_tripped(const tg_ledger_t *ledger, int schedule);

/** The same by the name of a schedule, which need not be in the ledger. */
tg_guard_trip_t tg_ledger_tripped_of(const tg_ledger_t *ledger, const char *name);

/** Notes a stop, which is kept when it is over, and ends the one before, if that is open. For the
 * parent. */
void tg_ledger_stop_note(tg_ledger_t *ledger, int schedule, const tg_guard_stop_t *stop);

/** Notes when the last one was taken back. For the parent. */
void tg_ledger_stop_back(tg_ledger_t *ledger, int schedule, tg_instant_t back);

/**
 * Those that are kept of a schedule, the oldest first.
 * @return how many
 */
int tg_ledger_stops(const tg_ledger_t *ledger, int schedule,
                    tg_guard_stop_t stops[TG_LEDGER_STOPS]);

/** What was counted for a schedule up to the last collection. For the parent. */
tg_guard_count_t tg_ledger_guarded(const tg_ledger_t *ledger, int schedule);

/** The overrides, which may be NULL, with the stops of the guard added. */
const tg_override_set_t *tg_ledger_overrides(apr_pool_t *pool, const tg_ledger_t *ledger,
                                             const tg_override_set_t *overrides);

/**
 * All requests, as tg_ledger_read() has them, without a copy of the history. @param pool for the
 * search
 */
tg_counts_t tg_ledger_total(tg_ledger_t *ledger, apr_pool_t *pool);

/**
 * A copy of what was collected, with what was counted since; only its rows in use are filled. If
 * the parent collects all the while, it may lack or repeat what was counted since the time
 * before.
 */
const tg_ledger_kept_t *tg_ledger_read(tg_ledger_t *ledger, apr_pool_t *pool, int64_t now);

#endif
