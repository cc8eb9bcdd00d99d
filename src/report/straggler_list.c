/* The stragglers that a page shows: see straggler_list.h. */
#include "straggler_list.h"

#include "base/rows.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* What an entry is sorted by, and where it is. */
typedef struct {
    uint64_t value; /* the larger first */
    uint64_t name;  /* of equal ones: how its client begins, past the kind */
    uint64_t hash;  /* and then this, so that pages do not overlap */
    uint32_t place;
} straggler_key_t;

static uint64_t value_last_seen(const tg_straggler_t *entry)
{
    return (uint64_t)entry->last_seen;
}

/* Of several that were seen in one second this is the order in which they came, which those that
 * were seen last are walked in. */
static uint64_t value_turn(const tg_straggler_t *entry)
{
    return entry->turn;
}

static uint64_t value_first_seen(const tg_straggler_t *entry)
{
    return (uint64_t)entry->first_seen;
}

static uint64_t value_requests(const tg_straggler_t *entry)
{
    return entry->requests;
}

static uint64_t value_rejected(const tg_straggler_t *entry)
{
    return entry->rejected;
}

static const struct {
    const char *name;
    uint64_t (*value)(const tg_straggler_t *entry);
} sorts[] = {
    { "last-seen", value_last_seen },
    { "first-seen", value_first_seen },
    { "requests", value_requests },
    { "rejected", value_rejected },
};

const char *tg_straggler_sorts(int i)
{
    return (size_t)i < TG_ROWS(sorts) ? sorts[i].name : NULL;
}

int tg_straggler_query_is_plain(const tg_straggler_query_t *query)
{
    return !query->schedule && !query->client && !query->since && !query->only &&
           (!query->sort || strcmp(query->sort, sorts[0].name) == 0);
}

static uint64_t (*value_of_sort(const char *sort))(const tg_straggler_t *entry)
{
    size_t i = 0;

    while (sort && i < TG_ROWS(sorts) && strcmp(sorts[i].name, sort) != 0) {
        i++;
    }
    return sorts[i % TG_ROWS(sorts)].value;
}

/* The first bytes of a name as a number in the order of names. */
static uint64_t name_number(const char *client)
{
    const char *name = strchr(client, ':');
    uint64_t number = 0;
    size_t i;

    name = name ? name + 1 : client;
    for (i = 0; i < sizeof(number); i++) {
        number = number << 8 | (unsigned char)*name;
        name += *name ? 1 : 0;
    }
    return number;
}

