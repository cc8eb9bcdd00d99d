/* TlsGateGuard: two buckets in a row that reject too much stop a trial, to the request and the second;
 * a stopped trial is served until it would have ended, and a cutoff is not stopped. */
#include "unit.h"

#include "format/ledger.h"

#include <apr_strings.h>
#include <stdlib.h>

#define NOW INT64_C(1531213200)

static const tg_guard_t guard = { .share = 500, .least = 100, .over = 300 };

static void both_sides_of_share_and_count(void **state)
{
    static const struct {
        uint64_t requests, rejected;
        int exceeds;
    } rows[] = { { 100, 5, 0 }, { 100, 6, 1 }, { 99, 99, 0 }, { 119, 6, 1 }, { 120, 6, 0 } };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_guard_count_t bucket = { rows[i].requests, rows[i].rejected };

        assert_int_equal(tg_guard_exceeds(&guard, &bucket), rows[i].exceeds);
    }
}

static int look(tg_guard_bucket_t *bucket, uint64_t requests, uint64_t rejected, tg_instant_t now)
{
    tg_guard_count_t counted = { requests, rejected };

    return tg_guard_look(bucket, &guard, NOW, &counted, now);
}

static void two_buckets_in_a_row_stop_it_once(void **state)
{
    tg_guard_bucket_t bucket = { 0 };

    (void)state;
    assert_int_equal(look(&bucket, 1000, 900, NOW), 0); /* what was before the trial */
    assert_int_equal(look(&bucket, 1100, 910, NOW + 299), 0);
    assert_int_equal(look(&bucket, 1100, 910, NOW + 300), 0); /* the first that is too much */
    assert_int_equal(look(&bucket, 1200, 920, NOW + 599), 0);
    assert_int_equal(look(&bucket, 1200, 920, NOW + 600), 1);
    assert_int_equal(look(&bucket, 1300, 930, NOW + 900), 0);
}

static void one_between_begins_anew(void **state)
{
    tg_guard_bucket_t bucket = { 0 };
    tg_guard_count_t counted = { 400, 30 };

    (void)state;
    look(&bucket, 0, 0, NOW);
    assert_int_equal(look(&bucket, 100, 10, NOW + 300), 0);
    assert_int_equal(look(&bucket, 200, 15, NOW + 600), 0);
    assert_int_equal(look(&bucket, 300, 25, NOW + 900), 0);
    assert_int_equal(tg_guard_look(&bucket, &guard, TG_NEVER, &counted, NOW + 901), 0);
    assert_int_equal(bucket.trial, 0);
}

static void wrong_values_name_the_right_form(void **state)
{
    static const char *const rows[][2] = {
        { "0%", "5% min=100" },  { "100%", "5% min=100" },       { "5", "5% min=100" },
        { "0.005%", "5% min=" }, { "5% min=0", "min=100" },      { "5% over=PT9S", "over=PT5M" },
        { "5% often", "min=" },  { "5% min=1 min=2", "5% min=" }
    };
    apr_pool_t *pool;
    size_t i;

    (void)state;
    apr_pool_create(&pool, NULL);
    for (i = 0; i < ROWS(rows); i++) {
        char **argv;
        int argc = 0;
        tg_guard_t out;
        tg_fault_t fault;

        apr_tokenize_to_argv(rows[i][0], &argv, pool);
        while (argv[argc]) {
            argc++;
        }
        assert_int_equal(tg_guard_parse(argc, (const char *const *)argv, &out, &fault), 0);
        assert_non_null(strstr(fault.fix, rows[i][1]));
    }
    apr_pool_destroy(pool);
}

/* A trial of ten minutes, and a cutoff right after it. */
static tg_schedule_t *trial_and_cutoff(apr_pool_t *pool)
{
    tg_schedule_t *s = tg_schedule_create(pool, "legacy");
    tg_trial_t trial = { { NOW, NOW + 600 }, 0, TG_NEVER, 100 };
    tg_violation_t violation;

    s->traits = tg_trait_parse("TLSv1");
    s->cutoff = NOW + 600;
    APR_ARRAY_PUSH(s->trials, tg_trial_t) = trial;
    assert_int_equal(tg_schedule_finish(s, &violation), 1);
    return s;
}

static void a_stopped_trial_is_grace_until_its_end(void **state)
{
    apr_pool_t *pool;
    tg_schedule_t *s;
    tg_ledger_t *ledger;
    const tg_override_t *o;
    tg_override_set_t *resumed;
    tg_interval_t trial;
    int n;

    (void)state;
    apr_pool_create(&pool, NULL);
    s = trial_and_cutoff(pool);
    ledger = aligned_alloc(_Alignof(tg_ledger_t), sizeof(*ledger));
    assert_non_null(ledger);
    memset(ledger, 0, sizeof(*ledger));
    n = tg_ledger_schedule(ledger, "legacy");
    assert_null(tg_ledger_overrides(pool, ledger, NULL));
    tg_ledger_stop(ledger, n, (tg_ledger_stop_t){ NOW + 60, NOW + 700 });
    o = tg_override_find(tg_ledger_overrides(pool, ledger, NULL), "legacy");
    assert_int_equal(tg_phase_at(s, o, NOW + 599, 0), TG_PHASE_GRACE);
    assert_int_equal(tg_phase_at(s, o, NOW + 600, 0), TG_PHASE_CUTOFF);
    assert_int_equal(tg_phase_next_change(s, o, NOW + 60, 0, NULL), NOW + 600);
    assert_int_equal(tg_phase_next_trial(s, o, NOW + 60, 0, &trial), 0);
    assert_int_equal(tg_phase_is_overridden(s, o, NOW + 60, 0), 1);

    resumed = tg_override_set_create(pool);
    *tg_override_of(resumed, "legacy") =
        (tg_override_t){ "legacy", TG_OVERRIDE_SUSPEND, NOW + 59,  NOW + 59, TG_NEVER,
                         TG_NEVER, TG_ALWAYS,           TG_ALWAYS, TG_ALWAYS };
    o = tg_override_find(tg_ledger_overrides(pool, ledger, resumed), "legacy");
    assert_int_equal(tg_phase_at(s, o, NOW + 61, 0), TG_PHASE_GRACE);
    tg_override_of(resumed, "legacy")->since = NOW + 60;
    o = tg_override_find(tg_ledger_overrides(pool, ledger, resumed), "legacy");
    assert_int_equal(tg_phase_at(s, o, NOW + 61, 0), TG_PHASE_TRIAL);
    tg_ledger_stop(ledger, n, (tg_ledger_stop_t){ 0, 0 });
    assert_null(tg_ledger_overrides(pool, ledger, NULL));
    free(ledger);
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_of_share_and_count),
        cmocka_unit_test(two_buckets_in_a_row_stop_it_once),
        cmocka_unit_test(one_between_begins_anew),
        cmocka_unit_test(wrong_values_name_the_right_form),
        cmocka_unit_test(a_stopped_trial_is_grace_until_its_end),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
