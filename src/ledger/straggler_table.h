/* The stragglers: clients that still use what a schedule deprecates, each with what is known of it.
 *
 * A table of fixed size in memory that several processes share. A client is found by a hash; all
 * are in a chain by when they were seen, so that the one seen least recently is dropped when the
 * table is full. One process changes it at a time, under a lock that the caller holds. If that
 * process is killed, the next one repairs the table.
 */
#ifndef TG_LEDGER_STRAGGLER_TABLE_H
#define TG_LEDGER_STRAGGLER_TABLE_H

#include "fate.h"

#include "policy/cause.h"
#include "policy/identity.h"
#include "tls/ja4.h"

/** Bytes of a user agent and of a host that are kept. */
#define TG_STRAGGLER_TEXT_MAX 120

/** User agents that are kept besides the last one. */
#define TG_STRAGGLER_AGENTS 3

/** Room for `kind:value`, its NUL included; what is longer is cut. */
#define TG_STRAGGLER_CLIENT_SIZE (TG_IDENTITY_MAX + 24)

/**
 * Counted up when clients are found by another hash: a module of another version, which would find
 * nobody in the shared memory of the one before, gets a table of its own.
 */
#define TG_STRAGGLERS_HASH 2

/** The same, and the size of an entry: a table of another layout is of no use. */
#define TG_STRAGGLERS_LAYOUT ((size_t)TG_STRAGGLERS_HASH << 24 | sizeof(tg_straggler_t))

/** Hours of a week, by UTC; the first is Monday's, from 00:00. */
#define TG_STRAGGLER_HOURS 168

/** The most entries that a table can have, and its default. */
#define TG_STRAGGLERS_MAX 1048576
#define TG_STRAGGLERS_DEFAULT 16384

/** What is seen of a client, with texts that are clean already. */
typedef struct {
    const char *client; /**< as it is shown: what TlsGatePrivacy and `hash:` leave of it */
    const char *schedule;
    const char *user_agent; /**< or NULL, as those that follow */
    const char *ja4;
    const char *host;
    tg_protocol_t protocol;
    tg_cause_t cause;
    int64_t time; /**< seconds since 1970 */
    int rejected;
    int failed; /**< a handshake that failed, and no request */
} tg_straggler_sight_t;

/** One client and schedule. Written under the lock. */
typedef struct {
    uint32_t newer, older; /**< in the chain by time: number of the entry plus 1; 0: none */
    uint32_t next;         /**< with the same place by its hash; the same */
    uint32_t is_used;
    uint32_t is_being_written; /**< its texts may be half written */
    tg_protocol_t protocol;    /**< of its last request or handshake */
    tg_cause_t cause;          /**< the same */
    uint64_t hash;
    uint64_t
        turn; /**< the greater, the nearer to the beginning of the chain; no two are the same */
    uint64_t requests;
    uint64_t rejected; /**< requests, and handshakes that were refused */
    int64_t first_seen, last_seen;
    int64_t moved_at;     /**< when it first came without what the schedule deprecates, since it was
                                 last seen with it; 0: it did not */
    uint32_t is_probable; /**< that it moved: only its address is known to be the same */
    uint8_t week[TG_STRAGGLER_HOURS / 8]; /**< a bit for each hour in which it was ever seen */
    char client[TG_STRAGGLER_CLIENT_SIZE];
    char schedule[TG_SCHEDULE_NAME_MAX + 1];
    char user_agent[TG_STRAGGLER_TEXT_MAX + 1];
    /** User agents that it came with before, the latest first; then empty ones. */
    char agents[TG_STRAGGLER_AGENTS][TG_STRAGGLER_TEXT_MAX + 1];
    char host[TG_STRAGGLER_TEXT_MAX + 1];
    char ja4[TG_JA4_STRLEN];
    uint32_t failed; /**< handshakes, which are no requests; stays at its largest value */
} tg_straggler_t;

/** Written under the lock, but for what is said otherwise. All zero before it is set up. */
typedef struct {
    uint32_t capacity; /**< set once */
    uint32_t used;
    uint32_t newest, oldest; /**< number of the entry plus 1; 0: none */
    uint64_t seed;           /**< of the hash, so that outsiders cannot choose places. Set once */
    uint64_t turns;          /**< how often an entry was put first */
    uint64_t forgotten;      /**< entries that were dropped */
    uint64_t missed; /**< requests that found the table locked; atomically, by any process */
    tg_straggler_t entries[]; /**< then the places of hashes, uint32_t each, as many */
} tg_stragglers_t;

/** The hour of the week of a time, from 0; that of the first bit of tg_straggler_t.week. */
static inline unsigned tg_straggler_hour(int64_t time)
{
    return (unsigned)((time / 3600 + 3 * 24) % TG_STRAGGLER_HOURS); /* 1970 began on a Thursday */
}

/** 1 if it was ever seen in that hour of a week. */
static inline int tg_straggler_was_seen_in(const tg_straggler_t *entry, unsigned hour)
{
    return entry->week[hour / 8] >> hour % 8 & 1;
}

/** The bytes of a table. */
size_t tg_stragglers_size(uint32_t capacity);

/** Sets up a table in memory that is all zero. */
void tg_stragglers_set_up(tg_stragglers_t *table, uint32_t capacity, uint64_t seed);

/** Notes what was seen. Takes the same time whatever the table holds. */
void tg_stragglers_add(tg_stragglers_t *table, const tg_straggler_sight_t *sight);

/** The one of that client and schedule; NULL: there is none. */
tg_straggler_t *tg_stragglers_find(tg_stragglers_t *table, const char *client,
                                   const char *schedule);

/** The one that was seen last, and the one that was seen before another; NULL: there is none. */
const tg_straggler_t *tg_stragglers_newest(const tg_stragglers_t *table);
const tg_straggler_t *tg_stragglers_older(const tg_stragglers_t *table,
                                          const tg_straggler_t *entry);

/** Adds one that was kept elsewhere, as the newest. It replaces an earlier one: a client that was
 * dropped and returned while a table was copied is in the copy twice. */
void tg_stragglers_restore(tg_stragglers_t *table, const tg_straggler_t *kept);

/** Rebuilds the chains, after the process that held the lock was killed. */
void tg_stragglers_repair(tg_stragglers_t *table);

#endif
