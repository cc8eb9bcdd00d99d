/* Series of trials: each is as cheap as the cheapest of all series that there are, in small cases of
 * every kind; and what is not small keeps its promise.
 */
#include "unit.h"

#include "forecast/cover.h"
#include "forecast/proposal.h"

#include <stdlib.h>

#define MONDAY INT64_C(1530489600) /* 2018-07-02T00:00:00Z */
#define WEEK INT64_C(604800)
#define STEP TG_WEEK_STEP

/* --- small cases, and every series of each --- */

#define CASES 1000
#define STEPS_MAX 10
#define CLIENTS_MAX 9
#define WEEKS_MAX 3
#define WINDOWS_MAX 15

/* A small case: who came at which step of which week, the last one first. */
typedef struct {
    int steps, clients, weeks, longest, kept; /* kept: a step that is taken; -1: none */
    int ahead;                                /* weeks to come; 0: only these steps */
    unsigned need, window_cost;
    unsigned char came[CLIENTS_MAX][WEEKS_MAX][STEPS_MAX];
} case_t;

static uint64_t state_of_chance;

static unsigned some(unsigned below)
{
    state_of_chance =
        state_of_chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state_of_chance >> 33) % below;
}

static case_t random_case(void)
{
    case_t c = { 0 };
    unsigned often = 2 + some(6);
    int i, j, k;

    c.ahead = some(3) ? 0 : TG_PROPOSAL_WEEKS_MAX;
    c.steps = 2 + (int)some(c.ahead ? 4 : STEPS_MAX - 1);
    c.clients = 1 + (int)some(CLIENTS_MAX);
    c.weeks = 1 + (int)some(WEEKS_MAX);
    c.longest = 1 + (int)some(c.ahead ? 3 : 4);
    c.need = 1 + some((unsigned)c.clients);
    c.window_cost = some(3) ? 0 : some(5000);
    c.kept = some(4) ? -1 : (int)some((unsigned)c.steps);
    for (i = 0; i < c.clients; i++) {
        for (j = 0; j < c.weeks; j++) {
            for (k = 0; k < c.steps; k++) {
                c.came[i][j][k] = (unsigned char)(some(often) ? 0 : 1 + some(9));
            }
        }
        c.came[i][0][some((unsigned)c.steps)] |= 1; /* it came at all, in the last week */
    }
    return c;
}

/* In half of the weeks since it was first seen, at least. */
static int needed_weeks(const case_t *c, int client)
{
    int first = 0, j, k;

    for (j = 0; j < c->weeks; j++) {
        for (k = 0; k < c->steps; k++) {
            first = c->came[client][j][k] ? j : first;
        }
    }
    return (first + 2) / 2;
}

static int run_meets(const case_t *c, int client, int start, int end)
{
    int weeks = 0, j, k;

    for (j = 0; j < c->weeks; j++) {
        for (k = start; k < end && !c->came[client][j][k]; k++) {
        }
        weeks += k < end;
    }
    return weeks >= needed_weeks(c, client);
}

static uint64_t step_cost(const case_t *c, int step)
{
    uint64_t cost = 0;
    int i, j;

    for (i = 0; i < c->clients; i++) {
        for (j = 0; j < c->weeks; j++) {
            cost += c->came[i][j][step] * (uint64_t)TG_WEEK_REQUEST / (uint64_t)c->weeks;
        }
    }
    return cost;
}

/* Whom a set of steps meets, as bits; -1: it is no series. */
static int whom_it_meets(const case_t *c, unsigned set)
{
    int met = 0, start, end, i;

    if (c->kept >= 0 && (set << 1 | set | set >> 1) & 1U << c->kept) {
        return -1;
    }
    for (start = 0; start < c->steps; start = end + 1) {
        for (end = start; end < c->steps && set & 1U << end; end++) {
        }
        if (end - start > c->longest) {
            return -1;
        }
        for (i = 0; i < c->clients; i++) {
            met |= run_meets(c, i, start, end) << i;
        }
    }
    return met;
}

/* All windows that there are, where any of them may be chosen together. */
typedef struct {
    int met[WINDOWS_MAX];
    uint64_t cost[WINDOWS_MAX];
    int count;
} windows_t;

static windows_t all_windows(const case_t *c)
{
    windows_t all = { .count = 0 };
    int start, end, i;

    for (start = 0; start < c->steps; start++) {
        for (end = start + 1; end <= c->steps && end - start <= c->longest; end++) {
            all.met[all.count] = 0;
            all.cost[all.count] = c->window_cost;
            for (i = 0; i < c->clients; i++) {
                all.met[all.count] |= run_meets(c, i, start, end) << i;
            }
            for (i = start; i < end; i++) {
                all.cost[all.count] += step_cost(c, i);
            }
            all.count++;
        }
    }
    return all;
}

