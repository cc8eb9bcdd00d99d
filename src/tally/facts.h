/* Facts of clients: what each came with, in lists. A part of the memory of a tally. */
#ifndef TG_TALLY_FACTS_H
#define TG_TALLY_FACTS_H

#include "texts.h"

/** User agents, addresses, hosts that are kept of a client, each: those seen last. */
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

/** One of them. */
typedef struct {
    uint32_t next; /**< the number of the next one; 0: this is the last */
    uint32_t what; /**< its kind in the upper bits, then the number of the text */
    union {
        uint32_t count; /**< of a way: how often it came; it stays at the most that fits */
        uint32_t last;  /**< of a text: when it came last, as tg_facts_time() has it */
    };
} tg_tally_fact_t;

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

/** A time in 32 bits: seconds since 1970, or the nearest that fits. */
uint32_t tg_facts_time(int64_t time);

/** Counts a way in the list that begins with @p first. */
void tg_facts_count(tg_blocks_t *facts, uint32_t *first, uint32_t way, uint32_t count);

/**
 * Notes that a text came then. Of a kind TG_TALLY_KEPT_MAX are kept: those that came last, and of
 * several at one time those that are greater, so that the order in which they are noted does not
 * matter.
 */
void tg_facts_note(tg_blocks_t *facts, const tg_texts_t *texts, uint32_t *first,
                   tg_tally_kind_t kind, uint32_t text, uint32_t last);

/** Sorts a list: of each kind, the text that came last is the first. */
void tg_facts_sort(tg_blocks_t *facts, const tg_texts_t *texts, uint32_t *first);

/** The kind of a fact. */
tg_tally_kind_t tg_tally_fact_kind(const tg_tally_fact_t *fact);

/** What it is, without its kind. */
uint32_t tg_tally_fact_what(const tg_tally_fact_t *fact);

#endif
