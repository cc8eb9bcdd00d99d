/* The tally of a log: who came over what is deprecated, when, how often and with what.
 *
 * Records may be added in any order and in any parts: the result is the same. What is kept of
 * a client is bounded, so that a million of them take less than 256 MB.
 */
#ifndef TG_TALLY_TALLY_H
#define TG_TALLY_TALLY_H

#include "presence.h"
#include "seen_with.h"
#include "tally_key.h"
#include "trials.h"
#include "visits.h"

#include "base/instant.h"

#include <apr_tables.h>

/** Clients that are kept, and addresses of failed handshakes. */
#define TG_TALLY_CLIENTS_MAX 4194304

/** Pairs of an address and a JA4 that are kept, for each client for which there is room. */
#define TG_TALLY_PAIRS_A_CLIENT 2

/**
 * The share of the room for texts that those of failed handshakes may take: anybody chooses them,
 * and customers must find room.
 */
#define TG_TALLY_FAILED_SHARE 4

/** Days with records that are kept. */
#define TG_TALLY_DAYS_MAX 16384

/** What is counted. Set before the first record. */
typedef struct {
    tg_tally_group_t group;
    tg_instant_t since, until; /**< [since, until) */
    tg_trials_t *trials;       /**< that are looked at, or NULL */
    tg_visits_t *visits;       /**< receives when each client came, by its place; or NULL */
    tg_traits_t deprecated;    /**< in logs of all traffic: the protocols that are old */
    tg_siphash_key_t key;      /**< random, so that nobody can choose texts that are slow to find */
    uint32_t clients_max;      /**< less than TG_TALLY_CLIENTS_MAX; 0: that many */
    uint32_t room_max;         /**< less than TG_TEXTS_ROOM_MAX; 0: that much */
} tg_tally_options_t;

/** A client. */
typedef struct {
    uint32_t client; /**< the number of its name */
    uint32_t facts;  /**< the first of them */
    uint64_t count;
    uint64_t rejected; /**< of them, as a log of ours tells */
    tg_instant_t first_seen, last_seen;
    tg_instant_t moved_at;         /**< its first modern request since; TG_NEVER: none is known */
    tg_presence_t presence;        /**< when it came */
    unsigned char protocol, cause; /**< of the last time */
    uint32_t advice, user_agent, ja4; /**< the last of each; user_agent: after tg_tally_join() */
    uint32_t advice_at, ja4_at;       /**< when that was, as tg_facts_time() has it */
    uint32_t pair;                    /**< in seen_with, of the last time; 0: none yet */
    uint32_t probable;                /**< failed handshakes that are probably of this client; it
                                           stays at the most that fits */
} tg_tally_client_t;

/** What came on a day. */
typedef struct {
    int64_t day; /**< since 1970 */
    uint64_t count[TG_PROTOCOLS];
} tg_tally_day_t;

/** Handshakes that failed, from one address with one hello. */
typedef struct {
    uint32_t client, ja4, host; /**< texts */
    uint32_t facts;
    uint64_t count, refused; /**< refused by a schedule */
    tg_instant_t first_seen, last_seen;
} tg_tally_failed_t;

/** All of it. Used by one thread; lives as long as its pool. */
typedef struct tg_tally_t tg_tally_t;

tg_tally_t *tg_tally_create(apr_pool_t *pool, const tg_tally_options_t *options);

/** Counts a record. @param has_all the log has requests that nothing deprecates too */
void tg_tally_add(tg_tally_t *tally, const tg_record_t *record, int has_all);

/** A tally of the same question for a part of the records, which another thread can fill. */
tg_tally_t *tg_tally_part(apr_pool_t *pool, const tg_tally_t *tally);

/** Adds what a part has. */
void tg_tally_merge(tg_tally_t *tally, const tg_tally_t *part);

/**
 * 1 if moved_at may be wrong: a modern request was read before an earlier deprecated one of the
 * same client. Then tg_tally_again() corrects it, once all records are added.
 */
int tg_tally_is_unsure(const tg_tally_t *tally);

/** Reads a counted record again, for moved_at alone. Several threads may call it at once. */
void tg_tally_again(tg_tally_t *tally, const tg_record_t *record, int has_all);

/** The numbers of what was added. */
typedef struct {
    uint64_t records;    /**< in the time that is asked for */
    uint64_t requests;   /**< deprecated ones, of customers */
    uint64_t all;        /**< requests of logs that have all of them, not only deprecated ones */
    uint64_t old;        /**< of them: deprecated ones */
    uint64_t tests;      /**< of tlsgate-verify */
    uint64_t failed;     /**< handshakes */
    tg_instant_t latest; /**< of all records; TG_ALWAYS: there is none */
    uint64_t left_out;   /**< records that did not fit, or one of whose texts did not */
} tg_tally_sums_t;

const tg_tally_sums_t *tg_tally_sums(const tg_tally_t *tally);

/** A client by its place, from 0; NULL after the last one. */
tg_tally_client_t *tg_tally_client(const tg_tally_t *tally, uint32_t i);
uint32_t tg_tally_clients(const tg_tally_t *tally);

/** The client of that name; NULL if there is none. */
tg_tally_client_t *tg_tally_find(tg_tally_t *tally, tg_span_t name);

/** The same for failed handshakes. */
const tg_tally_failed_t *tg_tally_failed(const tg_tally_t *tally, uint32_t i);
uint32_t tg_tally_failures(const tg_tally_t *tally);

/** The days in their order, as many as *@p count. */
const tg_tally_day_t *tg_tally_days(tg_tally_t *tally, int *count);

/** How many requests or handshakes had which protocol and which cause. */
typedef struct {
    uint64_t protocols[TG_PROTOCOLS], causes[TG_CAUSES];
} tg_tally_ways_t;

/** Those of the list of facts that begins with @p facts. */
tg_tally_ways_t tg_tally_ways(const tg_tally_t *tally, uint32_t facts);

/** A text by its number. */
tg_span_t tg_tally_text(const tg_tally_t *tally, uint32_t number);

/** The next fact of that kind, from @p fact on; NULL after the last one. */
const tg_tally_fact_t *tg_tally_fact(const tg_tally_t *tally, uint32_t fact, tg_tally_kind_t kind);

/**
 * The clients that were seen with the address and the JA4 of a failed handshake, and that are known
 * by more than their address. One: it is probably that one. More: it is ambiguous.
 */
tg_tally_probable_t tg_tally_probable(tg_tally_t *tally, const tg_tally_failed_t *failed);

/** Notes them with the clients, and sorts what each came with. Once, when all records are added. */
void tg_tally_join(tg_tally_t *tally);

#endif
