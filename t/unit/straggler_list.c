/* Lists of stragglers: who is chosen, in which order, and on which page. */
#include "stragglers.h"

#include "report/straggler_list.h"

#include <stdlib.h>

/* The table that is read, and how often it answers before it is busy. */
static const tg_stragglers_t *read_table;
static int answers_left;

static int table_answers(void)
{
    return answers_left-- > 0;
}

static void table_numbers(tg_stragglers_t *table)
{
    memcpy(table, read_table, sizeof(*table));
}

static int table_each(void *context,
                      void (*show)(void *context, uint32_t place, const tg_straggler_t *entry))
{
    uint32_t i;

    for (i = 0; i < read_table->used; i++) {
        if (!table_answers()) {
            return 0;
        }
        show(context, i, &read_table->entries[i]);
    }
    return 1;
}

static tg_straggler_here_t table_at(uint32_t place, uint64_t hash, tg_straggler_t *copy)
{
    if (!table_answers()) {
        return TG_STRAGGLER_BUSY;
    }
    *copy = read_table->entries[place];
    return copy->hash == hash ? TG_STRAGGLER_HERE : TG_STRAGGLER_GONE;
}

static int most_skipped;

static int table_newest(apr_array_header_t *list, int skip, int most)
{
    const tg_straggler_t *entry = tg_stragglers_newest(read_table);

    most_skipped = skip > most_skipped ? skip : most_skipped;
    for (; entry && list->nelts < most; entry = tg_stragglers_older(read_table, entry)) {
        if (skip-- <= 0) {
            APR_ARRAY_PUSH(list, tg_straggler_t) = *entry;
        }
    }
    return table_answers();
}

static const tg_straggler_source_t test_source = { table_numbers, table_each, table_at,
                                                   table_newest };

static tg_instant_t breaks_of(void *context, const tg_straggler_t *straggler)
{
    (void)context;
    return strcmp(straggler->client, "account:2") == 0 ? NOW : TG_NEVER;
}

/* The first ones are exempt. */
static tg_instant_t exempt_of(void *context, const tg_straggler_t *straggler)
{
    (void)context;
    return strcmp(straggler->client, "account:1") == 0 ? NOW + 1000 : TG_ALWAYS;
}

static const char *advice_of(void *context, const tg_straggler_t *straggler)
{
    (void)straggler;
    return context;
}

static char advice_text[] = "update it";
static const tg_straggler_judge_t test_judge = {
    .exempt_until = exempt_of, .breaks = breaks_of, .advice = advice_of, .context = advice_text
};

static tg_straggler_list_t list_of(const tg_stragglers_t *table, const tg_straggler_query_t *query)
{
    read_table = table;
    answers_left = INT32_MAX;
    return tg_straggler_list(unit_pool, &test_source, query, &test_judge);
}

/* `3 2 1`: the accounts of a page. */
static const char *shown(const tg_stragglers_t *table, const tg_straggler_query_t *query)
{
    tg_straggler_list_t list = list_of(table, query);
    const char *text = "";
    int i;

    for (i = 0; i < list.rows->nelts; i++) {
        const tg_straggler_row_t *row = &APR_ARRAY_IDX(list.rows, i, const tg_straggler_row_t);

        assert_true(row->breaks == breaks_of(NULL, &row->seen));
        assert_true(row->exempt_until == exempt_of(NULL, &row->seen));
        same_text(row->advice, advice_text, row->seen.client);
        text = apr_pstrcat(unit_pool, text, i ? " " : "", strchr(row->seen.client, ':') + 1, NULL);
    }
    return text;
}

static void lists_are_chosen_and_sorted(void **state)
{
    static const struct {
        const char *name;
        tg_straggler_query_t query;
        const char *want;
    } rows[] = {
        { "all", { 0 }, "3 2 1" },
        { "first", { .sort = "first-seen" }, "3 2 1" },
        { "most requests", { .sort = "requests" }, "2 1 3" },
        { "most rejected", { .sort = "rejected" }, "3 1 2" },
        { "since, exactly", { .since = NOW + 12 }, "3 2" },
        { "since, one later", { .since = NOW + 13 }, "3" },
        { "a client", { .client = "count:2" }, "2" },
        { "in capital letters", { .client = "ACCOUNT:2" }, "2" },
        { "its last letters", { .client = "T:3" }, "3" },
        { "more than its name", { .client = "account:33" }, "" },
        { "no such schedule", { .schedule = "other" }, "" },
        { "the schedule", { .schedule = "legacy" }, "3 2 1" },
        { "the next page", { .page = 1 }, "" },
        { "those that break", { .only = TG_STRAGGLERS_WOULD_BREAK }, "2" },
        { "those that are left", { .only = TG_STRAGGLERS_LEFT }, "3 2" },
        { "... in recent days", { .only = TG_STRAGGLERS_LEFT, .recent = NOW + 12 }, "3 2" },
        { "... which began later",
          { .only = TG_STRAGGLERS_LEFT, .recent = NOW + 13, .since = NOW },
          "3" },
        { "... since", { .only = TG_STRAGGLERS_LEFT, .recent = NOW, .since = NOW + 13 }, "3" },
    };
    tg_stragglers_t *table = fresh_table(8);
    size_t i;

    (void)state;
    see(table, 1, NOW + 1, 0);
    see(table, 1, NOW + 2, 0);
    see(table, 2, NOW + 10, 0);
    see(table, 2, NOW + 11, 0);
    see(table, 2, NOW + 12, 0);
    see(table, 3, NOW + 20, 1);
    for (i = 0; i < ROWS(rows); i++) {
        same_text(shown(table, &rows[i].query), rows[i].want, rows[i].name);
    }
}

