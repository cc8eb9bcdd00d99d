/* The memory of a tally: see facts.h. */
#include "facts.h"

#include "tally_key.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ITEMS 4096
#define KIND_SHIFT 29
#define FIRST_PLACES 4096

/* --- blocks --- */

void tg_blocks_begin(tg_blocks_t *blocks, apr_pool_t *pool, size_t size)
{
    *blocks = (tg_blocks_t){ .pool = pool, .size = size };
}

void *tg_blocks_push(tg_blocks_t *blocks)
{
    uint32_t block = blocks->count / BLOCK_ITEMS;

    if (blocks->count % BLOCK_ITEMS == 0) {
        if (block == blocks->room) {
            uint32_t room = blocks->room ? blocks->room * 2 : 64;
            char **larger = apr_pcalloc(blocks->pool, room * sizeof(char *));

            if (blocks->room) {
                memcpy(larger, blocks->blocks, blocks->room * sizeof(char *));
            }
            blocks->blocks = larger;
            blocks->room = room;
        }
        blocks->blocks[block] = apr_pcalloc(blocks->pool, blocks->size * BLOCK_ITEMS);
    }
    return tg_blocks_at(blocks, blocks->count++);
}

void *tg_blocks_at(const tg_blocks_t *blocks, uint32_t i)
{
    return blocks->blocks[i / BLOCK_ITEMS] + i % BLOCK_ITEMS * blocks->size;
}

/* --- facts --- */

int tg_facts_count(tg_blocks_t *facts, uint32_t *first, tg_tally_kind_t kind, uint32_t what,
                   uint32_t most)
{
    uint32_t wanted = (uint32_t)kind << KIND_SHIFT | what, number, of_kind = 0;
    tg_tally_fact_t *fact;

    for (number = *first; number; number = fact->next) {
        fact = tg_blocks_at(facts, number);
        if (fact->what == wanted) {
            fact->count += fact->count < UINT32_MAX;
            return 1;
        }
        of_kind += fact->what >> KIND_SHIFT == (uint32_t)kind;
    }
    if (of_kind >= most) {
        return 0;
    }
    number = facts->count;
    fact = tg_blocks_push(facts);
    *fact = (tg_tally_fact_t){ *first, wanted, 1 };
    *first = number;
    return 1;
}

tg_tally_kind_t tg_tally_fact_kind(const tg_tally_fact_t *fact)
{
    return (tg_tally_kind_t)(fact->what >> KIND_SHIFT);
}

uint32_t tg_tally_fact_what(const tg_tally_fact_t *fact)
{
    return fact->what & ((1U << KIND_SHIFT) - 1);
}

/* --- who was seen with what --- */

/* A pair of an address and a JA4. */
typedef struct {
    uint32_t address, ja4; /* texts; 0: the place is free */
    uint32_t client;       /* the first that was seen */
    uint32_t more;         /* facts: the others */
} pair_t;

struct tg_seen_with_t {
    pair_t *pairs;
    uint32_t room, count;
    tg_blocks_t more;
};

static apr_status_t free_pairs(void *data)
{
    tg_seen_with_t *seen = data;

    free(seen->pairs);
    return APR_SUCCESS;
}

static pair_t *new_pairs(uint32_t room)
{
    pair_t *pairs = calloc(room, sizeof(pair_t));

    if (!pairs) {
        abort();
    }
    return pairs;
}

tg_seen_with_t *tg_seen_with_create(apr_pool_t *pool)
{
    tg_seen_with_t *seen = apr_pcalloc(pool, sizeof(*seen));

    seen->room = FIRST_PLACES;
    seen->pairs = new_pairs(seen->room);
    tg_blocks_begin(&seen->more, pool, sizeof(tg_tally_fact_t));
    (void)tg_blocks_push(&seen->more); /* no fact has the number 0 */
    apr_pool_cleanup_register(pool, seen, free_pairs, apr_pool_cleanup_null);
    return seen;
}

static pair_t *pair_at(const tg_seen_with_t *seen, uint32_t address, uint32_t ja4)
{
    uint64_t hash = ((uint64_t)address << 32 | ja4) * 0x9E3779B97F4A7C15U;
    uint32_t i = (uint32_t)(hash >> 32) & (seen->room - 1);

    while (seen->pairs[i].address &&
           (seen->pairs[i].address != address || seen->pairs[i].ja4 != ja4)) {
        i = (i + 1) & (seen->room - 1);
    }
    return &seen->pairs[i];
}

static void grow_pairs(tg_seen_with_t *seen)
{
    pair_t *old = seen->pairs;
    uint32_t room = seen->room, i;

    seen->room *= 2;
    seen->pairs = new_pairs(seen->room);
    for (i = 0; i < room; i++) {
        if (old[i].address) {
            *pair_at(seen, old[i].address, old[i].ja4) = old[i];
        }
    }
    free(old);
}

void tg_seen_with_add(tg_seen_with_t *seen, uint32_t address, uint32_t ja4, uint32_t client)
{
    pair_t *pair = pair_at(seen, address, ja4);

    if (!pair->address) {
        *pair = (pair_t){ address, ja4, client, 0 };
        if (++seen->count > seen->room / 4 * 3) {
            grow_pairs(seen);
        }
    }
    else if (pair->client != client) {
        (void)tg_facts_count(&seen->more, &pair->more, TG_TALLY_WAY, client, TG_TALLY_KEPT_MAX - 1);
    }
}

static tg_tally_probable_t names_of_pair(const tg_seen_with_t *seen, const pair_t *pair)
{
    tg_tally_probable_t names = { .count = pair->address != 0 };
    uint32_t more = pair->more;

    names.names[0] = pair->client;
    while (more) {
        const tg_tally_fact_t *fact = tg_blocks_at(&seen->more, more);

        names.names[names.count++] = tg_tally_fact_what(fact);
        more = fact->next;
    }
    return names;
}

tg_tally_probable_t tg_seen_with_find(const tg_seen_with_t *seen, uint32_t address, uint32_t ja4)
{
    return address && ja4 ? names_of_pair(seen, pair_at(seen, address, ja4))
                          : (tg_tally_probable_t){ .count = 0 };
}

tg_seen_with_t *tg_seen_with_stems(apr_pool_t *pool, const tg_seen_with_t *seen, tg_texts_t *texts)
{
    tg_seen_with_t *stems = tg_seen_with_create(pool);
    char stem[TG_TALLY_STEM_SIZE];
    uint32_t i;
    int n;

    for (i = 0; i < seen->room; i++) {
        const pair_t *pair = &seen->pairs[i];

        if (pair->address) {
            tg_tally_probable_t names = names_of_pair(seen, pair);
            uint32_t ja4 =
                tg_texts_put(texts, tg_tally_ja4_stem(tg_texts_get(texts, pair->ja4), stem));

            for (n = 0; n < names.count; n++) {
                tg_seen_with_add(stems, pair->address, ja4, names.names[n]);
            }
        }
    }
    return stems;
}
