/* The ledger: what is counted is found again, in its period, its day and its schedule, whoever is
 * killed while it counts. */
#include "unit.h"

#include "ledger/ledger.h"

#include <apr_strings.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* 2018-07-10T09:00:00Z, which begins a period; and midnight of that day. */
#define NOW INT64_C(1531213200)
#define MIDNIGHT INT64_C(1531180800)
#define PERIOD(t) ((t) / TG_HISTORY_PERIOD)
#define DAY(t) ((t) / 86400)

static tg_ledger_t *fresh_ledger(void)
{
    void *memory =
        mmap(NULL, sizeof(tg_ledger_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static void count_request(tg_ledger_t *ledger, long stripe, int64_t t, int group,
                          tg_protocol_t protocol, tg_fate_t fate)
{
    tg_ledger_count(
        &tg_ledger_numbers_at(ledger, stripe, PERIOD(t))->groups[group].n[protocol][fate]);
}

static void a_fate_is_what_was_done(void **state)
{
    static const struct {
        tg_action_t action;
        int enforced;
        const char *name;
    } rows[] = {
        { TG_ACTION_OBSERVE, 1, "observe" },     { TG_ACTION_WARN, 1, "warn" },
        { TG_ACTION_REJECT, 1, "reject" },       { TG_ACTION_REFUSE, 1, "refuse" },
        { TG_ACTION_OBSERVE, 0, "observe" },     { TG_ACTION_WARN, 0, "observe" },
        { TG_ACTION_REJECT, 0, "would-reject" }, { TG_ACTION_REFUSE, 0, "would-reject" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_outcome_t outcome = { .action = rows[i].action, .enforced = rows[i].enforced };

        same_text(tg_fate_name(tg_fate_of(&outcome)), rows[i].name, rows[i].name);
    }
    same_text(tg_fate_name(tg_fate_of(NULL)), "none", "no schedule");
}

/* A connection keeps where its requests are counted: the same place as by its parts. */
static void a_place_is_the_number(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    long stripe;
    int group, protocol;

    (void)state;
    for (stripe = 0; stripe < 40; stripe += 3) {
        for (group = 0; group < TG_LEDGER_GROUPS; group += 7) {
            for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
                uint32_t place = tg_ledger_place(stripe, (tg_protocol_t)protocol);

                assert_int_not_equal(place, 0);
                assert_ptr_equal(
                    tg_ledger_number(ledger, PERIOD(NOW), place, tg_ledger_distance(group)),
                    &tg_ledger_numbers_at(ledger, stripe, PERIOD(NOW))
                         ->groups[group]
                         .n[protocol][TG_FATE_NONE]);
            }
        }
    }
}

/* Of the hosts of a schedule, what it does not deprecate; and nothing of other hosts. */
static void schedules_have_their_hosts(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    int a = tg_ledger_schedule(ledger, "a"), b = tg_ledger_schedule(ledger, "b");
    int only_a = tg_ledger_group(ledger, 1), both = tg_ledger_group(ledger, 3);
    tg_ledger_numbers_t *numbers = tg_ledger_numbers_at(ledger, 5, PERIOD(NOW));
    const tg_ledger_kept_t *kept;
    int i;

    (void)state;
    assert_int_equal(a, 0);
    assert_int_equal(b, 1);
    assert_int_equal(tg_ledger_schedule(ledger, "a"), a);
    assert_int_equal(tg_ledger_group(ledger, 0), 0);
    assert_int_equal(tg_ledger_group(ledger, 3), both);
    for (i = 0; i < 4; i++) {
        count_request(ledger, i, NOW, 0, TG_PROTOCOL_TLS1_3, TG_FATE_NONE);
        count_request(ledger, i, NOW, only_a, TG_PROTOCOL_TLS1_3, TG_FATE_NONE);
    }
    count_request(ledger, 1, NOW, both, TG_PROTOCOL_TLS1_0, TG_FATE_REJECT);
    tg_ledger_count(&numbers->schedules[b].n[TG_PROTOCOL_TLS1_0][TG_FATE_REJECT]);
    kept = tg_ledger_read(ledger, unit_pool, NOW);
    same_number((int64_t)kept->totals[0].n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE], 8, "all, none");
    same_number((int64_t)kept->totals[0].n[TG_PROTOCOL_TLS1_0][TG_FATE_REJECT], 1, "all, reject");
    same_number((int64_t)kept->totals[1].n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE], 4, "a, its hosts");
    same_number((int64_t)kept->totals[1].n[TG_PROTOCOL_TLS1_0][TG_FATE_NONE], 1,
                "a does not deprecate what b rejects");
    same_number((int64_t)kept->totals[2].n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE], 0,
                "b has other hosts");
    same_number((int64_t)kept->totals[2].n[TG_PROTOCOL_TLS1_0][TG_FATE_NONE], 0, "b, none");
    same_number((int64_t)kept->totals[2].n[TG_PROTOCOL_TLS1_0][TG_FATE_REJECT], 1, "b, reject");
}

