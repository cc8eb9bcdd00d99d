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
    int only_breaking;    /**< those that a trial or cutoff rejects, now or later */
    int page;             /**< from 0 */
} tg_straggler_query_t;

/** What a schedule and the operator say of a straggler: asked for those that are shown, and for each
 * one where only_breaking is. */
typedef struct {
    /** From when it is rejected: TG_ALWAYS if it is now, TG_NEVER if no date says so. */
    tg_instant_t (*breaks)(void *context, const tg_straggler_t *straggler);
    /** The advice of the operator; NULL if none fits. */
    const char *(*advice)(void *context, const tg_straggler_t *straggler);
    void *context;
} tg_straggler_judge_t;

/** One that is shown. */
typedef struct {
    tg_straggler_t seen;
    tg_instant_t breaks; /**< as its judge says */
    const char *advice;  /**< likewise */
} tg_straggler_row_t;

/** What is shown. */
typedef struct {
    const apr_array_header_t
        *rows; /**< of tg_straggler_row_t, those of the page; NULL: none are kept, or asked for */
    int found; /**< how many there are in all pages */
    tg_straggler_query_t query; /**< what was asked for */
    uint32_t capacity, used;
    uint64_t forgotten; /**< had to leave for others */
    uint64_t missed;    /**< sights that found the table busy */
} tg_straggler_list_t;

/** `last-seen`, `first-seen`, `requests`, `rejected`: name number @p i, from 0; NULL: no more. */
const char *tg_straggler_sorts(int i);

/** 1 if the page can be had without a look at all others: it is of all stragglers, those seen last
 * first. */
int tg_straggler_query_is_plain(const tg_straggler_query_t *query);

/**
 * Chooses from all of them, in no order, which are left as they are.
 * @param all   of tg_straggler_t; of a plain query those of its page, in order
 * @param table the numbers of the table
 */
tg_straggler_list_t tg_straggler_list(apr_pool_t *pool, const apr_array_header_t *all,
                                      const tg_stragglers_t *table,
                                      const tg_straggler_query_t *query,
                                      const tg_straggler_judge_t *judge);

#endif
