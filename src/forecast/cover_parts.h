/* The steps of a cover, and what they share: see cover.h. */
#ifndef TG_FORECAST_COVER_PARTS_H
#define TG_FORECAST_COVER_PARTS_H

#include "cover.h"

/** A choice that grows and shrinks. */
typedef struct {
    const tg_cover_question_t *q;
    uint32_t *times; /**< by client: how many of the chosen windows meet it */
    uint32_t met;
    uint64_t cost;
    int *chosen;
    int count;
    uint64_t looks; /**< at members of windows */
} tg_cover_choice_t;

tg_cover_choice_t tg_cover_choice_begin(apr_pool_t *pool, const tg_cover_question_t *q);

/** Adds a window, or takes out the one at that place of `chosen`. */
void tg_cover_choice_add(tg_cover_choice_t *choice, int window);
void tg_cover_choice_remove(tg_cover_choice_t *choice, int place);

/** How many clients a window adds. */
uint32_t tg_cover_choice_gain(tg_cover_choice_t *choice, const tg_cover_window_t *window);

/** 1 if two windows overlap or touch. */
int tg_cover_windows_touch(const tg_cover_window_t *a, const tg_cover_window_t *b);

/** 1 if a window overlaps or touches one that is chosen, and may not. */
int tg_cover_choice_touches(const tg_cover_choice_t *choice, const tg_cover_window_t *window);

/** Prices of clients, and what follows from them. */
typedef struct {
    double *price;    /**< by client; infinite if no window meets it */
    uint32_t *order;  /**< the clients, the cheapest first */
    uint32_t clients; /**< that some window meets: the first of `order` */
    double *excess;   /**< by window: its cost less the prices of its clients */
    double overpaid;  /**< the least sum of excesses of windows that may be chosen together: 0 or
                           less */
    double bound;     /**< no choice costs less */
} tg_cover_prices_t;

/** Step 3. @param upper the cost of a choice that is known; UINT64_MAX: none is */
tg_cover_prices_t tg_cover_bound(apr_pool_t *pool, const tg_cover_question_t *q, uint64_t upper);

/**
 * Step 4: replaces @p best by a cheaper choice, as long as there is one.
 * @param is_known there is a choice in @p best
 * @return 1 if it came to its end: nothing is cheaper
 */
int tg_cover_search(apr_pool_t *pool, const tg_cover_question_t *q, const tg_cover_prices_t *prices,
                    tg_cover_t *best, int is_known);

/** The least whole cost that is no less than a bound, which may be a little too great. */
uint64_t tg_cover_whole(double bound);

/** Copies the choice. */
void tg_cover_keep(const tg_cover_choice_t *choice, tg_cover_t *to);

#endif
