/* The bound from below of a cover: see cover.h, step 3.
 *
 * With a price for each client, any choice costs the prices of the clients that it meets, and at
 * least what its windows cost more than the prices of their clients (their excess; a client that
 * two windows meet is paid twice, which makes the excess too small and the bound no greater). So no
 * choice costs less than the `need` cheapest prices and the least sum of excesses of windows that
 * may be chosen together. The prices are moved towards the greatest such bound: up where a client
 * of the cheapest is in no window of that sum, and down where it is in several. They begin twice,
 * once with equal prices and once with the best that was found, since neither is the better one
 * each time.
 */
#include "cover_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 400

/* After this many rounds without a better bound the steps are halved. */
#define PATIENCE 15

#define WAYS_TO_SHARE 5

/* While the prices are moved. */
typedef struct {
    const tg_cover_question_t *q;
    tg_cover_prices_t *best;
    double *price, *excess, *push;
    uint32_t *order;
    int *by_end;   /* the windows, those that end first before the others */
    int last;      /* the end of the last one */
    double *sum;   /* by step: the least sum of excesses of windows that end before it or there */
    int *taken_by; /* by step: the window that ends there in that sum; -1: none. Where windows may
                      touch: that begins there */
} pricing_t;

static int compare_priced(const void *a, const void *b, void *data)
{
    const double *price = data;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return price[x] != price[y] ? (price[x] > price[y]) - (price[x] < price[y]) : (x > y) - (x < y);
}

static int compare_window_ends(const void *a, const void *b, void *data)
{
    const tg_cover_window_t *windows = ((const pricing_t *)data)->q->windows;
    int x = *(const int *)a, y = *(const int *)b;

    return windows[x].end != windows[y].end ? windows[x].end - windows[y].end : x - y;
}

static void find_excesses(pricing_t *p)
{
    int i;

    for (i = 0; i < p->q->count; i++) {
        const tg_cover_window_t *w = &p->q->windows[i];
        double excess = (double)w->cost;
        uint32_t j;

        for (j = 0; j < w->count; j++) {
            excess -= p->price[w->members[j]];
        }
        p->excess[i] = excess;
    }
}

/* The least sum, from one step to the next: the last window ends there, or there is none. */
static double least_sum(pricing_t *p)
{
    int step, i = 0;

    for (step = 0; step <= p->last; step++) {
        p->sum[step] = step > 0 ? p->sum[step - 1] : 0;
        p->taken_by[step] = -1;
        for (; i < p->q->count && p->q->windows[p->by_end[i]].end == step; i++) {
            int window = p->by_end[i], start = p->q->windows[window].start;
            double sum = p->excess[window] + (start > 0 ? p->sum[start - 1] : 0);

            if (sum < p->sum[step]) {
                p->sum[step] = sum;
                p->taken_by[step] = window;
            }
        }
    }
    return p->sum[p->last];
}

/* Where windows may touch only one of those with the same start is chosen, since it has the
 * others. */
static double least_sum_of_starts(pricing_t *p)
{
    double sum = 0;
    int i;

    for (i = 0; i <= p->last; i++) {
        p->taken_by[i] = -1;
    }
    for (i = 0; i < p->q->count; i++) {
        int *taken = &p->taken_by[p->q->windows[i].start];

        if (p->excess[i] < (*taken >= 0 ? p->excess[*taken] : 0)) {
            sum += p->excess[i] - (*taken >= 0 ? p->excess[*taken] : 0);
            *taken = i;
        }
    }
    return sum;
}

/* Which way each price is to go: one more that is paid for, one less for each window that has
 * it. */
static double find_push(pricing_t *p)
{
    uint32_t i;
    int step = p->last;
    double square = 0;

    memset(p->push, 0, (size_t)p->q->clients * sizeof(*p->push));
    for (i = 0; i < p->q->need; i++) {
        p->push[p->order[i]] = 1;
    }
    while (step >= 0) {
        int window = p->taken_by[step];
        const tg_cover_window_t *w = window >= 0 ? &p->q->windows[window] : NULL;

        for (i = 0; w && i < w->count; i++) {
            p->push[w->members[i]] -= 1;
        }
        step = w && !p->q->may_touch ? w->start - 1 : step - 1;
    }
    for (i = 0; i < p->q->clients; i++) {
        square += p->push[i] * p->push[i];
    }
    return square;
}

static void keep_prices(pricing_t *p, double overpaid, double bound)
{
    tg_cover_prices_t *best = p->best;

    best->overpaid = overpaid;
    best->bound = bound;
    memcpy(best->price, p->price, (size_t)p->q->clients * sizeof(*p->price));
    memcpy(best->order, p->order, (size_t)p->q->clients * sizeof(*p->order));
    memcpy(best->excess, p->excess, (size_t)p->q->count * sizeof(*p->excess));
}

static void move_prices(pricing_t *p, double length)
{
    uint32_t i;

    for (i = 0; i < p->q->clients; i++) {
        double price = p->price[i] + length * p->push[i];

        p->price[i] = price > 0 ? price : 0;
    }
}

static double bound_of_prices(pricing_t *p, double *overpaid)
{
    double bound;
    uint32_t i;

    qsort_r(p->order, p->q->clients, sizeof(*p->order), compare_priced, p->price);
    find_excesses(p);
    bound = *overpaid = p->q->may_touch ? least_sum_of_starts(p) : least_sum(p);
    for (i = 0; i < p->q->need; i++) {
        bound += p->price[p->order[i]];
    }
    return bound;
}

