/* The first step of a cover, alone: without work the choice is that of a plain greedy search, which looks at
 * every window each time and not only at the one that leads.
 */
#include "unit.h"

#include "forecast/cover.h"

#define CASES 400
#define WINDOWS_MAX 24
#define CLIENTS_MAX 20

static uint64_t state_of_chance = 20180710;

static unsigned some(unsigned below)
{
    state_of_chance =
        state_of_chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state_of_chance >> 33) % below;
}

/* Windows that may touch, and their members. */
typedef struct {
    tg_cover_window_t windows[WINDOWS_MAX];
    uint32_t members[WINDOWS_MAX][CLIENTS_MAX];
    tg_cover_question_t q;
} case_t;

static void make_case(case_t *c)
{
    uint32_t client, clients = 2 + some(CLIENTS_MAX - 1);
    int i, count = 1 + (int)some(WINDOWS_MAX);

    for (i = 0; i < count; i++) {
        tg_cover_window_t *w = &c->windows[i];

        *w = (tg_cover_window_t){ i, i + 1, 1 + some(12), c->members[i], 0 };
        for (client = 0; client < clients; client++) {
            if (some(4) == 0 || (w->count == 0 && client == clients - 1)) {
                c->members[i][w->count++] = client;
            }
        }
    }
    c->q = (tg_cover_question_t){ c->windows, count, clients, 1 + some(clients), 1, 0 };
}

static uint32_t gain_of(const tg_cover_window_t *w, const int *is_met, uint32_t rest)
{
    uint32_t gain = 0, i;

    for (i = 0; i < w->count; i++) {
        gain += !is_met[w->members[i]];
    }
    return gain < rest ? gain : rest;
}

/* The window that meets most new clients for its cost, of several the first; -1: none meets a new one. */
static int best_window(const case_t *c, const int *is_met, uint32_t rest)
{
    int best = -1, i;
    uint32_t most = 0;

    for (i = 0; i < c->q.count; i++) {
        const tg_cover_window_t *w = &c->windows[i];
        uint32_t gain = gain_of(w, is_met, rest);

        if (gain > 0 && (best < 0 || gain * c->windows[best].cost > most * w->cost)) {
            best = i;
            most = gain;
        }
    }
    return best;
}

/* 1 if it meets enough. @param is_chosen by window */
static int choose_plainly(const case_t *c, int *is_chosen)
{
    int is_met[CLIENTS_MAX] = { 0 }, best;
    uint32_t met = 0, i;

    while (met < c->q.need && (best = best_window(c, is_met, c->q.need - met)) >= 0) {
        is_chosen[best] = 1;
        for (i = 0; i < c->windows[best].count; i++) {
            met += !is_met[c->windows[best].members[i]];
            is_met[c->windows[best].members[i]] = 1;
        }
    }
    return met >= c->q.need;
}

static void without_work_it_is_greedy(void **state)
{
    static case_t c;
    int number, enough = 0, i;

    (void)state;
    for (number = 0; number < CASES; number++) {
        int is_chosen[WINDOWS_MAX] = { 0 }, is_found;
        uint64_t cost = 0;
        tg_cover_t found;

        make_case(&c);
        is_found = tg_cover_find(unit_pool, &c.q, &found);
        same_number(is_found, choose_plainly(&c, is_chosen), "it meets enough");
        for (i = 0; i < c.q.count; i++) {
            cost += is_chosen[i] ? c.windows[i].cost : 0;
        }
        for (i = 0; i < found.count; i++) {
            CHECK(is_chosen[found.chosen[i]], "case %d: window %d", number, found.chosen[i]);
            CHECK(i == 0 || found.chosen[i] > found.chosen[i - 1], "case %d: by start", number);
        }
        same_number((int64_t)found.cost, (int64_t)cost, "its cost");
        CHECK(found.least <= found.cost, "case %d: it promises too much", number);
        enough += is_found;
    }
    CHECK(enough > CASES / 2, "only %d cases can be met", enough);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_work_it_is_greedy),
};

UNIT_MAIN(tests)
