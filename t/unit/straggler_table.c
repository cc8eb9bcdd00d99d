/* The table of stragglers: who is seen is found again, who was seen least recently leaves first, and what
 * a killed process leaves is repaired. */
#include "stragglers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* `3 2 1`: the accounts, seen last first. */
static const char *kept_accounts(const tg_stragglers_t *table)
{
    const char *text = "";
    uint32_t link;

    for (link = table->newest; link; link = table->entries[link - 1].older) {
        text = apr_pstrcat(unit_pool, text, *text ? " " : "",
                           strchr(table->entries[link - 1].client, ':') + 1, NULL);
    }
    return text;
}

static void who_is_seen_is_kept(void **state)
{
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
    same_text(kept_accounts(table), "1 2", "seen last first");
    tg_stragglers_add(table, &other);
    same_number(table->used, 3, "another schedule is another entry");
    other.failed = other.rejected = 1;
    tg_stragglers_add(table, &other);
    same_number((int64_t)table->entries[2].requests, 1, "a failed handshake is no request");
    same_number((int64_t)table->entries[2].failed, 1, "... and counted apart");
    same_number((int64_t)table->entries[2].rejected, 1, "... if it was refused, with the rejected");
    is_whole(table);
}

/* If this fails, the hash is another one: count TG_STRAGGLERS_HASH up, so that a graceful restart does
 * not go on with a table in which nobody is found. */
static void the_hash_has_its_number(void **state)
{
    tg_stragglers_t *table = fresh_table(4);

    (void)state;
    table->seed = 7;
    see(table, 1, NOW, 0);
    same_number(TG_STRAGGLERS_HASH, 2, "its number");
    CHECK(table->entries[0].hash == UINT64_C(0x9042c86f90700257), "the hash is %llx",
          (unsigned long long)table->entries[0].hash);
}

static void the_least_recently_seen_leaves(void **state)
{
    tg_stragglers_t *table = fresh_table(3);
    int i;

    (void)state;
    for (i = 1; i <= 3; i++) {
        see(table, i, NOW + i, 0);
    }
    same_number((int64_t)table->forgotten, 0, "a full table");
    see(table, 1, NOW + 10, 0);
    see(table, 4, NOW + 11, 0);
    same_text(kept_accounts(table), "4 1 3", "the second left");
    same_number((int64_t)table->forgotten, 1, "it is counted");
    see(table, 2, NOW + 12, 0);
    same_text(kept_accounts(table), "2 4 1", "then the third");
    same_number((int64_t)table->entries[2].requests, 1, "who comes again begins anew");
    is_whole(table);
    for (i = 0; i < 1000; i++) {
        see(table, i, NOW + 20 + i, 0);
        is_whole(table);
    }
    same_text(kept_accounts(table), "999 998 997", "many later");
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
    same_text(kept_accounts(table), "3 2", "the one that was not there yet is gone");
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
    cmocka_unit_test(the_hash_has_its_number),
    cmocka_unit_test(hours_of_the_week_are_kept),
    cmocka_unit_test(who_is_restored_twice_is_one),
    cmocka_unit_test(what_is_long_is_one_client),
    cmocka_unit_test(the_killed_are_repaired),
    cmocka_unit_test(a_torn_entry_loses_its_texts),
};

UNIT_MAIN(tests)
