/* Pairs of an address and a JA4: see seen_with.h. */
#include "seen_with.h"

#include <stdlib.h>

#define FIRST_PLACES 4096

/* A pair, and its clients. */
typedef struct {
    tg_seen_pair_t seen; /* with the first client */
    uint32_t more;       /* the others: a number of an other_t, or 0 */
} pair_t;

typedef struct {
    uint32_t next, client;
} other_t;

struct tg_seen_with_t {
    const tg_texts_t *texts;
    tg_siphash_key_t key;
    tg_blocks_t pairs, others; /* of pair_t, of other_t */
    uint32_t *places;          /* the number of a pair, from 1; 0: the place is free */
    uint32_t room, most;
};

static apr_status_t free_places(void *data)
{
    tg_seen_with_t *seen = data;

    free(seen->places);
    return APR_SUCCESS;
}

static uint32_t *new_places(uint32_t room)
{
    uint32_t *places = calloc(room, sizeof(uint32_t));

    if (!places) {
        abort();
    }
    return places;
}

tg_seen_with_t *tg_seen_with_create(apr_pool_t *pool, const tg_texts_t *texts,
                                    const tg_siphash_key_t *key, uint32_t most)
{
    tg_seen_with_t *seen = apr_pcalloc(pool, sizeof(*seen));

    seen->texts = texts;
    seen->key = *key;
    seen->most = most;
    seen->room = FIRST_PLACES;
    seen->places = new_places(seen->room);
    tg_blocks_begin(&seen->pairs, pool, sizeof(pair_t));
    tg_blocks_begin(&seen->others, pool, sizeof(other_t));
    (void)tg_blocks_push(&seen->others); /* none has the number 0 */
    apr_pool_cleanup_register(pool, seen, free_places, apr_pool_cleanup_null);
    return seen;
}

/* Where the number of that pair is, or where it would be: a 0. */
static uint32_t *find_place(const tg_seen_with_t *seen, uint32_t address, uint32_t ja4)
{
    const uint32_t both[] = { address, ja4 };
    uint32_t i = (uint32_t)tg_siphash(&seen->key, both, sizeof(both)) & (seen->room - 1);

    while (seen->places[i]) {
        const pair_t *pair = tg_blocks_at(&seen->pairs, seen->places[i] - 1);

        if (pair->seen.address == address && pair->seen.ja4 == ja4) {
            break;
        }
        i = (i + 1) & (seen->room - 1);
    }
    return &seen->places[i];
}

static void grow_places(tg_seen_with_t *seen)
{
    uint32_t i;

    free(seen->places);
    seen->room *= 2;
    seen->places = new_places(seen->room);
    for (i = 0; i < seen->pairs.count; i++) {
        const pair_t *pair = tg_blocks_at(&seen->pairs, i);

        *find_place(seen, pair->seen.address, pair->seen.ja4) = i + 1;
    }
}

static int is_less(const tg_seen_with_t *seen, uint32_t a, uint32_t b)
{
    return tg_texts_compare(tg_texts_get(seen->texts, a), tg_texts_get(seen->texts, b)) < 0;
}

/* Adds a client to the others of a pair, or puts it in the place of the greatest. 0: there is no
 * room. */
static int add_other(tg_seen_with_t *seen, pair_t *pair, uint32_t client)
{
    uint32_t number = pair->more, *greatest = &pair->seen.client;
    int count = 1;
    other_t *other;

    for (; number; number = other->next) {
        other = tg_blocks_at(&seen->others, number);
        if (other->client == client) {
            return 1;
        }
        greatest = is_less(seen, *greatest, other->client) ? &other->client : greatest;
        count++;
    }
    if (count < TG_TALLY_KEPT_MAX) {
        if (seen->others.count > seen->most) {
            return 0;
        }
        number = seen->others.count;
        other = tg_blocks_push(&seen->others);
        *other = (other_t){ pair->more, client };
        pair->more = number;
    }
    else if (is_less(seen, client, *greatest)) {
        *greatest = client;
    }
    return 1;
}

uint32_t tg_seen_with_add(tg_seen_with_t *seen, const tg_seen_pair_t *pair)
{
    uint32_t *place = find_place(seen, pair->address, pair->ja4), number = *place;
    pair_t *kept;

    if (!number) {
        if (seen->pairs.count >= seen->most) {
            return 0;
        }
        kept = tg_blocks_push(&seen->pairs);
        *kept = (pair_t){ *pair, 0 };
        number = seen->pairs.count;
        *place = number;
        if (seen->pairs.count > seen->room / 4 * 3) {
            grow_places(seen);
        }
        return number;
    }
    kept = tg_blocks_at(&seen->pairs, number - 1);
    return kept->seen.client == pair->client || add_other(seen, kept, pair->client) ? number : 0;
}

tg_seen_pair_t tg_seen_with_pair(const tg_seen_with_t *seen, uint32_t number)
{
    return number ? ((const pair_t *)tg_blocks_at(&seen->pairs, number - 1))->seen
                  : (tg_seen_pair_t){ 0 };
}

static tg_tally_probable_t names_of_pair(const tg_seen_with_t *seen, const pair_t *pair)
{
    tg_tally_probable_t names = { .names = { pair->seen.client }, .count = 1 };
    const other_t *other;
    uint32_t number;
    int i;

    for (number = pair->more; number && names.count < TG_TALLY_KEPT_MAX; number = other->next) {
        other = tg_blocks_at(&seen->others, number);
        for (i = names.count++; i > 0 && is_less(seen, other->client, names.names[i - 1]); i--) {
            names.names[i] = names.names[i - 1];
        }
        names.names[i] = other->client;
    }
    return names;
}

tg_tally_probable_t tg_seen_with_find(const tg_seen_with_t *seen, uint32_t address, uint32_t ja4)
{
    uint32_t number = address && ja4 ? *find_place(seen, address, ja4) : 0;

    return number ? names_of_pair(seen, tg_blocks_at(&seen->pairs, number - 1))
                  : (tg_tally_probable_t){ .count = 0 };
}

int tg_seen_with_at(const tg_seen_with_t *seen, uint32_t i, uint32_t *address, uint32_t *ja4,
                    tg_tally_probable_t *names)
{
    const pair_t *pair = i < seen->pairs.count ? tg_blocks_at(&seen->pairs, i) : NULL;

    if (pair) {
        *address = pair->seen.address;
        *ja4 = pair->seen.ja4;
        *names = names_of_pair(seen, pair);
    }
    return pair != NULL;
}
