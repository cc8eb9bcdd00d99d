/* TlsGateGuard: two buckets in a row that reject too much stop a trial, to the request and the second;
 * a stopped trial is served until it would have ended, and a cutoff is not stopped. */
#include "unit.h"

#include "format/ledger.h"

#include <apr_strings.h>
#include <stdlib.h>

#define NOW INT64_C(1531213200)
#define DAY INT64_C(86400)

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

/* The clock went back, or the ledger is a new one: what is counted begins anew. */
static void what_goes_back_begins_anew(void **state)
{
    static const struct {
        uint64_t requests, rejected;
        tg_instant_t now;
    } rows[] = { { 2000, 1000, NOW - 1 }, { 999, 950, NOW + 300 }, { 1100, 899, NOW + 300 } };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_guard_bucket_t bucket = { 0 };

        look(&bucket, 1000, 900, NOW);
        assert_int_equal(look(&bucket, rows[i].requests, rows[i].rejected, rows[i].now), 0);
        assert_int_equal(bucket.begun, rows[i].now);
        assert_int_equal(bucket.start.requests, rows[i].requests);
        assert_int_equal(bucket.is_second, 0);
    }
}

/* What is said of it is the second one. */
static void the_second_bucket_is_kept(void **state)
{
    tg_guard_bucket_t bucket = { 0 };

    (void)state;
    look(&bucket, 0, 0, NOW);
    look(&bucket, 100, 10, NOW + 300);
    assert_int_equal(look(&bucket, 300, 30, NOW + 600), 1);
    assert_int_equal(bucket.last.requests, 200);
    assert_int_equal(bucket.last.rejected, 20);
}

