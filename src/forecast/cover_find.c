/* The cheapest windows that meet enough clients: see cover.h. */
#include "cover_parts.h"

#include <stdlib.h>
#include <string.h>

/* --- greedy --- */

/* A window in the heap, with its gain when that was last counted. */
typedef struct {
    int window;
    uint32_t gain; /* no more than is needed */
} leader_t;

static int is_better_leader(const tg_cover_question_t *q, const leader_t *a, const leader_t *b)
{
    double x = (double)a->gain * (double)q->windows[b->window].cost;
    double y = (double)b->gain * (double)q->windows[a->window].cost;

    return x > y || (x >= y && a->window < b->window);
}

static void sink_leader(const tg_cover_question_t *q, leader_t *heap, int n, int i)
{
    for (;;) {
        int best = i, child = 2 * i + 1;
        leader_t moved = heap[i];

        if (child < n && is_better_leader(q, &heap[child], &heap[best])) {
            best = child;
        }
        if (child + 1 < n && is_better_leader(q, &heap[child + 1], &heap[best])) {
            best = child + 1;
        }
        if (best == i) {
            return;
        }
        heap[i] = heap[best];
        heap[best] = moved;
        i = best;
    }
}

static uint32_t needed_gain(tg_cover_choice_t *choice, const tg_cover_window_t *w)
{
    uint32_t gain = tg_cover_choice_gain(choice, w), rest = choice->q->need - choice->met;

    return gain < rest ? gain : rest;
}

static void choose_greedily(apr_pool_t *pool, tg_cover_choice_t *choice)
{
    const tg_cover_question_t *q = choice->q;
    leader_t *heap = apr_palloc(pool, ((apr_size_t)q->count + 1) * sizeof(*heap));
    int n = q->count, i;

    for (i = 0; i < n; i++) {
        heap[i] = (leader_t){ i, needed_gain(choice, &q->windows[i]) };
    }
    for (i = n / 2; i >= 0; i--) {
        sink_leader(q, heap, n, i);
    }
    while (choice->met < q->need && n > 0) {
        const tg_cover_window_t *w = &q->windows[heap[0].window];
        uint32_t gain = tg_cover_choice_touches(choice, w) ? 0 : needed_gain(choice, w);

        if (gain > 0 && gain == heap[0].gain) {
            tg_cover_choice_add(choice, heap[0].window);
            gain = 0;
        }
        heap[0].gain = gain;
        heap[0] = gain > 0 ? heap[0] : heap[--n];
        sink_leader(q, heap, n, 0);
    }
}

/* --- where windows are in each other's way --- */

static void remove_touched(tg_cover_choice_t *choice, const tg_cover_window_t *w)
{
    int i;

    for (i = choice->count - 1; i >= 0; i--) {
        if (tg_cover_windows_touch(&choice->q->windows[choice->chosen[i]], w)) {
            tg_cover_choice_remove(choice, i);
        }
    }
}

/* Replaces the windows that a window touches by it. */
static void put_instead(tg_cover_choice_t *choice, int window)
{
    remove_touched(choice, &choice->q->windows[window]);
    tg_cover_choice_add(choice, window);
}

static void restore_choice(tg_cover_choice_t *choice, const int *chosen, int count)
{
    while (choice->count > 0) {
        tg_cover_choice_remove(choice, choice->count - 1);
    }
    while (choice->count < count) {
        tg_cover_choice_add(choice, chosen[choice->count]);
    }
}

