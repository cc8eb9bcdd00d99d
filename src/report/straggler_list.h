/* The stragglers that a page shows: searched, sorted and cut into pages. */
#ifndef TG_REPORT_STRAGGLER_LIST_H
#define TG_REPORT_STRAGGLER_LIST_H

#include "base/interval.h"
#include "ledger/straggler_table.h"

#include <apr_tables.h>

/** How many a page has. */
#define TG_STRAGGLERS_A_PAGE 50

/** The most entries that are skipped, one after the other, to reach a page of those seen last. */
#define TG_STRAGGLERS_PASSED_MAX 2000

/** Which of them. */
typedef enum {
    TG_STRAGGLERS_ALL,
    TG_STRAGGLERS_LEFT,        /**< seen in the recent days, and neither moved nor exempt; without
                                    those of whom only handshakes failed */
    TG_STRAGGLERS_WOULD_BREAK, /**< that a trial or cutoff rejects, now or later, and not moved;
                                    without the same */
    TG_STRAGGLERS_WHICH
} tg_straggler_which_t;

/** `left`, `would-break`: what a query calls it; NULL for all of them. */
const char *tg_straggler_which(tg_straggler_which_t which);

/** What is asked for. All zero: all, those seen last first, the first page. */
typedef struct {
    const char *schedule; /**< or NULL */
    const char *client;   /**< a part of its name, or NULL; upper and lower case of ASCII are one */
    tg_instant_t since;   /**< seen last then or later */
    const char *sort;     /**< one of tg_straggler_sorts(); NULL for the first of them */
    tg_straggler_which_t only;
    tg_instant_t recent; /**< when the recent days began, for TG_STRAGGLERS_LEFT */
    int page;            /**< from 0 */
} tg_straggler_query_t;

/** Whether an entry is where it was. */
typedef enum {
    TG_STRAGGLER_HERE,
    TG_STRAGGLER_GONE, /**< another one is there now */
    TG_STRAGGLER_BUSY  /**< nobody can tell: the table was busy for too long */
} tg_straggler_here_t;

/** The table that they are in, which others write to meanwhile. */
typedef struct {
    /** Its numbers, without its entries. */
    void (*numbers)(tg_stragglers_t *table);
    /** Shows each entry to @p see, in no order, which must not keep others waiting. Returns 0 if
     * the table was too busy to show all of them. */
    int (*each)(void *context,
                void (*see)(void *context, uint32_t place, const tg_straggler_t *entry));
    /** Copies the entry at that place if it is here. */
    tg_straggler_here_t (*at)(uint32_t place, uint64_t hash, tg_straggler_t *copy);
    /** Adds those that were seen last to @p list, of tg_straggler_t, in order and without the first
     * @p skip. Returns 0 if the table was too busy. */
    int (*newest)(apr_array_header_t *list, int skip, int most);
} tg_straggler_source_t;

/**
 * What a schedule and the operator say about a straggler: called for those that are shown, and for
 * each one if a choice or a number depends on it.
 */
typedef struct {
    /** Until when it is exempt from its schedule; TG_ALWAYS if it is not now. */
    tg_instant_t (*exempt_until)(void *context, const tg_straggler_t *straggler);
    /** From when it is rejected: TG_ALWAYS if it is now, TG_NEVER if no date says so. */
    tg_instant_t (*breaks)(void *context, const tg_straggler_t *straggler);
    /** 1 if it is rejected at some time of @p when, which is not over. */
    int (*is_met)(void *context, const tg_straggler_t *straggler, const tg_interval_t *when);
    /** The advice of the operator; NULL if none fits. */
    const char *(*advice)(void *context, const tg_straggler_t *straggler);
    void *context;
} tg_straggler_judge_t;

/** One that is shown. */
typedef struct {
    tg_straggler_t seen;
    tg_instant_t exempt_until; /**< as its judge says */
    tg_instant_t breaks;       /**< the same */
    const char *advice;        /**< the same */
} tg_straggler_row_t;

/** What a search found, in its order: 32 bytes for each, and no entry is copied. */
typedef struct {
    const apr_array_header_t *keys; /**< for tg_straggler_fetch() */
    int is_complete;                /**< 0: the table was busy, and some were not looked at */
} tg_straggler_found_t;

/** What is shown. */
typedef struct {
    const apr_array_header_t
        *rows; /**< of tg_straggler_row_t, those of the page; NULL: none are kept, or asked for */
    int found; /**< how many there are in all pages */
    int is_complete;            /**< as of tg_straggler_found_t */
    tg_straggler_query_t query; /**< what was asked for */
    uint32_t capacity, used;
    uint64_t forgotten; /**< dropped to make room for others */
    uint64_t missed;    /**< requests that found the table locked */
} tg_straggler_list_t;

/** How many pages there are: at least one, which may be empty. */
int tg_straggler_pages(const tg_straggler_list_t *list);

/**
 * `last-seen`, `first-seen`, `requests`, `rejected`: name number @p i, from 0; NULL after the
 * last.
 */
const char *tg_straggler_sorts(int i);

/** 1 if it leaves nothing out and sorts by last seen. */
int tg_straggler_query_is_plain(const tg_straggler_query_t *query);

/** Looks at all entries. The page of the query makes no difference. In @p pool. */
tg_straggler_found_t tg_straggler_search(apr_pool_t *pool, const tg_straggler_source_t *source,
                                         const tg_straggler_query_t *query,
                                         const tg_straggler_judge_t *judge);

/** Number @p i of what was found, if it is here. */
tg_straggler_here_t tg_straggler_fetch(const tg_straggler_found_t *found, int i,
                                       const tg_straggler_source_t *source,
                                       const tg_straggler_judge_t *judge, tg_straggler_row_t *row);

/** A page of them. Its time does not depend on the table if the query is plain and at most
 * TG_STRAGGLERS_PASSED_MAX come before the page. */
tg_straggler_list_t tg_straggler_list(apr_pool_t *pool, const tg_straggler_source_t *source,
                                      const tg_straggler_query_t *query,
                                      const tg_straggler_judge_t *judge);

#endif