static void wrong_values_name_the_right_form(void **state)
{
    static const char *const rows[][2] = {
        { "0%", "5% min=100" },
        { "100%", "5% min=100" },
        { "5", "5% min=100" },
        { "0.005%", "5% min=" },
        { "5% min=0", "min=100" },
        { "5% over=PT9S", "over=PT5M" },
        { "5% often", "min=" },
        { "5% min=1 min=2", "5% min=" },
        { "5% holds", "hold]" },
        { "5% hold hold", "5% min=" },
        { "5% report-only hold", "one of the two" },
        { "5% hold=1", "hold]" },
        { "5% min=1000000000", "min=100" },
        { "5% min=-1", "min=100" },
        { "5% min=1x", "min=100" },
        { "5% over=P1M", "" },
        { "100.1%", "5% min=" },
        { "-5%", "5% min=" },
        { "5.%", "5% min=" },
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

static void options_are_read(void **state)
{
    static const char *const argv[] = { "0.25%", "hold", "over=PT10S", "min=7" };
    tg_guard_t out;
    tg_fault_t fault;

    (void)state;
    assert_int_equal(tg_guard_parse(1, argv, &out, &fault), 1);
    assert_int_equal(out.share, 25);
    assert_int_equal(out.least, 100);
    assert_int_equal(out.over, 300);
    assert_int_equal(out.holds, 0);
    assert_int_equal(tg_guard_parse(4, argv, &out, &fault), 1);
    assert_int_equal(out.least, 7);
    assert_int_equal(out.over, 10);
    assert_int_equal(out.holds, 1);
    assert_int_equal(out.report_only, 0);
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
    tg_ledger_trip(ledger, n, &(tg_guard_trip_t){ NOW + 60, NOW + 700, { 2, 1 }, 1 });
    o = tg_override_find(tg_ledger_overrides(pool, ledger, NULL), "legacy");
    assert_int_equal(tg_phase_at(s, o, NOW + 599, 0), TG_PHASE_GRACE);
    assert_int_equal(tg_phase_at(s, o, NOW + 600, 0), TG_PHASE_CUTOFF);
    assert_int_equal(tg_phase_next_change(s, o, NOW + 60, 0, NULL), NOW + 600);
    assert_int_equal(tg_phase_next_trial(s, o, NOW + 60, 0, &trial), 0);
    assert_int_equal(tg_phase_is_overridden(s, o, NOW + 60, 0), 1);

    resumed = tg_override_set_create(pool);
    tg_override_of(resumed, "legacy")->resumed = NOW + 59;
    o = tg_override_find(tg_ledger_overrides(pool, ledger, resumed), "legacy");
    assert_int_equal(tg_phase_at(s, o, NOW + 61, 0), TG_PHASE_GRACE);
    tg_override_of(resumed, "legacy")->resumed = NOW + 60;
    o = tg_override_find(tg_ledger_overrides(pool, ledger, resumed), "legacy");
    assert_int_equal(tg_phase_at(s, o, NOW + 61, 0), TG_PHASE_TRIAL);
    tg_ledger_trip_end(ledger, n);
    assert_null(tg_ledger_overrides(pool, ledger, NULL));
    free(ledger);
    apr_pool_destroy(pool);
}

/* A trial of every day at that hour for ten days, and a cutoff. */
static tg_schedule_t *daily_trials(apr_pool_t *pool)
{
    tg_schedule_t *s = tg_schedule_create(pool, "legacy");
    tg_trial_t trial = { { NOW, NOW + 600 }, DAY, NOW + 10 * DAY, 100 };
    tg_violation_t violation;

    s->traits = tg_trait_parse("TLSv1");
    s->announce = NOW - DAY;
    s->cutoff = NOW + 20 * DAY;
    APR_ARRAY_PUSH(s->trials, tg_trial_t) = trial;
    assert_int_equal(tg_schedule_finish(s, &violation), 1);
    return s;
}

static const tg_override_t nothing = {
    .kind = TG_OVERRIDE_NONE,
    .since = TG_NEVER,
    .until = TG_NEVER,
    .postponed_from = TG_NEVER,
    .postponed_to = TG_NEVER,
    .refuse_waits_until = TG_ALWAYS,
    .proxied_until = TG_ALWAYS,
    .resumed = TG_ALWAYS,
    .stopped_at = TG_ALWAYS,
    .stopped_until = TG_ALWAYS,
};

static void phase_is(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                     tg_phase_t phase)
{
    tg_phase_t is = tg_phase_at(s, o, t, TG_BUCKET_EVERYONE);

    CHECK(is == phase, "at %+lld it is %s, not %s", (long long)(t - NOW), tg_phase_name(is),
          tg_phase_name(phase));
}

/* The next trial, of which only the first was stopped; with hold there is none until it is taken
 * back, and the cutoff comes as ever. */
static void hold_stops_every_trial(void **state)
{
    tg_schedule_t *s = daily_trials(unit_pool);
    tg_override_t once = nothing, held = nothing;
    tg_interval_t trial;

    (void)state;
    tg_override_stop(&once, NOW + 60, NOW + 600);
    tg_override_stop(&held, NOW + 60, TG_NEVER);
    phase_is(s, &once, NOW + DAY, TG_PHASE_TRIAL);
    assert_int_equal(tg_phase_next_trial(s, &once, NOW + 60, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + DAY);
    phase_is(s, &held, NOW + 60, TG_PHASE_GRACE);
    phase_is(s, &held, NOW + 600, TG_PHASE_ANNOUNCED);
    phase_is(s, &held, NOW + DAY, TG_PHASE_GRACE);
    phase_is(s, &held, NOW + 9 * DAY + 599, TG_PHASE_GRACE);
    phase_is(s, &held, NOW + 20 * DAY, TG_PHASE_CUTOFF);
    assert_int_equal(tg_phase_next_trial(s, &held, NOW + 60, 0, &trial), 0);
    assert_int_equal(tg_override_end(&held, NOW + 60), TG_NEVER);
    assert_int_equal(tg_phase_rejected_for_good(s, &held), NOW + 20 * DAY);
}

/* It is grace until the trial by hand would have ended, also with hold; then the dates decide. */
static void a_stopped_trial_by_hand_is_grace(void **state)
{
    tg_schedule_t *s = daily_trials(unit_pool);
    tg_override_t o = nothing;
    tg_phase_t next;

    (void)state;
    o.kind = TG_OVERRIDE_TRIAL;
    o.since = NOW + 1000;
    o.until = NOW + 2000;
    tg_override_stop(&o, NOW + 1000, TG_NEVER);
    phase_is(s, &o, NOW + 1999, TG_PHASE_TRIAL); /* it was made in that second, so it resumes */
    tg_override_stop(&o, NOW + 1001, TG_NEVER);
    phase_is(s, &o, NOW + 1999, TG_PHASE_GRACE);
    assert_int_equal(tg_phase_is_overridden(s, &o, NOW + 1999, 0), 1);
    assert_int_equal(tg_phase_next_change(s, &o, NOW + 1001, 0, &next), NOW + 2000);
    assert_int_equal(next, TG_PHASE_ANNOUNCED);
    phase_is(s, &o, NOW + 2000, TG_PHASE_ANNOUNCED);
    s->cutoff = NOW + 1500;
    phase_is(s, &o, NOW + 1500, TG_PHASE_CUTOFF);
}

/* A suspend serves all, also after a cutoff; it takes nothing back that was stopped. */
static void a_suspend_goes_before_a_stop(void **state)
{
    tg_schedule_t *s = daily_trials(unit_pool);
    tg_override_t o = nothing;
    tg_interval_t trial;

    (void)state;
    o.kind = TG_OVERRIDE_SUSPEND;
    o.since = NOW + 100;
    o.until = NOW + 300;
    tg_override_stop(&o, NOW + 60, NOW + 400);
    assert_int_equal(tg_override_active(&o, NOW + 299), TG_OVERRIDE_SUSPEND);
    assert_int_equal(tg_override_active(&o, NOW + 300), TG_OVERRIDE_GUARD);
    assert_int_equal(tg_override_active(&o, NOW + 400), TG_OVERRIDE_NONE);
    phase_is(s, &o, NOW + 399, TG_PHASE_GRACE);
    phase_is(s, &o, NOW + 400, TG_PHASE_TRIAL);
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 100, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + 400);
    s->cutoff = NOW + 200;
    phase_is(s, &o, NOW + 299, TG_PHASE_GRACE);
    phase_is(s, &o, NOW + 300, TG_PHASE_CUTOFF);
    tg_override_stop(&o, NOW + 60, TG_NEVER);
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 100, 0, &trial), 0);
}

