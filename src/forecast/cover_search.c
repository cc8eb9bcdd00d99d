/* Branch and bound for a cover: see cover.h, step 4.
 *
 * Windows are added one after the other, those with the least excess first. Below a choice nothing
 * costs less than the choice, the cheapest prices of the clients that are still to be met, and the
 * least sum of excesses of the windows that may still be added. So what cannot be cheaper than the
 * best one is left out.
 */
#include "cover_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* While it searches. */
typedef struct {
    const tg_cover_question_t *q;
    const tg_cover_prices_t *prices;
    int *order;   /* windows, those with the least excess first */
    double *rest; /* by place in `order`: the least sum of excesses from there on, or less */
    int *place;   /* by depth: where to go on */
    double *base; /* by depth: the cheapest prices of those that are still to be met */
    tg_cover_choice_t choice;
    tg_cover_t *best;
    uint64_t limit; /* what is found must cost less */
    uint64_t work;  /* that is left */
} searching_t;

static int compare_excesses(const void *a, const void *b, void *data)
{
    const double *excess = ((const searching_t *)data)->prices->excess;
    int x = *(const int *)a, y = *(const int *)b;

    return excess[x] != excess[y] ? (excess[x] > excess[y]) - (excess[x] < excess[y]) : x - y;
}

/* Of windows with the same start only one can be chosen. */
static void find_rests(searching_t *s, apr_pool_t *pool)
{
    double *least, sum = 0;
    int i, last = 0;

    for (i = 0; i < s->q->count; i++) {
        last = s->q->windows[i].start > last ? s->q->windows[i].start : last;
    }
    least = apr_pcalloc(pool, ((apr_size_t)last + 1) * sizeof(*least));
    s->rest[s->q->count] = 0;
    for (i = s->q->count - 1; i >= 0; i--) {
        double excess = s->prices->excess[s->order[i]];
        double *before = &least[s->q->windows[s->order[i]].start];

        if (excess < *before) {
            sum += excess - *before;
            *before = excess;
        }
        s->rest[i] = sum > s->prices->overpaid ? sum : s->prices->overpaid;
    }
}

static double cheapest_rest(searching_t *s)
{
    uint32_t missing = s->q->need - s->choice.met, i;
    double sum = 0;

    for (i = 0; i < s->prices->clients && missing > 0; i++) {
        uint32_t client = s->prices->order[i];

        if (s->choice.times[client] == 0) {
            sum += s->prices->price[client];
            missing--;
        }
    }
    s->work -= i < s->work ? i : s->work;
    return missing > 0 ? INFINITY : sum;
}

/* 1 if what follows may be cheaper than the best. */
static int is_promising(const searching_t *s, int depth, int place)
{
    double bound = (double)s->choice.cost + s->base[depth] + s->rest[place];

    return tg_cover_whole(bound) < s->limit;
}

static void enter_choice(searching_t *s, int depth, int place)
{
    s->place[depth] = place;
    s->base[depth] = cheapest_rest(s);
}

static void try_window(searching_t *s, int *depth, int place)
{
    const tg_cover_window_t *w = &s->q->windows[s->order[place]];

    s->work -= w->count < s->work ? w->count : s->work;
    if (s->choice.cost + w->cost >= s->limit || tg_cover_choice_touches(&s->choice, w) ||
        tg_cover_choice_gain(&s->choice, w) == 0) {
        return;
    }
    tg_cover_choice_add(&s->choice, s->order[place]);
    if (s->choice.met >= s->q->need) {
        s->limit = s->choice.cost;
        tg_cover_keep(&s->choice, s->best);
        tg_cover_choice_remove(&s->choice, s->choice.count - 1);
        return;
    }
    enter_choice(s, ++*depth, place + 1);
}

static int search_all(searching_t *s)
{
    int depth = 0;

    enter_choice(s, 0, 0);
    while (s->work > 0) {
        int place = s->place[depth]++;

        if (place < s->q->count && is_promising(s, depth, place)) {
            try_window(s, &depth, place);
        }
        else if (depth-- == 0) {
            return 1;
        }
        else {
            tg_cover_choice_remove(&s->choice, s->choice.count - 1);
        }
        s->work -= s->work > 0;
    }
    return 0;
}

int tg_cover_search(apr_pool_t *pool, const tg_cover_question_t *q, const tg_cover_prices_t *prices,
                    tg_cover_t *best, int is_known)
{
    searching_t s = { .q = q, .prices = prices, .best = best, .work = q->work };
    apr_size_t count = (apr_size_t)q->count + 1;
    int i;

    if (prices->clients < q->need) {
        return 1;
    }
    s.limit = is_known ? best->cost : UINT64_MAX;
    s.choice = tg_cover_choice_begin(pool, q);
    s.order = apr_palloc(pool, count * sizeof(int));
    s.rest = apr_palloc(pool, count * sizeof(double));
    s.place = apr_palloc(pool, count * sizeof(int));
    s.base = apr_palloc(pool, count * sizeof(double));
    for (i = 0; i < q->count; i++) {
        s.order[i] = i;
    }
    qsort_r(s.order, (size_t)q->count, sizeof(int), compare_excesses, &s);
    find_rests(&s, pool);
    return search_all(&s);
}
