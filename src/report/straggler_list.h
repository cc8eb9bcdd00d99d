/* The stragglers that a page shows: chosen, sorted and cut into pages. */
#ifndef TG_REPORT_STRAGGLER_LIST_H
#define TG_REPORT_STRAGGLER_LIST_H

#include "format/straggler_table.h"

/** How many a page has. */
#define TG_STRAGGLERS_A_PAGE 50

/** What is asked for. All zero: all, those seen last first, the first page. */
typedef struct {
    const char *schedule; /**< or NULL */
    const char *client;   /**< a part of its name, or NULL */
    tg_instant_t since;   /**< seen last then or later */
    const char *sort;     /**< one of tg_straggler_sorts(); NULL for the first of them */
    int page;             /**< from 0 */
} tg_straggler_query_t;

/** What is shown. */
typedef struct {
    const apr_array_header_t
        *items; /**< of tg_straggler_t, those of the page; NULL: none are kept */
    int found;  /**< how many there are in all pages */
    int page;
    uint32_t capacity, used;
    uint64_t forgotten; /**< had to leave for others */
    uint64_t missed;    /**< sights that found the table busy */
} tg_straggler_list_t;

/** `last-seen`, `first-seen`, `requests`, `rejected`: name number @p i, from 0; NULL: no more. */
const char *tg_straggler_sorts(int i);

/**
 * Chooses from all of them, in no order, which are left as they are.
 * @param all   of tg_straggler_t; NULL: none are kept
 * @param table the numbers of the table
 */
tg_straggler_list_t tg_straggler_list(apr_pool_t *pool, const apr_array_header_t *all,
                                      const tg_stragglers_t *table,
                                      const tg_straggler_query_t *query);

#endif