/* A choice leaves out who has moved; all of them has it. */
static void who_has_moved_is_not_left(void **state)
{
    static const struct {
        tg_straggler_which_t only;
        const char *want;
    } rows[] = { { TG_STRAGGLERS_ALL, "3 2 1" },
                 { TG_STRAGGLERS_LEFT, "3" },
                 { TG_STRAGGLERS_WOULD_BREAK, "" } };
    tg_stragglers_t *table = fresh_table(8);
    size_t i;

    (void)state;
    for (i = 1; i <= 3; i++) {
        see(table, (int)i, NOW + (int)i, 0);
    }
    tg_stragglers_find(table, "account:2", "legacy")->moved_at = NOW + 10;
    for (i = 0; i < ROWS(rows); i++) {
        const tg_straggler_query_t query = { .only = rows[i].only };

        same_text(shown(table, &query), rows[i].want, "which");
    }
}

static void pages_hold_fifty(void **state)
{
    tg_stragglers_t *table = fresh_table(200);
    tg_straggler_query_t query = { 0 };
    static const int sizes[] = { 50, 50, 1, 0 };
    int i;

    (void)state;
    for (i = 0; i < 101; i++) {
        see(table, i, NOW, 0);
    }
    for (query.page = 0; query.page < 4; query.page++) {
        tg_straggler_list_t list = list_of(table, &query);

        same_number(list.rows->nelts, sizes[query.page], "a page");
        same_number(list.found, 101, "all");
    }
}

/* Each is on one page, also where the pages that are walked to end; and none is walked to beyond. */
static void deep_pages_are_searched(void **state)
{
    const int last = TG_STRAGGLERS_PASSED_MAX / TG_STRAGGLERS_A_PAGE + 1;
    tg_stragglers_t *table = fresh_table(3000);
    tg_straggler_query_t query = { 0 };
    int i, next = 2149;

    (void)state;
    for (i = 0; i < 2150; i++) {
        see(table, i, NOW + i, 0);
    }
    most_skipped = 0;
    for (query.page = 0; query.page <= last + 1; query.page++) {
        tg_straggler_list_t list = list_of(table, &query);

        for (i = 0; i < list.rows->nelts; i++, next--) {
            same_number(APR_ARRAY_IDX(list.rows, i, const tg_straggler_row_t).seen.last_seen,
                        NOW + next, "in order");
        }
    }
    same_number(next, -1, "all of them");
    same_number(most_skipped, TG_STRAGGLERS_PASSED_MAX, "the most that are passed over");
}

/* Each of them is on one page, whichever way the pages come about. */
static void walk_pages(const tg_stragglers_t *table, const char *sort, const char *name)
{
    tg_straggler_query_t query = { .sort = sort };
    char *seen = apr_pcalloc(unit_pool, table->used);
    tg_straggler_list_t list;
    uint32_t i, once = 0;

    do {
        int row;

        list = list_of(table, &query);
        for (row = 0; row < list.rows->nelts; row++) {
            seen[atoi(APR_ARRAY_IDX(list.rows, row, const tg_straggler_row_t).seen.client +
                      strlen("account:"))]++;
        }
        query.page++;
    } while (list.rows->nelts);
    for (i = 0; i < table->used; i++) {
        once += seen[i] == 1;
    }
    same_number(once, table->used, name);
}

/* Their names begin alike, so that the order needs more than these. */
static void of_one_second_each_is_on_one_page(void **state)
{
    tg_stragglers_t *table = fresh_table(3000);
    int i;

    (void)state;
    for (i = 0; i < 2600; i++) {
        see(table, i, NOW, 0);
    }
    for (i = 0; i < 2600; i += 3) {
        see(table, i, NOW, 0);
    }
    walk_pages(table, NULL, "as they came");
    walk_pages(table, "requests", "by requests");
    walk_pages(table, "rejected", "by rejections, of which there are none");
    tg_stragglers_repair(table);
    is_whole(table);
    walk_pages(table, NULL, "after a repair");
    see(table, 7, NOW, 0);
    same_text(table->entries[table->newest - 1].client, "account:7", "the next is the newest");
    walk_pages(table, NULL, "... and has its turn");
}

/* @p answers of the table, then it is busy */
static void list_is(const tg_straggler_query_t *query, int answers, int rows, int is_complete)
{
    tg_straggler_list_t list;

    answers_left = answers;
    list = tg_straggler_list(unit_pool, &test_source, query, &test_judge);
    same_number(list.rows->nelts, rows, "rows");
    same_number(list.is_complete, is_complete, "complete");
}

static void a_busy_table_is_told(void **state)
{
    static const tg_straggler_query_t any, named = { .client = "account" },
                                           breaking = { .only = TG_STRAGGLERS_WOULD_BREAK };
    tg_stragglers_t *table = fresh_table(8);
    int i;

    (void)state;
    for (i = 0; i < 4; i++) {
        see(table, i, NOW + i, 0);
    }
    read_table = table;
    list_is(&any, 1, 4, 1);
    list_is(&any, 0, 4, 0);
    list_is(&named, 8, 4, 1);
    list_is(&named, 3, 0, 0);
    list_is(&breaking, 9, 1, 1);
    list_is(&breaking, 7, 0, 0);
    list_is(&breaking, 6, 0, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lists_are_chosen_and_sorted),
    cmocka_unit_test(who_has_moved_is_not_left),
    cmocka_unit_test(pages_hold_fifty),
    cmocka_unit_test(deep_pages_are_searched),
    cmocka_unit_test(of_one_second_each_is_on_one_page),
    cmocka_unit_test(a_busy_table_is_told),
};

UNIT_MAIN(tests)
