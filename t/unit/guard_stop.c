/* A trial that TlsGateGuard stopped: it is served until it would have ended, with hold until that is
 * taken back, and a cutoff is not stopped; a trial by hand that is made afterwards runs in spite of it. */
#include "unit.h"

#include "ledger/ledger.h"
#include "policy/phase.h"

#include <stdlib.h>

#define NOW INT64_C(1531213200)
#define DAY INT64_C(86400)

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
    phase_is(s, &o, NOW + 1999, TG_PHASE_TRIAL); /* it was made in that second, so it runs */
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

/* A trial that is made after it was stopped runs, and then it is stopped again until its own end. */
static void a_later_trial_by_hand_runs_in_a_stop(void **state)
{
    tg_schedule_t *s = daily_trials(unit_pool);
    tg_override_t o = nothing;
    tg_interval_t trial;
    tg_phase_t next;

    (void)state;
    o.kind = TG_OVERRIDE_TRIAL;
    o.since = NOW + 100;
    o.until = NOW + 300;
    tg_override_stop(&o, NOW + 60, NOW + 600);
    assert_int_equal(tg_override_active(&o, NOW + 299), TG_OVERRIDE_TRIAL);
    assert_false(tg_override_is_stopped(&o, NOW + 299));
    assert_true(tg_override_is_stopped(&o, NOW + 300));
    assert_false(tg_override_is_stopped(&o, NOW + 600));
    assert_int_equal(tg_override_end(&o, NOW + 299), NOW + 300);
    assert_int_equal(tg_override_active(&o, NOW + 300), TG_OVERRIDE_GUARD);
    phase_is(s, &o, NOW + 299, TG_PHASE_TRIAL);
    phase_is(s, &o, NOW + 300, TG_PHASE_GRACE);
    phase_is(s, &o, NOW + 599, TG_PHASE_GRACE);
    phase_is(s, &o, NOW + 600, TG_PHASE_ANNOUNCED);
    assert_int_equal(tg_phase_next_change(s, &o, NOW + 100, 0, &next), NOW + 300);
    assert_int_equal(next, TG_PHASE_GRACE);
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 200, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + 100);
    assert_int_equal(trial.end, NOW + 300);
    assert_true(tg_phase_is_overridden(s, &o, NOW + 299, 0));
    assert_true(tg_phase_is_overridden(s, &o, NOW + 300, 0));
    assert_false(tg_phase_is_overridden(s, &o, NOW + 600, 0));
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 300, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + DAY);
    o.since = o.stopped_at; /* in the same second: what was stopped is part of it */
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 200, 0, &trial), 1);
    assert_int_equal(trial.start, NOW);
    o.since = NOW + 61;
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 200, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + 61);
    o.since = NOW + 59;
    phase_is(s, &o, NOW + 100, TG_PHASE_GRACE);
    o.since = NOW + 100;
    tg_override_stop(&o, NOW + 60, TG_NEVER);
    phase_is(s, &o, NOW + 299, TG_PHASE_TRIAL);
    phase_is(s, &o, NOW + 300, TG_PHASE_GRACE);
    phase_is(s, &o, NOW + DAY, TG_PHASE_GRACE);
    o.until = NOW + 700;
    tg_override_stop(&o, NOW + 60, NOW + 600);
    phase_is(s, &o, NOW + 699, TG_PHASE_TRIAL);
    phase_is(s, &o, NOW + 700, TG_PHASE_ANNOUNCED);
}

/* A trial of the dates may follow what was stopped at once: it began then. */
static void what_follows_a_stop_began_at_its_end(void **state)
{
    tg_schedule_t *s = daily_trials(unit_pool);
    tg_override_t o = nothing;
    tg_interval_t trial;

    (void)state;
    tg_override_stop(&o, NOW + 60, NOW + 400);
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 400, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + 400);
    assert_int_equal(tg_phase_next_trial(s, &o, NOW + 500, 0, &trial), 1);
    assert_int_equal(trial.start, NOW + 400);
}

/* What was taken back until an instant; a trial by hand takes nothing back. */
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
    assert_false(tg_override_resumes(&trial, NOW));
}

/* A ledger of three schedules, of which the second one is stopped. */
static tg_ledger_t *second_is_stopped(const tg_guard_trip_t *trip)
{
    static const char *const names[] = { "first", "second", "third" };
    tg_ledger_t *ledger = aligned_alloc(_Alignof(tg_ledger_t), sizeof(*ledger));
    size_t i;

    assert_non_null(ledger);
    memset(ledger, 0, sizeof(*ledger));
    for (i = 0; i < ROWS(names); i++) {
        tg_ledger_schedule(ledger, names[i]);
    }
    tg_ledger_trip(ledger, 1, trip);
    return ledger;
}

