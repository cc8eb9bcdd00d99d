/* The table of stragglers: who is seen is found again, who was seen least recently leaves first, and what
 * a killed process leaves is repaired. */
#include "unit.h"

#include "report/straggler_list.h"

#include <apr_strings.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1531213200)

static tg_stragglers_t *fresh_table(uint32_t capacity)
{
    void *memory = mmap(NULL, tg_stragglers_size(capacity), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    tg_stragglers_set_up(memory, capacity, 12345);
    return memory;
}

static void see(tg_stragglers_t *table, int client, int64_t time, int rejected)
{
    tg_straggler_sight_t sight = { .client = apr_psprintf(unit_pool, "account:%d", client),
                                   .schedule = "legacy",
                                   .user_agent = apr_psprintf(unit_pool, "agent/%d", client),
                                   .time = time,
                                   .rejected = rejected };

    tg_stragglers_add(table, &sight);
}

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

static const char *advice_of(void *context, const tg_straggler_t *straggler)
{
    (void)straggler;
    return context;
}

static char advice_text[] = "update it";
static const tg_straggler_judge_t test_judge = { .breaks = breaks_of,
                                                 .advice = advice_of,
                                                 .context = advice_text };

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
        same_text(row->advice, advice_text, row->seen.client);
        text = apr_pstrcat(unit_pool, text, i ? " " : "", strchr(row->seen.client, ':') + 1, NULL);
    }
    return text;
}

/* Both chains are whole, and lead to as many entries as there are. */
static void is_whole(const tg_stragglers_t *table)
{
    uint32_t link, before = 0, n = 0;
    int64_t last = INT64_MAX;

    for (link = table->newest; link; link = table->entries[link - 1].older) {
        const tg_straggler_t *entry = &table->entries[link - 1];

        assert_int_equal(entry->newer, before);
        assert_true(entry->last_seen <= last);
        assert_int_equal(entry->is_used, 1);
        last = entry->last_seen;
        before = link;
        assert_true(++n <= table->used);
    }
    assert_int_equal(table->oldest, before);
    assert_int_equal(n, table->used);
}

static void who_is_seen_is_kept(void **state)
{
    static const tg_straggler_query_t any;
    tg_stragglers_t *table = fresh_table(4);
    const tg_straggler_t *first = &table->entries[0];
    tg_straggler_sight_t other = { .client = "account:1", .schedule = "strict", .time = NOW + 3 };

    (void)state;
    see(table, 1, NOW, 0);
    see(table, 2, NOW + 1, 1);
    see(table, 1, NOW + 2, 1);
    same_text(first->client, "account:1", "the first");
    same_text(first->user_agent, "agent/1", "its user agent");
    same_number((int64_t)first->requests, 2, "requests");
    same_number((int64_t)first->rejected, 1, "rejected");
    same_number(first->first_seen, NOW, "first seen");
    same_number(first->last_seen, NOW + 2, "last seen");
    same_text(shown(table, &any), "1 2", "seen last first");
    tg_stragglers_add(table, &other);
    same_number(table->used, 3, "another schedule is another entry");
    is_whole(table);
}

static void the_least_recently_seen_leaves(void **state)
{
    static const tg_straggler_query_t any;
    tg_stragglers_t *table = fresh_table(3);
    int i;

    (void)state;
    for (i = 1; i <= 3; i++) {
        see(table, i, NOW + i, 0);
    }
    same_number((int64_t)table->forgotten, 0, "a full table");
    see(table, 1, NOW + 10, 0);
    see(table, 4, NOW + 11, 0);
    same_text(shown(table, &any), "4 1 3", "the second left");
    same_number((int64_t)table->forgotten, 1, "it is counted");
    see(table, 2, NOW + 12, 0);
    same_text(shown(table, &any), "2 4 1", "then the third");
    same_number((int64_t)table->entries[2].requests, 1, "who comes again begins anew");
    is_whole(table);
    for (i = 0; i < 1000; i++) {
        see(table, i, NOW + 20 + i, 0);
        is_whole(table);
    }
    same_text(shown(table, &any), "999 998 997", "many later");
}