static uint64_t cheapest_of_windows(const case_t *c)
{
    windows_t all = all_windows(c);
    uint64_t best = UINT64_MAX;
    unsigned set;
    int i;

    for (set = 1; set < 1U << all.count; set++) {
        uint64_t cost = 0;
        int met = 0;

        for (i = 0; i < all.count; i++) {
            met |= set & 1U << i ? all.met[i] : 0;
            cost += set & 1U << i ? all.cost[i] : 0;
        }
        if ((unsigned)__builtin_popcount((unsigned)met) >= c->need && cost < best) {
            best = cost;
        }
    }
    return best;
}

/* The cost of the cheapest; UINT64_MAX: there is none. */
static uint64_t cheapest_of_all(const case_t *c)
{
    uint64_t best = UINT64_MAX;
    unsigned set;
    int i;

    for (set = 1; set < 1U << c->steps; set++) {
        int met = whom_it_meets(c, set);
        uint64_t cost =
            (uint64_t)__builtin_popcount(set & ~(set << 1)) * c->window_cost; /* of each run */

        for (i = 0; i < c->steps; i++) {
            cost += set & 1U << i ? step_cost(c, i) : 0;
        }
        if (met >= 0 && (unsigned)__builtin_popcount((unsigned)met) >= c->need && cost < best) {
            best = cost;
        }
    }
    return best;
}

static const tg_week_t *week_of(apr_pool_t *pool, const case_t *c)
{
    const tg_interval_t history = { MONDAY - c->weeks * WEEK, MONDAY };
    tg_visits_t *visits = tg_visits_create(pool, NULL);
    uint32_t numbers[CLIENTS_MAX];
    int i, j, k, n;

    for (i = 0; i < c->clients; i++) {
        numbers[i] = (uint32_t)i;
        for (j = 0; j < c->weeks; j++) {
            for (k = 0; k < c->steps; k++) {
                tg_record_t record = { .time = MONDAY - (j + 1) * WEEK + k * STEP };

                for (n = 0; n < c->came[i][j][k]; n++) {
                    tg_visits_note(visits, (uint32_t)i, &record, 1);
                }
            }
        }
    }
    tg_visits_sort(visits);
    return tg_week_make(pool, visits, numbers, (uint32_t)c->clients, &history, TG_WEEK_OFTEN);
}

static tg_proposal_question_t question_of(apr_pool_t *pool, const case_t *c)
{
    tg_proposal_question_t q = { .week = week_of(pool, c),
                                 .from = MONDAY,
                                 .until =
                                     c->ahead ? MONDAY + c->ahead * WEEK : MONDAY + c->steps * STEP,
                                 .longest = c->longest * STEP,
                                 .grid = STEP,
                                 .need = c->need,
                                 .window_cost = c->window_cost,
                                 .work = TG_COVER_WORK_MAX };
    apr_array_header_t *kept = apr_array_make(pool, 1, sizeof(tg_window_t));

    if (c->kept >= 0) {
        APR_ARRAY_PUSH(kept, tg_window_t) =
            (tg_window_t){ .interval = { MONDAY + c->kept * STEP, MONDAY + (c->kept + 1) * STEP } };
        q.kept = kept;
    }
    return q;
}

/* Whom the proposed windows meet, as bits; -1: two of them touch, or one what is kept. */
static int whom_they_meet(const case_t *c, const tg_proposal_t *proposal, tg_instant_t until)
{
    int met = 0, i, client;
    tg_instant_t last = 0;

    for (i = 0; i < proposal->windows->nelts; i++) {
        const tg_interval_t *w =
            &APR_ARRAY_IDX(proposal->windows, i, tg_proposed_window_t).interval;
        int start = (int)((w->start - MONDAY) % WEEK / STEP);
        int end = start + (int)((w->end - w->start) / STEP);

        if (w->start <= last || w->start < MONDAY || w->end > until || end - start > c->longest ||
            end > c->steps ||
            (c->kept >= 0 && w->start <= MONDAY + (c->kept + 1) * STEP &&
             w->end >= MONDAY + c->kept * STEP)) {
            return -1;
        }
        last = w->end;
        for (client = 0; client < c->clients; client++) {
            met |= run_meets(c, client, start, end) << client;
        }
    }
    return met;
}