static void a_stop_is_found_by_its_name(void **state)
{
    const tg_guard_trip_t stop = { NOW, NOW + 600, { 20, 5 }, 300 };
    tg_ledger_t *ledger = second_is_stopped(&stop);
    static const char *const others[] = { "first", "third", "unknown" };
    tg_guard_trip_t found = tg_ledger_tripped_of(ledger, "second");
    size_t i;

    (void)state;
    memset(ledger->masks, 0xFF, sizeof(ledger->masks)); /* what lies before the stops is none */
    same_number(found.at, NOW, "at");
    same_number(found.until, NOW + 600, "until");
    same_number((int64_t)found.met.requests, 20, "requests");
    same_number((int64_t)found.met.rejected, 5, "rejected");
    same_number(found.share, 300, "share");
    for (i = 0; i < ROWS(others); i++) {
        found = tg_ledger_tripped_of(ledger, others[i]);
        same_number(found.at, 0, others[i]);
        same_number(found.until, 0, others[i]);
        same_number((int64_t)found.met.requests, 0, others[i]);
        same_number((int64_t)found.met.rejected, 0, others[i]);
        same_number(found.share, 0, others[i]);
    }
    free(ledger);
}

/* The set that was given is as it was, and it is the one that is returned where nothing is stopped. */
static void only_what_is_stopped_is_added(void **state)
{
    tg_ledger_t *ledger = second_is_stopped(&(tg_guard_trip_t){ NOW, NOW + 600, { 2, 1 }, 1 });
    tg_override_set_t *given = tg_override_set_create(unit_pool);
    const tg_override_set_t *set;

    (void)state;
    tg_override_of(given, "by-hand")->resumed = NOW;
    set = tg_ledger_overrides(unit_pool, ledger, given);
    same_number(apr_hash_count(set->overrides), 2, "one more");
    assert_non_null(tg_override_find(set, "by-hand"));
    same_number(tg_override_find(set, "second")->stopped_until, NOW + 600, "until");
    same_number(apr_hash_count(given->overrides), 1, "as it was");
    assert_ptr_equal(tg_ledger_overrides(unit_pool, NULL, given), given);
    tg_ledger_trip_end(ledger, 1);
    assert_ptr_equal(tg_ledger_overrides(unit_pool, ledger, given), given);
    free(ledger);
}

/* Before 1970 and after 2106 half a word has the nearest second that it can have. */
static void a_clock_that_is_far_off_is_cut(void **state)
{
    tg_ledger_t *ledger = second_is_stopped(&(tg_guard_trip_t){ -1, 600, { 2, 1 }, 1 });
    tg_guard_trip_t found = tg_ledger_tripped(ledger, 1);

    (void)state;
    same_number(found.at, 0, "before 1970");
    same_number(found.until, 600, "and until a time after it");
    tg_ledger_trip(ledger, 1, &(tg_guard_trip_t){ NOW, INT64_C(0x100000000), { 2, 1 }, 1 });
    found = tg_ledger_tripped(ledger, 1);
    same_number(found.at, NOW, "now");
    same_number(found.until, INT64_C(0xFFFFFFFE), "until after 2106");
    free(ledger);
}

/* What the parent had found was of the stop before it, whether or not that was ended. */
static void a_stop_of_before_a_restart_is_new(void **state)
{
    const tg_guard_trip_t stop = { NOW, NOW + 600, { 2, 1 }, 1 };
    tg_ledger_t *ledger = second_is_stopped(&stop);

    (void)state;
    same_number(ledger->guards[1].found, TG_LEDGER_STOP_ON, "stopped");
    tg_ledger_trip_again(ledger, 1, &stop);
    same_number(ledger->guards[1].found, TG_LEDGER_STOP_NEW, "again");
    same_number((int64_t)ledger->guards[1].trips, 1, "counted once");
    free(ledger);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stopped_trial_is_grace_until_its_end),
    cmocka_unit_test(hold_stops_every_trial),
    cmocka_unit_test(a_stopped_trial_by_hand_is_grace),
    cmocka_unit_test(a_suspend_goes_before_a_stop),
    cmocka_unit_test(a_later_trial_by_hand_runs_in_a_stop),
    cmocka_unit_test(what_follows_a_stop_began_at_its_end),
    cmocka_unit_test(what_takes_it_back),
    cmocka_unit_test(a_stop_is_found_by_its_name),
    cmocka_unit_test(only_what_is_stopped_is_added),
    cmocka_unit_test(a_clock_that_is_far_off_is_cut),
    cmocka_unit_test(a_stop_of_before_a_restart_is_new),
};

UNIT_MAIN(tests)
