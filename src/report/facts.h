/* Facts of clients, and who was seen with which address and hello: the memory of a tally. */
#ifndef TG_REPORT_FACTS_H
#define TG_REPORT_FACTS_H

#include "texts.h"

/** User agents, addresses, hosts that are kept of a client, each. */
#define TG_TALLY_KEPT_MAX 20

/** A kind of texts that is kept of a client. */
typedef enum {
    TG_TALLY_WAY, /**< not a text but a protocol and a cause: TG_TALLY_WAY_OF() */
    TG_TALLY_USER_AGENT,
    TG_TALLY_ADDRESS,
    TG_TALLY_HOST,
    TG_TALLY_SCHEDULE,
    TG_TALLY_KINDS
} tg_tally_kind_t;

/** A protocol and a cause as one number. */
#define TG_TALLY_WAY_OF(protocol, cause) ((uint32_t)(protocol) << 4 | (uint32_t)(cause))
#define TG_TALLY_WAYS (TG_PROTOCOLS * TG_CAUSES)

/** One of them: how often it came. */
typedef struct {
    uint32_t next;  /**< the number of the next one; 0: no more */
    uint32_t what;  /**< its kind in the upper bits, then the number of the text */
    uint32_t count; /**< it stays at the most that fits */
} tg_tally_fact_t;

/** Who a failed handshake probably is. */
typedef struct {
    uint32_t names[TG_TALLY_KEPT_MAX]; /**< texts: the clients seen with that address and hello */
    int count;
} tg_tally_probable_t;

/** An array that grows by blocks and never moves. */
typedef struct {
    apr_pool_t *pool;
    size_t size; /**< of an item */
    char **blocks;
    uint32_t room, count; /**< blocks that there is room for; items */
} tg_blocks_t;

void tg_blocks_begin(tg_blocks_t *blocks, apr_pool_t *pool, size_t size);

/** A new item, all zero. Its number is the count before. */
void *tg_blocks_push(tg_blocks_t *blocks);

void *tg_blocks_at(const tg_blocks_t *blocks, uint32_t i);

/** Counts a fact in the list that begins with @p first. @return 0: it found no room */
int tg_facts_count(tg_blocks_t *facts, uint32_t *first, tg_tally_kind_t kind, uint32_t what,
                   uint32_t most);

/** The kind of a fact. */
tg_tally_kind_t tg_tally_fact_kind(const tg_tally_fact_t *fact);

/** What it is, without its kind. */
uint32_t tg_tally_fact_what(const tg_tally_fact_t *fact);

/** Who was seen with what. */
typedef struct tg_seen_with_t tg_seen_with_t;

tg_seen_with_t *tg_seen_with_create(apr_pool_t *pool);

/** Notes that a client was seen with that address and JA4, all by the numbers of their texts. */
void tg_seen_with_add(tg_seen_with_t *seen, uint32_t address, uint32_t ja4, uint32_t client);

/** The clients that were. None, if there is none or one of the numbers is 0. */
tg_tally_probable_t tg_seen_with_find(const tg_seen_with_t *seen, uint32_t address, uint32_t ja4);

/** The same pairs, of the stems of the JA4s. */
tg_seen_with_t *tg_seen_with_stems(apr_pool_t *pool, const tg_seen_with_t *seen, tg_texts_t *texts);

#endif