static void check_case(apr_pool_t *pool, const case_t *c, int number, int *found)
{
    tg_proposal_question_t q = question_of(pool, c);
    tg_proposal_t proposal;
    tg_proposal_result_t result = tg_proposal_find(pool, &q, &proposal);
    uint64_t best = c->ahead ? cheapest_of_windows(c) : cheapest_of_all(c);
    int met;

    if (best == UINT64_MAX) {
        CHECK(result == TG_PROPOSAL_BEYOND || result == TG_PROPOSAL_MISSED,
              "case %d: there is no series, but %d", number, (int)result);
        return;
    }
    CHECK(result == TG_PROPOSAL_FOUND, "case %d: %d", number, (int)result);
    met = whom_they_meet(c, &proposal, q.until);
    CHECK(met >= 0, "case %d: it is no series", number);
    CHECK((unsigned)__builtin_popcount((unsigned)met) == proposal.met && proposal.met >= c->need,
          "case %d: it meets %d, says %u, and %u are needed", number,
          __builtin_popcount((unsigned)met), proposal.met, c->need);
    CHECK(proposal.cost == best, "case %d: it costs %llu, the cheapest %llu", number,
          (unsigned long long)proposal.cost, (unsigned long long)best);
    CHECK(proposal.requests == best - (uint64_t)proposal.windows->nelts * c->window_cost,
          "case %d: it rejects %llu", number, (unsigned long long)proposal.requests);
    CHECK(proposal.least == best, "case %d: it does not know that it is the cheapest", number);
    ++*found;
}

static void it_is_the_cheapest_of_all_series(void **state)
{
    apr_pool_t *pool;
    int i, found = 0;

    (void)state;
    state_of_chance = 20180710;
    apr_pool_create(&pool, unit_pool);
    for (i = 0; found < CASES; i++) {
        case_t c = random_case();

        check_case(pool, &c, i, &found);
        apr_pool_clear(pool);
    }
    CHECK(i < 2 * CASES, "only %d of %d cases have a series", found, i);
}

/* --- cases that are not small --- */

#define MANY_CLIENTS 400

/* Clients that come at some times of the week, and one in ten at all hours. */
static tg_proposal_question_t many_clients(apr_pool_t *pool, uint64_t work)
{
    const tg_interval_t history = { MONDAY - WEEK, MONDAY };
    tg_visits_t *visits = tg_visits_create(pool, NULL);
    uint32_t *numbers = apr_palloc(pool, MANY_CLIENTS * sizeof(*numbers));
    uint32_t i, n;

    state_of_chance = 20180810;
    for (i = 0; i < MANY_CLIENTS; i++) {
        numbers[i] = i;
        for (n = i % 10 ? 1 + some(5) : 168; n > 0; n--) {
            const tg_visit_t visit = { i,
                                       (uint32_t)((MONDAY - WEEK) / STEP +
                                                  (i % 10 ? some(TG_WEEK_STEPS) : 12 * (n - 1))),
                                       1 + some(20) };

            tg_visits_add(visits, &visit);
        }
    }
    tg_visits_sort(visits);
    return (tg_proposal_question_t){
        .week = tg_week_make(pool, visits, numbers, MANY_CLIENTS, &history, TG_WEEK_OFTEN),
        .from = MONDAY,
        .until = MONDAY + 2 * WEEK,
        .longest = 3600,
        .grid = STEP,
        .need = MANY_CLIENTS * 95 / 100,
        .work = work,
    };
}

static void it_keeps_its_promise(void **state)
{
    static const uint64_t works[] = { 1, 1000000, 100000000 };
    uint64_t least = 0, requests = UINT64_MAX;
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < ROWS(works); i++) {
        tg_proposal_question_t q = many_clients(unit_pool, works[i]);
        tg_proposal_t proposal;
        tg_instant_t last = 0;

        CHECK(tg_proposal_find(unit_pool, &q, &proposal) == TG_PROPOSAL_FOUND, "there is none");
        CHECK(proposal.met >= q.need, "%u are met", proposal.met);
        least = proposal.least > least ? proposal.least : least;
        requests = proposal.requests < requests ? proposal.requests : requests;
        CHECK(proposal.least <= requests && least <= proposal.requests,
              "work %llu: the promise is broken", (unsigned long long)works[i]);
        for (j = 0; j < proposal.windows->nelts; j++) {
            const tg_interval_t *w =
                &APR_ARRAY_IDX(proposal.windows, j, tg_proposed_window_t).interval;

            CHECK(w->start > last, "two windows touch");
            CHECK(w->end - w->start <= q.longest, "a window is too long");
            last = w->end;
        }
    }
    CHECK(requests - least < requests / 20, "with much work %llu, and at least %llu",
          (unsigned long long)requests, (unsigned long long)least);
}

