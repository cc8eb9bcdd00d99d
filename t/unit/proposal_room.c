/* Series of trials: where each window is placed, beside the others and what the schedule has already; whom
 * windows of a length would meet at all; and lines of the windows that there are, not of more.
 */
#include "unit.h"

#include "forecast/cover.h"
#include "forecast/proposal.h"

#define MONDAY INT64_C(1530489600) /* 2018-07-02T00:00:00Z */
#define WEEK INT64_C(604800)
#define STEP TG_WEEK_STEP

/* Who came, so many weeks before that Monday and at which step of the week. */
typedef struct {
    uint32_t client;
    int weeks_ago, step;
} came_t;

static tg_proposal_question_t question_of(const came_t *came, size_t count, uint32_t clients)
{
    static const uint32_t numbers[] = { 0, 1, 2, 3 };
    tg_visits_t *visits = tg_visits_create(unit_pool, NULL);
    tg_interval_t history = { MONDAY - WEEK, MONDAY };
    size_t i;

    for (i = 0; i < count; i++) {
        tg_instant_t time = MONDAY - came[i].weeks_ago * WEEK + came[i].step * STEP;

        tg_visits_add(visits, &(const tg_visit_t){ came[i].client, (uint32_t)(time / STEP), 1 });
        history.start = MONDAY - came[i].weeks_ago * WEEK < history.start
                            ? MONDAY - came[i].weeks_ago * WEEK
                            : history.start;
    }
    tg_visits_sort(visits);
    return (tg_proposal_question_t){
        .week = tg_week_make(unit_pool, visits, numbers, clients, &history, TG_WEEK_OFTEN),
        .from = MONDAY,
        .until = MONDAY + 2 * WEEK,
        .longest = STEP,
        .grid = STEP,
        .need = clients,
        .work = TG_COVER_WORK_MAX,
    };
}

static const apr_array_header_t *kept_step(int step)
{
    apr_array_header_t *kept = apr_array_make(unit_pool, 1, sizeof(tg_window_t));

    APR_ARRAY_PUSH(kept, tg_window_t) =
        (tg_window_t){ .interval = { MONDAY + step * STEP, MONDAY + (step + 1) * STEP } };
    return kept;
}

/* The two windows that are proposed are apart. */
static const tg_interval_t *two_apart(const tg_proposal_question_t *q, const char *row)
{
    tg_proposal_t proposal;
    const tg_interval_t *a, *b;

    CHECK(tg_proposal_find(unit_pool, q, &proposal) == TG_PROPOSAL_FOUND, "%s: none", row);
    same_number(proposal.windows->nelts, 2, row);
    a = &APR_ARRAY_IDX(proposal.windows, 0, tg_proposed_window_t).interval;
    b = &APR_ARRAY_IDX(proposal.windows, 1, tg_proposed_window_t).interval;
    CHECK(b->start > a->end, "%s: they overlap or touch", row);
    CHECK(b->end <= q->until, "%s: one is too late", row);
    return b;
}

/* No window begins before the time from which they may. */
static void the_time_begins_on_the_grid(void **state)
{
    static const came_t came[] = { { 0, 1, 0 } };
    static const struct {
        int64_t after;
        int weeks;
    } rows[] = { { 0, 0 }, { 1, 1 }, { STEP - 1, 1 }, { STEP, 1 } };
    tg_proposal_question_t q = question_of(came, ROWS(came), 1);
    tg_proposal_t proposal;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        q.from = MONDAY + rows[i].after;
        CHECK(tg_proposal_find(unit_pool, &q, &proposal) == TG_PROPOSAL_FOUND, "row %d", (int)i);
        same_number(APR_ARRAY_IDX(proposal.windows, 0, tg_proposed_window_t).interval.start,
                    MONDAY + rows[i].weeks * WEEK, "the first that has not begun");
    }
}

/* Of two trials that are near each other the second one does not free the place of the first. */
static void all_that_is_kept_is_taken(void **state)
{
    static const came_t came[] = { { 0, 1, 5 } };
    tg_proposal_question_t q = question_of(came, ROWS(came), 1);
    apr_array_header_t *kept = apr_array_copy(unit_pool, kept_step(5));
    tg_proposal_t proposal;

    (void)state;
    q.until = MONDAY + WEEK;
    q.kept = kept;
    APR_ARRAY_PUSH(kept, tg_window_t) = APR_ARRAY_IDX(kept_step(7), 0, tg_window_t);
    same_number(tg_proposal_find(unit_pool, &q, &proposal), TG_PROPOSAL_BEYOND, "one week");
    q.until = MONDAY + 2 * WEEK;
    same_number(tg_proposal_find(unit_pool, &q, &proposal), TG_PROPOSAL_FOUND, "two weeks");
}