/* What was taken back until an instant, and what by a trial by hand. */
static void what_takes_it_back(void **state)
{
    tg_override_t resumed = nothing, trial = nothing, suspended = nothing;

    (void)state;
    resumed.resumed = trial.since = suspended.since = NOW;
    trial.kind = TG_OVERRIDE_TRIAL;
    suspended.kind = TG_OVERRIDE_SUSPEND;
    assert_false(tg_override_resumes(NULL, NOW));
    assert_false(tg_override_resumes(&nothing, NOW));
    assert_false(tg_override_resumes(&suspended, NOW));
    assert_true(tg_override_resumes(&resumed, NOW));
    assert_false(tg_override_resumes(&resumed, NOW + 1));
    assert_true(tg_override_resumes(&trial, NOW));
    assert_false(tg_override_resumes(&trial, NOW + 1));
}

static void the_share_that_was_met(void **state)
{
    static const struct {
        uint64_t requests, rejected;
        const char *text;
    } rows[] = { { 0, 0, "0%" },      { 3, 1, "33.33%" },    { 200, 11, "5.5%" }, { 7, 7, "100%" },
                 { 100000, 9, "0%" }, { 10000, 1, "0.01%" }, { 1000, 5, "0.5%" }, { 1, 2, "0%" } };
    char buf[TG_GUARD_STRLEN];
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_guard_count_t met = { rows[i].requests, rows[i].rejected };

        same_text(tg_guard_share(tg_guard_met(&met), buf), rows[i].text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_of_share_and_count),
        cmocka_unit_test(two_buckets_in_a_row_stop_it_once),
        cmocka_unit_test(one_between_begins_anew),
        cmocka_unit_test(what_goes_back_begins_anew),
        cmocka_unit_test(the_second_bucket_is_kept),
        cmocka_unit_test(wrong_values_name_the_right_form),
        cmocka_unit_test(a_stopped_trial_is_grace_until_its_end),
        cmocka_unit_test(hold_stops_every_trial),
        cmocka_unit_test(a_stopped_trial_by_hand_is_grace),
        cmocka_unit_test(a_suspend_goes_before_a_stop),
        cmocka_unit_test(what_takes_it_back),
        cmocka_unit_test(the_share_that_was_met),
        cmocka_unit_test(options_are_read),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