/* In how many windows each client is. */
static void count_windows(pricing_t *p, double *windows)
{
    uint32_t j;
    int i;

    memset(windows, 0, (size_t)p->q->clients * sizeof(*windows));
    for (i = 0; i < p->q->count; i++) {
        for (j = 0; j < p->q->windows[i].count; j++) {
            windows[p->q->windows[i].members[j]] += 1;
        }
    }
    for (j = 0; j < p->q->clients; j++) {
        p->order[j] = j;
        p->best->clients += windows[j] > 0.5;
    }
}

/* Each client pays its part of the window where that is least, so that no window is overpaid. */
static void share_costs(pricing_t *p, const double *weight)
{
    uint32_t j;
    int i;

    for (j = 0; j < p->q->clients; j++) {
        p->price[j] = INFINITY;
    }
    for (i = 0; i < p->q->count; i++) {
        const tg_cover_window_t *w = &p->q->windows[i];
        double all = 0;

        for (j = 0; j < w->count; j++) {
            all += weight[w->members[j]];
        }
        for (j = 0; j < w->count; j++) {
            double part = (double)w->cost * weight[w->members[j]] / all;

            if (part < p->price[w->members[j]]) {
                p->price[w->members[j]] = part;
            }
        }
    }
}

/* The best of some ways to share: equally, and with less and less for those who are in many
 * windows. */
static void set_first_prices(apr_pool_t *pool, pricing_t *p)
{
    apr_size_t size = (p->q->clients + (apr_size_t)1) * sizeof(double);
    double *windows = apr_palloc(pool, size), *weight = apr_palloc(pool, size), overpaid;
    uint32_t j;
    int way;

    count_windows(p, windows);
    for (j = 0; j < p->q->clients; j++) {
        weight[j] = 1;
    }
    for (way = 0; way < WAYS_TO_SHARE && p->best->clients >= p->q->need; way++) {
        double bound;

        share_costs(p, weight);
        bound = bound_of_prices(p, &overpaid);
        if (way == 0 || bound > p->best->bound) {
            keep_prices(p, overpaid, bound);
        }
        for (j = 0; j < p->q->clients; j++) {
            weight[j] /= windows[j] > 0.5 ? windows[j] : 1;
        }
    }
    for (j = 0; j < p->q->clients; j++) {
        weight[j] = 1;
    }
    share_costs(p, weight);
}

static int rounds_within(const tg_cover_question_t *q)
{
    uint64_t work = (uint64_t)q->clients * 32;
    int i;

    for (i = 0; i < q->count; i++) {
        work += q->windows[i].count;
    }
    work = q->work / (work ? work : 1);
    return work < ROUNDS_MAX ? (int)work + 1 : ROUNDS_MAX;
}

static void raise_bound(pricing_t *p, double upper)
{
    double pace = 1;
    int round, waited = 0, rounds = rounds_within(p->q);

    for (round = 0; round < rounds; round++) {
        double overpaid, square, bound = bound_of_prices(p, &overpaid);

        waited++;
        if (bound > p->best->bound) {
            keep_prices(p, overpaid, bound);
            waited = 0;
        }
        square = find_push(p);
        if (square < 0.5 || upper - p->best->bound < 1 - 1e-6) {
            return;
        }
        pace = waited == PATIENCE ? pace / 2 : pace;
        waited = waited == PATIENCE ? 0 : waited;
        move_prices(p, pace * (upper - bound) / square);
    }
}

/* What a choice costs at most: all windows. */
static double cost_of_all(const tg_cover_question_t *q)
{
    double cost = 0;
    int i;

    for (i = 0; i < q->count; i++) {
        cost += (double)q->windows[i].cost;
    }
    return cost;
}

static void begin_pricing(apr_pool_t *pool, pricing_t *p)
{
    apr_size_t clients = p->q->clients + (apr_size_t)1, windows = (apr_size_t)p->q->count + 1;
    int i;

    p->best->price = apr_palloc(pool, clients * sizeof(double));
    p->best->order = apr_palloc(pool, clients * sizeof(uint32_t));
    p->best->excess = apr_palloc(pool, windows * sizeof(double));
    p->price = apr_palloc(pool, clients * sizeof(double));
    p->push = apr_palloc(pool, clients * sizeof(double));
    p->order = apr_palloc(pool, clients * sizeof(uint32_t));
    p->excess = apr_palloc(pool, windows * sizeof(double));
    p->by_end = apr_palloc(pool, windows * sizeof(int));
    for (i = 0; i < p->q->count; i++) {
        p->by_end[i] = i;
        p->last = p->q->windows[i].end > p->last ? p->q->windows[i].end : p->last;
    }
    qsort_r(p->by_end, (size_t)p->q->count, sizeof(int), compare_window_ends, p);
    p->sum = apr_palloc(pool, ((apr_size_t)p->last + 1) * sizeof(double));
    p->taken_by = apr_palloc(pool, ((apr_size_t)p->last + 1) * sizeof(int));
}

tg_cover_prices_t tg_cover_bound(apr_pool_t *pool, const tg_cover_question_t *q, uint64_t upper)
{
    tg_cover_prices_t best = { 0 };
    pricing_t p = { .q = q, .best = &best };

    begin_pricing(pool, &p);
    set_first_prices(pool, &p);
    if (best.clients < q->need) { /* no choice meets enough */
        best.bound = INFINITY;
        return best;
    }
    raise_bound(&p, upper == UINT64_MAX ? cost_of_all(q) : (double)upper);
    memcpy(p.price, best.price, q->clients * sizeof(double));
    raise_bound(&p, upper == UINT64_MAX ? cost_of_all(q) : (double)upper);
    return best;
}
