/* Who was seen with which address and hello: a part of the memory of a tally. */
#ifndef TG_TALLY_SEEN_WITH_H
#define TG_TALLY_SEEN_WITH_H

#include "facts.h"

/** Who a failed handshake probably is. */
typedef struct {
    uint32_t names[TG_TALLY_KEPT_MAX]; /**< texts: the clients seen with that address and hello */
    int count;
} tg_tally_probable_t;

/** Who was seen with what. Lives as long as the pool, and as the texts whose numbers it has. */
typedef struct tg_seen_with_t tg_seen_with_t;

/** @param most pairs that are kept, and clients beside the first of each; less than 2^30 */
tg_seen_with_t *tg_seen_with_create(apr_pool_t *pool, const tg_texts_t *texts,
                                    const tg_siphash_key_t *key, uint32_t most);

/** An address and a JA4, and a client that was seen with them, by the numbers of their texts. */
typedef struct {
    uint32_t address, ja4, client;
} tg_seen_pair_t;

/**
 * Notes that a client was seen with that address and JA4. Of the clients of a pair
 * TG_TALLY_KEPT_MAX are kept, whose names are the least.
 * @return the number of the pair, from 1; 0: there was no room
 */
uint32_t tg_seen_with_add(tg_seen_with_t *seen, const tg_seen_pair_t *pair);

/** The pair of that number, with the first of its clients; all 0 for 0. */
tg_seen_pair_t tg_seen_with_pair(const tg_seen_with_t *seen, uint32_t number);

/** The clients seen with that pair, in the order of their names; none if a number is 0. */
tg_tally_probable_t tg_seen_with_find(const tg_seen_with_t *seen, uint32_t address, uint32_t ja4);

/** Pair number @p i, from 0, and its clients. 0 after the last one. */
int tg_seen_with_at(const tg_seen_with_t *seen, uint32_t i, uint32_t *address, uint32_t *ja4,
                    tg_tally_probable_t *names);

#endif