static int compare_keys(const void *a, const void *b)
{
    const straggler_key_t *x = a, *y = b;

    if (x->value != y->value) {
        return x->value < y->value ? 1 : -1;
    }
    if (x->name != y->name) {
        return x->name < y->name ? -1 : 1;
    }
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* --- which --- */

static int is_left(const tg_straggler_judge_t *judge, const tg_straggler_t *entry)
{
    return entry->requests > 0 && judge->exempt_until(judge->context, entry) == TG_ALWAYS;
}

static int is_breaking(const tg_straggler_judge_t *judge, const tg_straggler_t *entry)
{
    return entry->requests > 0 && judge->breaks(judge->context, entry) != TG_NEVER;
}

/* All but the first leave out those that have moved, and those that never made a request. */
static const struct {
    const char *name;
    int (*keeps)(const tg_straggler_judge_t *judge, const tg_straggler_t *entry);
} choices[] = { { NULL, NULL }, { "left", is_left }, { "would-break", is_breaking } };
TG_ROWS_ARE(choices, TG_STRAGGLERS_WHICH);

const char *tg_straggler_which(tg_straggler_which_t which)
{
    return choices[which].name;
}

/* --- the search --- */

typedef struct {
    const tg_straggler_query_t *query;
    tg_instant_t since; /* seen then or later */
    uint64_t (*value)(const tg_straggler_t *entry);
    apr_array_header_t *keys; /* of straggler_key_t */
} straggler_search_t;

static tg_instant_t search_since(const tg_straggler_query_t *query)
{
    return query->only == TG_STRAGGLERS_LEFT && query->recent > query->since ? query->recent
                                                                             : query->since;
}

static int is_wanted(const tg_straggler_t *entry, const straggler_search_t *search)
{
    const tg_straggler_query_t *query = search->query;

    return entry->last_seen >= search->since && (!query->only || entry->moved_at == 0) &&
           (!query->schedule || strcmp(entry->schedule, query->schedule) == 0) &&
           (!query->client || tg_text_has(entry->client, query->client));
}

static void see_straggler(void *context, uint32_t place, const tg_straggler_t *entry)
{
    straggler_search_t *search = context;

    if (is_wanted(entry, search)) {
        APR_ARRAY_PUSH(search->keys, straggler_key_t) =
            (straggler_key_t){ search->value(entry), name_number(entry->client), entry->hash,
                               place };
    }
}

/* A judge takes longer than the table may be kept from others, so it looks at copies. */
static int keep_chosen(apr_array_header_t *keys, tg_straggler_which_t which,
                       const tg_straggler_source_t *source, const tg_straggler_judge_t *judge)
{
    straggler_key_t *key = (straggler_key_t *)(void *)keys->elts;
    tg_straggler_here_t here = TG_STRAGGLER_HERE;
    tg_straggler_t copy;
    int i, kept = 0;

    for (i = 0; i < keys->nelts && here != TG_STRAGGLER_BUSY; i++) {
        here = source->at(key[i].place, key[i].hash, &copy);
        if (here == TG_STRAGGLER_HERE && choices[which].keeps(judge, &copy)) {
            key[kept++] = key[i];
        }
    }
    keys->nelts = kept;
    return here != TG_STRAGGLER_BUSY;
}

tg_straggler_found_t tg_straggler_search(apr_pool_t *pool, const tg_straggler_source_t *source,
                                         const tg_straggler_query_t *query,
                                         const tg_straggler_judge_t *judge)
{
    straggler_search_t search = {
        query, search_since(query),
        tg_straggler_query_is_plain(query) ? value_turn : value_of_sort(query->sort),
        apr_array_make(pool, TG_STRAGGLERS_A_PAGE, sizeof(straggler_key_t))
    };
    tg_straggler_found_t found = { search.keys, source->each(&search, see_straggler) };

    if (query->only) {
        found.is_complete =
            keep_chosen(search.keys, query->only, source, judge) && found.is_complete;
    }
    qsort(search.keys->elts, (size_t)search.keys->nelts, sizeof(straggler_key_t), compare_keys);
    return found;
}

/* --- what is shown of it --- */

static void judge_row(tg_straggler_row_t *row, const tg_straggler_judge_t *judge)
{
    row->exempt_until = judge->exempt_until(judge->context, &row->seen);
    row->breaks = judge->breaks(judge->context, &row->seen);
    row->advice = judge->advice(judge->context, &row->seen);
}

tg_straggler_here_t tg_straggler_fetch(const tg_straggler_found_t *found, int i,
                                       const tg_straggler_source_t *source,
                                       const tg_straggler_judge_t *judge, tg_straggler_row_t *row)
{
    const straggler_key_t *key = &APR_ARRAY_IDX(found->keys, i, const straggler_key_t);
    tg_straggler_here_t here = source->at(key->place, key->hash, &row->seen);

    if (here == TG_STRAGGLER_HERE) {
        judge_row(row, judge);
    }
    return here;
}

static void list_newest(apr_pool_t *pool, const tg_straggler_source_t *source,
                        const tg_straggler_judge_t *judge, tg_straggler_list_t *list,
                        apr_array_header_t *rows)
{
    apr_array_header_t *seen = apr_array_make(pool, TG_STRAGGLERS_A_PAGE, sizeof(tg_straggler_t));
    int i;

    list->found = (int)list->used;
    list->is_complete =
        source->newest(seen, list->query.page * TG_STRAGGLERS_A_PAGE, TG_STRAGGLERS_A_PAGE);
    for (i = 0; i < seen->nelts; i++) {
        tg_straggler_row_t *row = apr_array_push(rows);

        row->seen = APR_ARRAY_IDX(seen, i, const tg_straggler_t);
        judge_row(row, judge);
    }
}

static void list_found(apr_pool_t *pool, const tg_straggler_source_t *source,
                       const tg_straggler_judge_t *judge, tg_straggler_list_t *list,
                       apr_array_header_t *rows)
{
    tg_straggler_found_t found = tg_straggler_search(pool, source, &list->query, judge);
    int i = list->query.page * TG_STRAGGLERS_A_PAGE, end = i + TG_STRAGGLERS_A_PAGE;

    list->found = found.keys->nelts;
    list->is_complete = found.is_complete;
    for (; i < end && i < found.keys->nelts; i++) {
        tg_straggler_row_t *row = apr_array_push(rows);

        tg_straggler_here_t here = tg_straggler_fetch(&found, i, source, judge, row);

        if (here != TG_STRAGGLER_HERE) {
            apr_array_pop(rows);
        }
        list->is_complete = list->is_complete && here != TG_STRAGGLER_BUSY;
    }
}

int tg_straggler_pages(const tg_straggler_list_t *list)
{
    return list->found > 0 ? (list->found - 1) / TG_STRAGGLERS_A_PAGE + 1 : 1;
}

tg_straggler_list_t tg_straggler_list(apr_pool_t *pool, const tg_straggler_source_t *source,
                                      const tg_straggler_query_t *query,
                                      const tg_straggler_judge_t *judge)
{
    apr_array_header_t *rows =
        apr_array_make(pool, TG_STRAGGLERS_A_PAGE, sizeof(tg_straggler_row_t));
    tg_straggler_list_t list = { .rows = rows, .query = *query };
    tg_stragglers_t table;

    source->numbers(&table);
    list.capacity = table.capacity;
    list.used = table.used;
    list.forgotten = table.forgotten;
    list.missed = table.missed;
    (tg_straggler_query_is_plain(query) &&
             query->page * TG_STRAGGLERS_A_PAGE <= TG_STRAGGLERS_PASSED_MAX
         ? list_newest
         : list_found)(pool, source, judge, &list, rows);
    return list;
}