/* 1 if a window could take the place of others so that more clients are met. */
static int push_in(apr_pool_t *pool, tg_cover_choice_t *choice)
{
    const tg_cover_question_t *q = choice->q;
    int count = choice->count, best = -1, i;
    int *before = apr_palloc(pool, ((apr_size_t)count + 1) * sizeof(*before));
    uint32_t met = choice->met;
    double cost = (double)choice->cost, best_worth = 0;

    if (count > 0) {
        memcpy(before, choice->chosen, (size_t)count * sizeof(*before));
    }
    for (i = 0; i < q->count && choice->looks < q->work; i++) {
        if (tg_cover_choice_gain(choice, &q->windows[i]) > 0) {
            put_instead(choice, i);
            if (choice->met > met) {
                double more = (double)choice->cost - cost;
                double worth = (double)(choice->met - met) / (more > 1 ? more : 1);

                best = worth > best_worth ? i : best;
                best_worth = worth > best_worth ? worth : best_worth;
            }
            restore_choice(choice, before, count);
        }
    }
    if (best >= 0) {
        put_instead(choice, best);
    }
    return best >= 0;
}

/* --- local search --- */

static int compare_costs_down(const tg_cover_question_t *q, int a, int b)
{
    return (q->windows[a].cost < q->windows[b].cost) - (q->windows[a].cost > q->windows[b].cost);
}

/* The dearest first. */
static void order_chosen(tg_cover_choice_t *choice)
{
    int i, j;

    for (i = 1; i < choice->count; i++) {
        for (j = i;
             j > 0 && compare_costs_down(choice->q, choice->chosen[j - 1], choice->chosen[j]) > 0;
             j--) {
            int moved = choice->chosen[j];

            choice->chosen[j] = choice->chosen[j - 1];
            choice->chosen[j - 1] = moved;
        }
    }
}

/* The cheapest window that will do without the one that was taken out; -1: none is cheaper. */
static int cheaper_window(tg_cover_choice_t *choice, uint64_t cost)
{
    const tg_cover_question_t *q = choice->q;
    int best = -1, i;

    for (i = 0; i < q->count; i++) {
        const tg_cover_window_t *w = &q->windows[i];

        if (w->cost < cost && choice->met + w->count >= q->need &&
            !tg_cover_choice_touches(choice, w) &&
            choice->met + tg_cover_choice_gain(choice, w) >= q->need) {
            best = i;
            cost = w->cost;
        }
    }
    return best;
}

/* 1 if something became cheaper. Each window is taken out of the front once. */
static int improve_choice(tg_cover_choice_t *choice)
{
    int is_better = 0, left;

    order_chosen(choice);
    for (left = choice->count; left > 0 && choice->looks < choice->q->work; left--) {
        int window = choice->chosen[0];

        tg_cover_choice_remove(choice, 0);
        if (choice->met < choice->q->need) {
            int other = cheaper_window(choice, choice->q->windows[window].cost);

            tg_cover_choice_add(choice, other >= 0 ? other : window);
            is_better |= other >= 0;
        }
        else {
            is_better = 1;
        }
    }
    return is_better;
}

/* --- all of it --- */

static int compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int tg_cover_find(apr_pool_t *pool, const tg_cover_question_t *question, tg_cover_t *found)
{
    tg_cover_choice_t choice = tg_cover_choice_begin(pool, question);
    tg_cover_prices_t prices;
    int is_known, is_complete;

    *found =
        (tg_cover_t){ .chosen = apr_palloc(pool, ((apr_size_t)question->count + 1) * sizeof(int)) };
    choose_greedily(pool, &choice);
    choice.looks = 0;
    while (choice.met < question->need && push_in(pool, &choice)) {
    }
    is_known = choice.met >= question->need;
    choice.looks = 0;
    while (is_known && improve_choice(&choice)) {
    }
    tg_cover_keep(&choice, found);
    prices = tg_cover_bound(pool, question, is_known ? choice.cost : UINT64_MAX);
    is_complete = tg_cover_search(pool, question, &prices, found, is_known);
    is_known |= found->met >= question->need;
    found->least = is_complete ? found->cost : tg_cover_whole(prices.bound);
    found->least = found->least < found->cost ? found->least : found->cost;
    if (found->count > 0) {
        qsort(found->chosen, (size_t)found->count, sizeof(int), compare_numbers);
    }
    return is_known;
}
