/* What a tally says when all is added: see tally.h. */
#include "tally_memory.h"

#include <stdlib.h>

const tg_tally_sums_t *tg_tally_sums(const tg_tally_t *tally)
{
    return &tally->sums;
}

uint32_t tg_tally_clients(const tg_tally_t *tally)
{
    return tally->clients.count;
}

tg_tally_client_t *tg_tally_client(const tg_tally_t *tally, uint32_t i)
{
    return i < tally->clients.count ? tg_blocks_at(&tally->clients, i) : NULL;
}

tg_tally_client_t *tg_tally_find(tg_tally_t *tally, tg_span_t name)
{
    return tg_tally_named(tally, tg_texts_find(tally->texts, name));
}

uint32_t tg_tally_failures(const tg_tally_t *tally)
{
    return tally->failed.count;
}

const tg_tally_failed_t *tg_tally_failed(const tg_tally_t *tally, uint32_t i)
{
    if (i >= tally->failed.count) {
        return NULL;
    }
    return tg_blocks_at(&tally->failed, tally->failed_order ? tally->failed_order[i] : i);
}

static int compare_days(const void *a, const void *b)
{
    int64_t x = ((const tg_tally_day_t *)a)->day, y = ((const tg_tally_day_t *)b)->day;

    return (x > y) - (x < y);
}

const tg_tally_day_t *tg_tally_days(tg_tally_t *tally, int *count)
{
    *count = tally->days->nelts;
    if (*count > 0) {
        qsort(tally->days->elts, (size_t)*count, sizeof(tg_tally_day_t), compare_days);
    }
    tally->day = NULL;
    return (const tg_tally_day_t *)(const void *)tally->days->elts;
}

tg_span_t tg_tally_text(const tg_tally_t *tally, uint32_t number)
{
    return tg_texts_get(tally->texts, number);
}

const tg_tally_fact_t *tg_tally_fact(const tg_tally_t *tally, uint32_t fact, tg_tally_kind_t kind)
{
    while (fact) {
        const tg_tally_fact_t *found = tg_blocks_at(&tally->facts, fact);

        if (tg_tally_fact_kind(found) == kind) {
            return found;
        }
        fact = found->next;
    }
    return NULL;
}

tg_tally_ways_t tg_tally_ways(const tg_tally_t *tally, uint32_t facts)
{
    const tg_tally_fact_t *fact = tg_tally_fact(tally, facts, TG_TALLY_WAY);
    tg_tally_ways_t ways = { { 0 }, { 0 } };

    for (; fact; fact = tg_tally_fact(tally, fact->next, TG_TALLY_WAY)) {
        uint32_t way = tg_tally_fact_what(fact);

        ways.protocols[way >> 4] += fact->count;
        ways.causes[way & 0xF] += fact->count;
    }
    return ways;
}

/* --- who it was --- */

static uint32_t stem_of(tg_tally_t *tally, uint32_t ja4)
{
    char stem[TG_TALLY_STEM_SIZE];

    return tg_texts_put(tally->texts, tg_tally_ja4_stem(tg_tally_text(tally, ja4), stem));
}

/* All that the pairs have finds room: the first client of one may be beside that of another
 * here. */
static tg_seen_with_t *seen_with_stems(tg_tally_t *tally)
{
    tg_seen_with_t *stems =
        tg_seen_with_create(tally->pool, tally->texts, &tally->options.key,
                            2 * TG_TALLY_PAIRS_A_CLIENT * tally->options.clients_max);
    uint32_t i, address, ja4;
    tg_tally_probable_t names;
    int n;

    for (i = 0; tg_seen_with_at(tally->seen_with, i, &address, &ja4, &names); i++) {
        uint32_t stem = stem_of(tally, ja4);

        for (n = 0; stem && n < names.count; n++) {
            (void)tg_seen_with_add(stems, &(tg_seen_pair_t){ address, stem, names.names[n] });
        }
    }
    return stems;
}

tg_tally_probable_t tg_tally_probable(tg_tally_t *tally, const tg_tally_failed_t *failed)
{
    uint32_t address =
        tg_texts_find(tally->texts, tg_tally_without_kind(tg_tally_text(tally, failed->client)));
    tg_tally_probable_t names = tg_seen_with_find(tally->seen_with, address, failed->ja4);

    if (names.count == 0 && address && failed->ja4) {
        if (!tally->seen_stems) {
            tally->seen_stems = seen_with_stems(tally);
        }
        names = tg_seen_with_find(tally->seen_stems, address, stem_of(tally, failed->ja4));
    }
    return names;
}

/* --- in an order that does not depend on that of the records --- */

static int compare_failed(const void *a, const void *b, void *context)
{
    const tg_tally_t *tally = context;
    const tg_tally_failed_t *x = tg_blocks_at(&tally->failed, *(const uint32_t *)a);
    const tg_tally_failed_t *y = tg_blocks_at(&tally->failed, *(const uint32_t *)b);
    int order = (x->count < y->count) - (x->count > y->count);

    order =
        order ? order
              : tg_texts_compare(tg_tally_text(tally, x->client), tg_tally_text(tally, y->client));
    order = order ? order
                  : tg_texts_compare(tg_tally_text(tally, x->ja4), tg_tally_text(tally, y->ja4));
    return order ? order
                 : tg_texts_compare(tg_tally_text(tally, x->host), tg_tally_text(tally, y->host));
}

static void sort_failed(tg_tally_t *tally)
{
    uint32_t i, count = tally->failed.count;

    tally->failed_order = apr_palloc(tally->pool, (count + 1) * sizeof(uint32_t));
    for (i = 0; i < count; i++) {
        tally->failed_order[i] = i;
    }
    qsort_r(tally->failed_order, count, sizeof(uint32_t), compare_failed, tally);
}

static void sort_client(tg_tally_t *tally, tg_tally_client_t *c)
{
    const tg_tally_fact_t *agent;

    tg_facts_sort(&tally->facts, tally->texts, &c->facts);
    agent = tg_tally_fact(tally, c->facts, TG_TALLY_USER_AGENT);
    c->user_agent = agent ? tg_tally_fact_what(agent) : 0;
}

void tg_tally_join(tg_tally_t *tally)
{
    uint32_t i;

    for (i = 0; i < tally->clients.count; i++) {
        sort_client(tally, tg_tally_client(tally, i));
    }
    for (i = 0; i < tally->failed.count && tally->options.group == TG_TALLY_BY_ACCOUNT; i++) {
        const tg_tally_failed_t *failed = tg_tally_failed(tally, i);
        tg_tally_probable_t names = tg_tally_probable(tally, failed);
        tg_tally_client_t *c = names.count == 1 ? tg_tally_named(tally, names.names[0]) : NULL;

        if (c) {
            c->probable += failed->count < UINT32_MAX - c->probable ? (uint32_t)failed->count
                                                                    : UINT32_MAX - c->probable;
        }
    }
    sort_failed(tally);
}
