/* Lists of facts: see facts.h. */
#include "facts.h"

#include <string.h>

#define BLOCK_ITEMS 4096
#define KIND_SHIFT TG_TEXTS_NUMBER_BITS

_Static_assert(TG_TALLY_KINDS <= 1 << (32 - KIND_SHIFT), "a kind stands beside a number of a text");
_Static_assert(TG_CAUSES <= 16, "a way has four bits for its cause");

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

tg_tally_kind_t tg_tally_fact_kind(const tg_tally_fact_t *fact)
{
    return (tg_tally_kind_t)(fact->what >> KIND_SHIFT);
}

uint32_t tg_tally_fact_what(const tg_tally_fact_t *fact)
{
    return fact->what & ((1U << KIND_SHIFT) - 1);
}

uint32_t tg_facts_time(int64_t time)
{
    return time < 0 ? 0 : time > UINT32_MAX ? UINT32_MAX : (uint32_t)time;
}

static uint32_t pack_fact(tg_tally_kind_t kind, uint32_t what)
{
    return (uint32_t)kind << KIND_SHIFT | what;
}

/* A new fact, at the beginning of its list. */
static tg_tally_fact_t *push_fact(tg_blocks_t *facts, uint32_t *first, uint32_t what)
{
    uint32_t number = facts->count;
    tg_tally_fact_t *fact = tg_blocks_push(facts);

    *fact = (tg_tally_fact_t){ .next = *first, .what = what };
    *first = number;
    return fact;
}

void tg_facts_count(tg_blocks_t *facts, uint32_t *first, uint32_t way, uint32_t count)
{
    uint32_t wanted = pack_fact(TG_TALLY_WAY, way), number = *first;
    tg_tally_fact_t *fact = NULL;

    while (number && (fact = tg_blocks_at(facts, number))->what != wanted) {
        number = fact->next;
    }
    fact = number ? fact : push_fact(facts, first, wanted);
    fact->count = count < UINT32_MAX - fact->count ? fact->count + count : UINT32_MAX;
}

/* 1 if the fact came before that, or is less than it. */
static int is_before(const tg_texts_t *texts, const tg_tally_fact_t *fact, uint32_t last,
                     uint32_t text)
{
    return fact->last != last ? fact->last < last
                              : tg_texts_compare(tg_texts_get(texts, tg_tally_fact_what(fact)),
                                                 tg_texts_get(texts, text)) < 0;
}

void tg_facts_note(tg_blocks_t *facts, const tg_texts_t *texts, uint32_t *first,
                   tg_tally_kind_t kind, uint32_t text, uint32_t last)
{
    uint32_t wanted = pack_fact(kind, text), number, of_kind = 0;
    tg_tally_fact_t *fact, *least = NULL;

    for (number = *first; number; number = fact->next) {
        fact = tg_blocks_at(facts, number);
        if (fact->what == wanted) {
            fact->last = last > fact->last ? last : fact->last;
            return;
        }
        of_kind += tg_tally_fact_kind(fact) == kind;
    }
    if (of_kind < TG_TALLY_KEPT_MAX) {
        push_fact(facts, first, wanted)->last = last;
        return;
    }
    for (number = *first; number; number = fact->next) {
        fact = tg_blocks_at(facts, number);
        if (tg_tally_fact_kind(fact) == kind &&
            (!least || is_before(texts, fact, least->last, tg_tally_fact_what(least)))) {
            least = fact;
        }
    }
    if (least && is_before(texts, least, last, text)) {
        least->what = wanted;
        least->last = last;
    }
}

/* 1 if @p a comes before @p b in a sorted list. */
static int stands_before(const tg_texts_t *texts, const tg_tally_fact_t *a,
                         const tg_tally_fact_t *b)
{
    if (tg_tally_fact_kind(a) != tg_tally_fact_kind(b)) {
        return a->what < b->what;
    }
    return tg_tally_fact_kind(a) == TG_TALLY_WAY
               ? a->what < b->what
               : is_before(texts, b, a->last, tg_tally_fact_what(a));
}

void tg_facts_sort(tg_blocks_t *facts, const tg_texts_t *texts, uint32_t *first)
{
    uint32_t number = *first, next, sorted = 0;

    for (; number; number = next) {
        tg_tally_fact_t *fact = tg_blocks_at(facts, number);
        uint32_t *link = &sorted;

        next = fact->next;
        while (*link && stands_before(texts, tg_blocks_at(facts, *link), fact)) {
            link = &((tg_tally_fact_t *)tg_blocks_at(facts, *link))->next;
        }
        fact->next = *link;
        *link = number;
    }
    *first = sorted;
}