static void room_is_bounded(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    int i;

    (void)state;
    for (i = 0; i < TG_LEDGER_SCHEDULES; i++) {
        assert_int_equal(tg_ledger_schedule(ledger, apr_psprintf(unit_pool, "s%d", i)), i);
    }
    assert_int_equal(tg_ledger_schedule(ledger, "one more"), TG_LEDGER_NO_SCHEDULE);
    assert_int_equal(tg_ledger_schedule(ledger, "s31"), 31);
    for (i = 1; i < TG_LEDGER_GROUPS; i++) {
        assert_int_equal(tg_ledger_group(ledger, (uint32_t)i), i);
    }
    assert_int_equal(tg_ledger_group(ledger, 1000), 0);
}

/* What is read alone is what is read with the rest. */
static void total_is_that_of_all(tg_ledger_t *ledger, const tg_ledger_kept_t *kept)
{
    tg_counts_t total = tg_ledger_total(ledger, unit_pool);

    assert_memory_equal(&total, &kept->totals[TG_LEDGER_ROW_ALL], sizeof(total));
}

static uint64_t none_at(const tg_ledger_kept_t *kept, int64_t t)
{
    const tg_counts_t *counts = tg_history_period(&kept->rows[0], PERIOD(t));

    return counts ? counts->n[TG_PROTOCOL_TLS1_2][TG_FATE_NONE] : 0;
}

/* Both sides of the end of a period, collected before, between and after. */
static void periods_and_days_have_their_own(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    const tg_ledger_kept_t *kept;
    const tg_counts_t *day;

    (void)state;
    tg_ledger_group(ledger, 0);
    count_request(ledger, 0, NOW, 0, TG_PROTOCOL_TLS1_2, TG_FATE_NONE);
    tg_ledger_collect(ledger, NOW + 10);
    count_request(ledger, 1, NOW + 299, 0, TG_PROTOCOL_TLS1_2, TG_FATE_NONE);
    count_request(ledger, 2, NOW + 300, 0, TG_PROTOCOL_TLS1_2, TG_FATE_NONE);
    kept = tg_ledger_read(ledger, unit_pool, NOW + 301);
    total_is_that_of_all(ledger, kept);
    same_number((int64_t)kept->totals[0].n[TG_PROTOCOL_TLS1_2][TG_FATE_NONE], 3, "... all");
    same_number((int64_t)none_at(kept, NOW), 2, "a reader, the period that is over");
    same_number((int64_t)none_at(kept, NOW + 300), 1, "a reader, the next one");
    tg_ledger_collect(ledger, NOW + 302);
    tg_ledger_collect(ledger, NOW + 312);
    count_request(ledger, 3, NOW + 600, 0, TG_PROTOCOL_TLS1_2, TG_FATE_NONE);
    tg_ledger_collect(ledger, NOW + 605);
    kept = tg_ledger_read(ledger, unit_pool, NOW + 606);
    total_is_that_of_all(ledger, kept);
    same_number((int64_t)none_at(kept, NOW), 2, "the first");
    same_number((int64_t)none_at(kept, NOW + 299), 2, "its last second");
    same_number((int64_t)none_at(kept, NOW + 300), 1, "the second");
    same_number((int64_t)none_at(kept, NOW + 600), 1, "the third");
    same_number((int64_t)none_at(kept, NOW + 900), 0, "none yet");
    same_number((int64_t)kept->totals[0].n[TG_PROTOCOL_TLS1_2][TG_FATE_NONE], 4, "in all");
    day = tg_history_day(&kept->rows[0], DAY(NOW));
    assert_non_null(day);
    same_number((int64_t)day->n[TG_PROTOCOL_TLS1_2][TG_FATE_NONE], 4, "the day");
    assert_null(tg_history_day(&kept->rows[0], DAY(NOW) + 1));
}