/* --- in which week a window is placed --- */

/* One client comes so rarely that only a window over the end of the week meets it. */
static tg_proposal_question_t over_the_end(tg_instant_t until)
{
    const tg_interval_t history = { MONDAY - 4 * WEEK, MONDAY };
    const int64_t times[] = { MONDAY - 3 * WEEK - STEP, MONDAY - 2 * WEEK };
    static const uint32_t numbers[] = { 0 };
    apr_array_header_t *kept = apr_array_make(unit_pool, 1, sizeof(tg_window_t));
    tg_visits_t *visits = tg_visits_create(unit_pool, NULL);
    size_t i;

    for (i = 0; i < ROWS(times); i++) {
        tg_visits_add(visits, &(const tg_visit_t){ 0, (uint32_t)(times[i] / STEP), 1 });
    }
    tg_visits_sort(visits);
    APR_ARRAY_PUSH(kept, tg_window_t) =
        (tg_window_t){ .interval = { MONDAY + WEEK - STEP, MONDAY + WEEK } };
    return (tg_proposal_question_t){
        .week = tg_week_make(unit_pool, visits, numbers, 1, &history, TG_WEEK_OFTEN),
        .from = MONDAY,
        .until = until,
        .longest = 2 * STEP,
        .grid = STEP,
        .need = 1,
        .kept = kept,
        .work = TG_COVER_WORK_MAX,
    };
}

static void none_ends_later_than_it_may(void **state)
{
    tg_proposal_question_t q = over_the_end(MONDAY + 2 * WEEK + STEP);
    tg_proposal_t proposal;

    (void)state;
    CHECK(tg_proposal_find(unit_pool, &q, &proposal) == TG_PROPOSAL_FOUND,
          "the second week is free");
    same_number(APR_ARRAY_IDX(proposal.windows, 0, tg_proposed_window_t).interval.end, q.until,
                "it ends with the time");
    q = over_the_end(MONDAY + 2 * WEEK + STEP - 1);
    CHECK(tg_proposal_find(unit_pool, &q, &proposal) != TG_PROPOSAL_FOUND, "a second less");
}

/* Two who come one after the other, and never in one window, are met in two weeks. */
static void windows_that_would_touch_are_in_two_weeks(void **state)
{
    const tg_interval_t history = { MONDAY - WEEK, MONDAY };
    static const uint32_t numbers[] = { 0, 1 };
    uint32_t first;

    (void)state;
    for (first = 1; first <= 3; first++) { /* with fewer requests, as many, or more */
        tg_visits_t *visits = tg_visits_create(unit_pool, NULL);
        tg_proposal_question_t q = { .from = MONDAY,
                                     .until = MONDAY + 2 * WEEK,
                                     .longest = STEP,
                                     .grid = STEP,
                                     .need = 2,
                                     .work = TG_COVER_WORK_MAX };
        tg_proposal_t proposal;
        const tg_interval_t *a, *b;

        tg_visits_add(visits,
                      &(const tg_visit_t){ 0, (uint32_t)((MONDAY - WEEK) / STEP + 5), first });
        tg_visits_add(visits, &(const tg_visit_t){ 1, (uint32_t)((MONDAY - WEEK) / STEP + 6), 2 });
        tg_visits_sort(visits);
        q.week = tg_week_make(unit_pool, visits, numbers, 2, &history, TG_WEEK_OFTEN);
        CHECK(tg_proposal_find(unit_pool, &q, &proposal) == TG_PROPOSAL_FOUND, "there is none");
        same_number(proposal.windows->nelts, 2, "windows");
        a = &APR_ARRAY_IDX(proposal.windows, 0, tg_proposed_window_t).interval;
        b = &APR_ARRAY_IDX(proposal.windows, 1, tg_proposed_window_t).interval;
        CHECK(b->start > a->end, "they touch, with %u requests", first);
        CHECK(b->end <= q.until, "one is too late");
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(none_ends_later_than_it_may),
    cmocka_unit_test(windows_that_would_touch_are_in_two_weeks),
    cmocka_unit_test(it_is_the_cheapest_of_all_series),
    cmocka_unit_test(it_keeps_its_promise),
};

UNIT_MAIN(tests)