/* NOW is Tuesday, 10 July 2018, 09:00. */
static void hours_of_the_week_are_kept(void **state)
{
    static const struct {
        const char *name;
        int64_t time;
        unsigned hour;
    } rows[] = {
        { "Monday 00:00", INT64_C(1531094400), 0 },
        { "the second before", INT64_C(1531094399), 167 },
        { "Monday 00:59:59", INT64_C(1531097999), 0 },
        { "Monday 01:00", INT64_C(1531098000), 1 },
        { "Tuesday 09:00", NOW, 33 },
        { "a week later", NOW + INT64_C(604800), 33 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_stragglers_t *table = fresh_table(2);
        unsigned hour;

        see(table, 1, rows[i].time, 0);
        same_number(tg_straggler_hour(rows[i].time), rows[i].hour, rows[i].name);
        for (hour = 0; hour < TG_STRAGGLER_HOURS; hour++) {
            same_number(tg_straggler_was_seen_in(&table->entries[0], hour), hour == rows[i].hour,
                        rows[i].name);
        }
        see(table, 1, rows[i].time + 3600, 0);
        assert_true(tg_straggler_was_seen_in(&table->entries[0], rows[i].hour));
        assert_true(tg_straggler_was_seen_in(&table->entries[0], (rows[i].hour + 1) % 168));
    }
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
        { "no such schedule", { .schedule = "other" }, "" },
        { "the schedule", { .schedule = "legacy" }, "3 2 1" },
        { "the next page", { .page = 1 }, "" },
        { "those that break", { .only_breaking = 1 }, "2" },
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
                                           breaking = { .only_breaking = 1 };
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

static void what_is_long_is_one_client(void **state)
{
    tg_stragglers_t *table = fresh_table(4);
    char name[2 * TG_STRAGGLER_CLIENT_SIZE];
    tg_straggler_sight_t sight = { .client = name, .schedule = "legacy", .time = NOW };

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    tg_stragglers_add(table, &sight);
    tg_stragglers_add(table, &sight);
    same_number(table->used, 1, "one entry");
    same_number((int64_t)strlen(table->entries[0].client), TG_STRAGGLER_CLIENT_SIZE - 1, "cut");
}

static void see_forever(tg_stragglers_t *table, pthread_mutex_t *lock, uint32_t *seen)
{
    int i;

    for (i = 0;; i++) {
        if (pthread_mutex_lock(lock) == EOWNERDEAD) {
            tg_stragglers_repair(table);
            pthread_mutex_consistent(lock);
        }
        see(table, i % 37, NOW + i, 0);
        __atomic_fetch_add(seen, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(lock);
        apr_pool_clear(unit_pool);
    }
}

/* Killed at any moment, also with the lock: the next one has it, and the table is whole. */
/* Who left and came again while a table was copied is in the copy twice: what is newer counts. */
static void who_is_restored_twice_is_one(void **state)
{
    tg_stragglers_t *table = fresh_table(4), *again = fresh_table(4);
    const tg_straggler_t *found;
    tg_straggler_t first;

    (void)state;
    see(table, 1, NOW, 0);
    first = table->entries[0];
    see(table, 1, NOW + 9, 1);
    see(table, 2, NOW + 10, 0);
    tg_stragglers_restore(again, &first);
    tg_stragglers_restore(again, &table->entries[0]);
    tg_stragglers_restore(again, &table->entries[1]);
    is_whole(again);
    assert_int_equal(again->used, 2);
    found = tg_stragglers_find(again, "account:1", "legacy");
    assert_non_null(found);
    assert_int_equal(found->last_seen, NOW + 9);
    assert_int_equal(found->requests, 2);
}

static void the_killed_are_repaired(void **state)
{
    struct {
        pthread_mutex_t lock;
        uint32_t seen;
    } *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    tg_stragglers_t *table = fresh_table(20);
    pthread_mutexattr_t how;
    int round, found_dead = 0;

    (void)state;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->lock, &how);
    for (round = 0; round < 60; round++) {
        pid_t pid;
        int rv;

        /* So many that nothing is left of the rounds before, which were later. */
        shared->seen = 0;
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            see_forever(table, &shared->lock, &shared->seen);
        }
        while (__atomic_load_n(&shared->seen, __ATOMIC_RELAXED) < 50) {
            sched_yield();
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        rv = pthread_mutex_lock(&shared->lock);
        assert_true(rv == 0 || rv == EOWNERDEAD);
        if (rv == EOWNERDEAD) {
            found_dead++;
            tg_stragglers_repair(table);
            pthread_mutex_consistent(&shared->lock);
        }
        is_whole(table);
        see(table, 1000 + round, NOW + INT64_C(1000000) * (round + 1), 0);
        is_whole(table);
        pthread_mutex_unlock(&shared->lock);
    }
    print_message("# %d of 60 had the lock\n", found_dead);
}

/* Whatever the marks of an entry say. */
static void a_torn_entry_loses_its_texts(void **state)
{
    static const tg_straggler_query_t any;
    tg_stragglers_t *table = fresh_table(4);
    int i;

    (void)state;
    for (i = 1; i <= 3; i++) {
        see(table, i, NOW + i, 0);
    }
    table->entries[0].is_used = 0;
    table->entries[1].is_being_written = 1;
    table->newest = 3;
    table->entries[2].older = 3; /* a circle */
    tg_stragglers_repair(table);
    is_whole(table);
    same_text(shown(table, &any), "3 2", "the one that was not there yet is gone");
    same_text(table->entries[1].user_agent, "", "the one that was being written has no user agent");
    same_text(table->entries[0].user_agent, "agent/3", "the other one has its own");
    see(table, 2, NOW + 9, 0);
    same_number((int64_t)table->entries[1].requests, 2, "and is found again");
}

static const struct {
    const char *seen,
        *kept; /* user agents by a letter, `-` for none; the last one, and those before it */
} agent_rows[] = {
    { "a", "a" },        { "aa", "a" },        { "ab", "ba" },      { "aba", "ab" },
    { "abab", "ba" },    { "abcd", "dcba" },   { "abcde", "edcb" }, { "abcda", "adcb" },
    { "abcdb", "bdca" }, { "abcdee", "edcb" }, { "-", "-" },        { "a-", "-a" },
    { "-a", "a" },       { "a-a", "a" },       { "a-b", "ba" },     { "ab-a", "ab" },
    { "abcd-b", "bdc" }, { "abcd-a", "adcb" }, { "a-b-c", "cba" },  { "abcd-e", "edcb" },
};

static void user_agents_are_kept_once(void **state)
{
    size_t i;
    int n;

    (void)state;
    for (i = 0; i < ROWS(agent_rows); i++) {
        tg_stragglers_t *table = fresh_table(2);
        const tg_straggler_t *entry = &table->entries[0];
        char kept[2 + TG_STRAGGLER_AGENTS] = "";

        for (n = 0; agent_rows[i].seen[n]; n++) {
            char agent[2] = { agent_rows[i].seen[n], '\0' };
            tg_straggler_sight_t sight = { .client = "account:a",
                                           .schedule = "legacy",
                                           .user_agent = *agent == '-' ? NULL : agent,
                                           .time = n };

            tg_stragglers_add(table, &sight);
        }
        kept[0] = *entry->user_agent ? *entry->user_agent : '-';
        for (n = 0; n < TG_STRAGGLER_AGENTS && *entry->agents[n]; n++) {
            kept[n + 1] = *entry->agents[n];
        }
        same_text(kept, agent_rows[i].kept, agent_rows[i].seen);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(user_agents_are_kept_once),
    cmocka_unit_test(who_is_seen_is_kept),
    cmocka_unit_test(the_least_recently_seen_leaves),
    cmocka_unit_test(hours_of_the_week_are_kept),
    cmocka_unit_test(lists_are_chosen_and_sorted),
    cmocka_unit_test(who_is_restored_twice_is_one),
    cmocka_unit_test(pages_hold_fifty),
    cmocka_unit_test(deep_pages_are_searched),
    cmocka_unit_test(of_one_second_each_is_on_one_page),
    cmocka_unit_test(a_busy_table_is_told),
    cmocka_unit_test(what_is_long_is_one_client),
    cmocka_unit_test(the_killed_are_repaired),
    cmocka_unit_test(a_torn_entry_loses_its_texts),
};

UNIT_MAIN(tests)