static void history_forgets(void **state)
{
    tg_history_t *history = apr_pcalloc(unit_pool, sizeof(*history));
    tg_counts_t one = { { { 0 } } };

    (void)state;
    one.n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN] = 1;
    tg_history_add(history, PERIOD(MIDNIGHT) - 1, &one);
    tg_history_add(history, PERIOD(MIDNIGHT), &one);
    assert_non_null(tg_history_day(history, DAY(MIDNIGHT) - 1));
    assert_non_null(tg_history_day(history, DAY(MIDNIGHT)));
    tg_history_add(history, PERIOD(MIDNIGHT) + TG_HISTORY_PERIODS - 1, &one);
    assert_null(tg_history_period(history, PERIOD(MIDNIGHT) - 1));
    assert_non_null(tg_history_period(history, PERIOD(MIDNIGHT)));
    tg_history_add(history, PERIOD(MIDNIGHT) + TG_HISTORY_PERIODS, &one);
    assert_null(tg_history_period(history, PERIOD(MIDNIGHT)));
    tg_history_add(history, PERIOD(MIDNIGHT) + TG_HISTORY_PERIODS * TG_HISTORY_DAYS, &one);
    assert_null(tg_history_day(history, DAY(MIDNIGHT)));
    assert_non_null(tg_history_day(history, DAY(MIDNIGHT) + 1));
    assert_null(tg_history_period(history, 0));
}

static void kinds_are_told_apart(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    tg_census_kind_t kinds[] = {
        { TG_PROTOCOL_TLS1_3, 1, TG_PROTOCOL_TLS1_3, 0x11EC },
        { TG_PROTOCOL_TLS1_3, 0, TG_PROTOCOL_TLS1_3, 29 },
        { TG_PROTOCOL_TLS1_3, 1, TG_PROTOCOL_TLS1_2, 29 },
        { TG_CENSUS_NEWER, 1, TG_CENSUS_HELLO, 0 },
        { TG_PROTOCOL_UNKNOWN, 0, TG_PROTOCOL_SSL3, 0xFFFF },
    };
    int places[ROWS(kinds)];
    size_t i, j;

    (void)state;
    for (i = 0; i < ROWS(kinds); i++) {
        tg_census_kind_t back = tg_census_unpack(tg_census_pack(kinds[i]));

        assert_memory_equal(&back, &kinds[i], sizeof(back));
        places[i] = tg_ledger_kind(ledger, kinds[i]);
        assert_int_not_equal(places[i], 0);
        assert_int_equal(tg_ledger_kind(ledger, kinds[i]), places[i]);
        for (j = 0; j < i; j++) {
            assert_int_not_equal(places[i], places[j]);
        }
    }
    assert_int_equal(tg_census_is_capped(kinds[0]), 0);
    assert_int_equal(tg_census_is_capped(kinds[2]), 1);
    assert_int_equal(tg_census_is_capped(kinds[3]), 0);
    assert_int_equal(tg_census_is_classical_only_here(kinds[0]), 0);
    assert_int_equal(tg_census_is_classical_only_here(kinds[1]), 0);
    assert_int_equal(tg_census_is_classical_only_here(kinds[2]), 1);
}