/* Each needs both of its steps, and both of them together are longer than a window may be. */
static void windows_that_would_overlap_are_in_two_weeks(void **state)
{
    static const came_t came[] = { { 0, 4, 5 }, { 0, 3, 6 }, { 1, 4, 6 }, { 1, 3, 7 } };
    tg_proposal_question_t q = question_of(came, ROWS(came), 2);

    (void)state;
    q.longest = 2 * STEP;
    two_apart(&q, "overlap");
}

/* The first step is taken in the first week, so its window is in the second: right after the last step. */
static void windows_of_two_weeks_do_not_touch(void **state)
{
    static const came_t came[] = { { 0, 1, 0 }, { 1, 1, TG_WEEK_STEPS - 1 } };
    tg_proposal_question_t q = question_of(came, ROWS(came), 2);

    (void)state;
    q.kept = kept_step(0);
    same_number(two_apart(&q, "over the week")->end, MONDAY + 2 * WEEK, "at its end");
    q.kept = NULL;
    same_number(two_apart(&q, "nothing kept")->end, MONDAY + WEEK, "the first week");
}

static void whom_windows_of_a_length_meet(void **state)
{
    static const came_t came[] = { { 0, 4, 5 }, { 0, 3, 6 }, { 1, 1, 100 }, { 2, 1, 101 } };
    tg_proposal_question_t q = question_of(came, ROWS(came), 3);

    (void)state;
    same_number(tg_proposal_reachable(unit_pool, &q, STEP), 2, "each at its step");
    same_number(tg_proposal_reachable(unit_pool, &q, 2 * STEP), 3, "and one at two");
    same_number(tg_proposal_reachable(unit_pool, &q, 2 * WEEK), 3, "of a week at most");
    q.kept = kept_step(5);
    same_number(tg_proposal_reachable(unit_pool, &q, 2 * STEP), 3, "another week is free");
    q.until = MONDAY + 102 * STEP;
    same_number(tg_proposal_reachable(unit_pool, &q, 2 * STEP), 2, "where there is one");
    q.until = MONDAY + 101 * STEP;
    same_number(tg_proposal_reachable(unit_pool, &q, 2 * STEP), 1, "the time is over");
    q.until = MONDAY + STEP - 1;
    same_number(tg_proposal_reachable(unit_pool, &q, STEP), 0, "no time");
}

/* What lies in memory after the last window would go on with its row. */
static void a_line_ends_with_the_windows(void **state)
{
    apr_array_header_t *windows = apr_array_make(unit_pool, 8, sizeof(tg_proposed_window_t));
    const apr_array_header_t *trials;
    const tg_trial_t *trial;
    int i;

    (void)state;
    for (i = 0; i < 4; i++) {
        APR_ARRAY_PUSH(windows, tg_proposed_window_t) =
            (tg_proposed_window_t){ .interval = { MONDAY + i * 3600, MONDAY + i * 3600 + STEP } };
    }
    apr_array_pop(windows);
    trials = tg_proposal_trials(unit_pool, windows);
    same_number(trials->nelts, 1, "one line");
    trial = &APR_ARRAY_IDX(trials, 0, tg_trial_t);
    same_number(trial->every, 3600, "every hour");
    same_number(trial->until, MONDAY + 2 * 3600 + STEP, "until the third ends");
    same_number(trial->share, 100, "of all");
    apr_array_pop(windows);
    trials = tg_proposal_trials(unit_pool, windows);
    same_number(trials->nelts, 2, "two are no row");
    same_number(APR_ARRAY_IDX(trials, 1, tg_trial_t).every, 0, "each for itself");
    same_number(APR_ARRAY_IDX(trials, 1, tg_trial_t).until, TG_NEVER, "and once");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_time_begins_on_the_grid),
    cmocka_unit_test(all_that_is_kept_is_taken),
    cmocka_unit_test(windows_that_would_overlap_are_in_two_weeks),
    cmocka_unit_test(windows_of_two_weeks_do_not_touch),
    cmocka_unit_test(whom_windows_of_a_length_meet),
    cmocka_unit_test(a_line_ends_with_the_windows),
};

UNIT_MAIN(tests)
