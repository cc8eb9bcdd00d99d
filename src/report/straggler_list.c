/* The stragglers that a page shows: see straggler_list.h. */
#include "straggler_list.h"

#include "base/rows.h"

#include <stdlib.h>
#include <string.h>

/* The larger value first; of equal ones, by name, so that pages do not overlap. */
static int by_value(uint64_t a, uint64_t b, const tg_straggler_t *x, const tg_straggler_t *y)
{
    int names;

    if (a != b) {
        return a < b ? 1 : -1;
    }
    names = strcmp(x->client, y->client);
    return names ? names : strcmp(x->schedule, y->schedule);
}

#define BY(name, member)                                                                           \
    static int by_##name(const void *a, const void *b)                                             \
    {                                                                                              \
        const tg_straggler_t *x = *(const tg_straggler_t *const *)a,                               \
                             *y = *(const tg_straggler_t *const *)b;                               \
                                                                                                   \
        return by_value((uint64_t)x->member, (uint64_t)y->member, x, y);                           \
    }
BY(last_seen, last_seen)
BY(first_seen, first_seen)
BY(requests, requests)
BY(rejected, rejected)

static const struct {
    const char *name;
    int (*compare)(const void *a, const void *b);
} sorts[] = {
    { "last-seen", by_last_seen },
    { "first-seen", by_first_seen },
    { "requests", by_requests },
    { "rejected", by_rejected },
};

const char *tg_straggler_sorts(int i)
{
    return (size_t)i < TG_ROWS(sorts) ? sorts[i].name : NULL;
}

static int is_wanted(const tg_straggler_t *entry, const tg_straggler_query_t *query,
                     const tg_straggler_judge_t *judge)
{
    return (!query->schedule || strcmp(entry->schedule, query->schedule) == 0) &&
           (!query->client || strstr(entry->client, query->client)) &&
           entry->last_seen >= query->since &&
           (!query->only_breaking || judge->breaks(judge->context, entry) != TG_NEVER);
}

int tg_straggler_query_is_plain(const tg_straggler_query_t *query)
{
    return !query->schedule && !query->client && !query->since && !query->only_breaking &&
           (!query->sort || strcmp(query->sort, sorts[0].name) == 0);
}

static void sort_chosen(apr_array_header_t *chosen, const char *sort)
{
    size_t i = 0;

    while (sort && i < TG_ROWS(sorts) && strcmp(sorts[i].name, sort) != 0) {
        i++;
    }
    qsort(chosen->elts, (size_t)chosen->nelts, (size_t)chosen->elt_size,
          sorts[i % TG_ROWS(sorts)].compare);
}

static const apr_array_header_t *choose_and_sort(apr_pool_t *pool, const apr_array_header_t *all,
                                                 const tg_straggler_query_t *query,
                                                 const tg_straggler_judge_t *judge)
{
    apr_array_header_t *chosen = apr_array_make(pool, all->nelts + 1, sizeof(tg_straggler_t *));
    int i;

    for (i = 0; i < all->nelts; i++) {
        const tg_straggler_t *entry = &APR_ARRAY_IDX(all, i, const tg_straggler_t);

        if (is_wanted(entry, query, judge)) {
            APR_ARRAY_PUSH(chosen, const tg_straggler_t *) = entry;
        }
    }
    sort_chosen(chosen, query->sort);
    return chosen;
}

static void add_straggler_row(apr_array_header_t *rows, const tg_straggler_t *entry,
                              const tg_straggler_judge_t *judge)
{
    tg_straggler_row_t *row = apr_array_push(rows);

    row->seen = *entry;
    row->breaks = judge->breaks(judge->context, entry);
    row->advice = judge->advice(judge->context, entry);
}

tg_straggler_list_t tg_straggler_list(apr_pool_t *pool, const apr_array_header_t *all,
                                      const tg_stragglers_t *table,
                                      const tg_straggler_query_t *query,
                                      const tg_straggler_judge_t *judge)
{
    apr_array_header_t *rows =
        apr_array_make(pool, TG_STRAGGLERS_A_PAGE, sizeof(tg_straggler_row_t));
    tg_straggler_list_t list = {
        .rows = rows,
        .query = *query,
        .capacity = table->capacity,
        .used = table->used,
        .forgotten = table->forgotten,
        .missed = table->missed,
    };
    int i;

    if (tg_straggler_query_is_plain(query)) {
        list.found = (int)table->used;
        for (i = 0; i < all->nelts; i++) {
            add_straggler_row(rows, &APR_ARRAY_IDX(all, i, const tg_straggler_t), judge);
        }
        return list;
    }
    all = choose_and_sort(pool, all, query, judge);
    list.found = all->nelts;
    for (i = query->page * TG_STRAGGLERS_A_PAGE;
         i < all->nelts && rows->nelts < TG_STRAGGLERS_A_PAGE; i++) {
        add_straggler_row(rows, APR_ARRAY_IDX(all, i, const tg_straggler_t *), judge);
    }
    return list;
}