static void kinds_without_room_share_one(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    unsigned group;
    int with_room = 0;

    (void)state;
    for (group = 1; group <= 2000; group++) {
        tg_census_kind_t kind = { TG_PROTOCOL_TLS1_3, 0, TG_PROTOCOL_TLS1_3, group };
        int place = tg_ledger_kind(ledger, kind);

        assert_in_range(place, 0, TG_LEDGER_KINDS - 1);
        with_room += place != 0;
    }
    assert_int_equal(with_room, TG_LEDGER_KINDS - 1);
}

/* Counts until it is killed; what it has done is in @p done, written after it counted. */
static void count_forever(tg_ledger_t *ledger, long stripe, uint64_t *done)
{
    uint64_t n = 0;

    for (;;) {
        tg_ledger_numbers_t *numbers = tg_ledger_numbers_at(ledger, stripe, PERIOD(NOW));

        tg_ledger_count(&numbers->groups[1].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN]);
        tg_ledger_count(&numbers->schedules[0].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN]);
        __atomic_store_n(done, ++n, __ATOMIC_RELEASE);
    }
}

/* Several processes in one stripe, killed at any moment: each has counted what it knows of, and at
 * most one more. */
static void the_killed_leave_nothing_half_done(void **state)
{
    enum { PROCESSES = 6, ROUNDS = 5 };
    tg_ledger_t *ledger = fresh_ledger();
    uint64_t *done = mmap(NULL, sizeof(*done) * PROCESSES, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int64_t known = 0;
    const tg_ledger_kept_t *kept;
    pid_t pids[PROCESSES];
    int i, round;

    (void)state;
    tg_ledger_schedule(ledger, "legacy");
    assert_int_equal(tg_ledger_group(ledger, 1), 1);
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < PROCESSES; i++) {
            done[i] = 0;
            pids[i] = fork();
            assert_true(pids[i] >= 0);
            if (pids[i] == 0) {
                count_forever(ledger, i & 1, &done[i]);
            }
        }
        for (i = 0; i < PROCESSES; i++) {
            while (__atomic_load_n(&done[i], __ATOMIC_ACQUIRE) < 1000) {
                tg_ledger_collect(ledger, NOW);
            }
            kill(pids[i], SIGKILL);
            waitpid(pids[i], NULL, 0);
            known += (int64_t)done[i];
        }
        kept = tg_ledger_read(ledger, unit_pool, NOW);
        for (i = 0; i < 2; i++) {
            int64_t n = (int64_t)kept->totals[i].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN];

            CHECK(n >= known && n <= known + PROCESSES * (round + 1), "row %d: %lld, not %lld", i,
                  (long long)n, (long long)known);
        }
        assert_in_range(kept->totals[1].n[TG_PROTOCOL_TLS1_0][TG_FATE_NONE], 0,
                        PROCESSES * (round + 1));
    }
}

/* The parent stays in the middle of collecting: what it knows already is ahead of what was counted. */
static void a_copy_that_is_torn_has_no_less_than_nothing(void **state)
{
    tg_ledger_t *ledger = fresh_ledger();
    const tg_ledger_kept_t *kept;

    (void)state;
    tg_ledger_group(ledger, 0);
    count_request(ledger, 0, NOW, 0, TG_PROTOCOL_TLS1_0, TG_FATE_NONE);
    ledger->kept.known[PERIOD(NOW) & (TG_LEDGER_SETS - 1)].groups[0].n[TG_PROTOCOL_TLS1_0]
                                                                      [TG_FATE_NONE] = 3;
    ledger->changes = 1;
    kept = tg_ledger_read(ledger, unit_pool, NOW);
    same_number((int64_t)kept->totals[0].n[TG_PROTOCOL_TLS1_0][TG_FATE_NONE], 0, "requests");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fate_is_what_was_done),
        cmocka_unit_test(a_place_is_the_number),
        cmocka_unit_test(schedules_have_their_hosts),
        cmocka_unit_test(room_is_bounded),
        cmocka_unit_test(periods_and_days_have_their_own),
        cmocka_unit_test(history_forgets),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(kinds_without_room_share_one),
        cmocka_unit_test(a_copy_that_is_torn_has_no_less_than_nothing),
        cmocka_unit_test(the_killed_leave_nothing_half_done),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
