/* Facts of clients, and who was seen with which address and hello: the memory of a tally. */
#ifndef TG_REPORT_FACTS_H
#define TG_REPORT_FACTS_H

#include "tally.h"

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

/** Who was seen with what. */
typedef struct tg_seen_with_t tg_seen_with_t;

tg_seen_with_t *tg_seen_with_create(apr_pool_t *pool);

/** Notes that a client was seen with that address and JA4. */
void tg_seen_with_add(tg_seen_with_t *seen, tg_span_t address, tg_span_t ja4, uint32_t client);

/** The clients that were. Of the JA4 as it is, otherwise of its stem. */
tg_tally_probable_t tg_seen_with_find(const tg_seen_with_t *seen, tg_span_t address, tg_span_t ja4);

#endif
