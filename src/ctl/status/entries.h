/* The entries of documents, sorted by what they do now: in force, written but not in force,
 * over. */
#ifndef TG_CTL_STATUS_ENTRIES_H
#define TG_CTL_STATUS_ENTRIES_H

#include "format/plan.h"
#include "format/state.h"

#include <jansson.h>

/** How many exemptions a list names, those that end first; the others are only counted. */
#define TG_CTL_ENTRIES_EXEMPTIONS 10

/** A list, and how many exemptions it leaves out. */
typedef struct {
    json_t *list; /**< of objects: `kind`, `schedule`, `until`, and the rest of the entry */
    json_int_t left_out;
} tg_ctl_entries_t;

/** The three lists. Each is a new reference. */
typedef struct {
    tg_ctl_entries_t in_force, not_in_force, over;
} tg_ctl_sorted_t;

/** What is sorted. */
typedef struct {
    const tg_plan_t *plan;     /**< NULL: it is not known whether an entry has an effect */
    const tg_state_t *held;    /**< what httpd acts on */
    const tg_state_t *written; /**< what is written; the same if that is in force */
    const char *why;           /**< why what is written is not in force */
    int is_next;               /**< nothing is in force: `held` is what will be when httpd starts */
    tg_instant_t now;
} tg_ctl_unsorted_t;

/**
 * Sorts them. Entries that are not in force have a member `why`.
 * @param problems each entry that does nothing is appended, exemptions once for each schedule
 */
tg_ctl_sorted_t tg_ctl_entries_sort(apr_pool_t *pool, const tg_ctl_unsorted_t *unsorted,
                                    apr_array_header_t *problems);

/**
 * One entry of such a list: `suspended until 17:45Z (in 2 h), by ops: they cannot pay`; of one that
 * is over `suspension ended at ...`.
 */
const char *tg_ctl_entry_text(apr_pool_t *pool, const json_t *entry, tg_instant_t now);

#endif
