/* Edits: entries of the state that are added, replaced or removed, each noted before and after,
 * for the preview and the audit log.
 */
#ifndef TG_STORE_STATE_EDIT_H
#define TG_STORE_STATE_EDIT_H

#include "format/state.h"

/** One entry before and after; NULL: there was, or is, none. The pool of the list owns both. */
typedef struct {
    const char *schedule;
    json_t *from, *to;
} tg_state_edit_t;

/** An empty list of tg_state_edit_t. */
apr_array_header_t *tg_state_edit_list(apr_pool_t *pool);

/** Adds an override, and removes those that it excludes. */
void tg_state_edit_put_override(apr_array_header_t *edits, tg_state_t *state,
                                const tg_state_override_t *entry);

/** Removes the override of one of those kinds. 0 if there is none. */
int tg_state_edit_drop_override(apr_array_header_t *edits, tg_state_t *state, const char *schedule,
                                unsigned which);

/** Notes that the overrides of the schedule are lost, without saying which. */
void tg_state_edit_forget(apr_array_header_t *edits, const char *schedule);

/** Adds an exemption, in place of one for the same client or network. */
void tg_state_edit_put_exemption(apr_array_header_t *edits, tg_state_t *state,
                                 const tg_state_exemption_t *entry);

/** Notes an edit that the caller has made, or of many what they were: takes both references. */
void tg_state_edit_note(apr_array_header_t *edits, const char *schedule, json_t *from, json_t *to);

/** Removes the exemptions of a client or network. 0 if there are none. */
int tg_state_edit_drop_exemption(apr_array_header_t *edits, tg_state_t *state, const char *schedule,
                                 const char *client, const char *network);

/**
 * 1 if the JSON of both is about the same override of a schedule, or about the same client or
 * network.
 */
int tg_state_edit_is_same_place(const json_t *a, const json_t *b);

/**
 * Finds what is there now for the same override of a schedule, or the same client or network, as
 * that entry is about.
 * @param entry the JSON of one
 * @return its JSON, in the pool of @p edits; NULL: nothing
 */
json_t *tg_state_edit_current(const apr_array_header_t *edits, const tg_state_t *state,
                              const json_t *entry);

/**
 * Puts back what an edit replaced or removed, and removes what it put there.
 * @return 1, or 0 with @p fault filled: the entry is not one of a state
 */
int tg_state_edit_revert(apr_array_header_t *edits, tg_state_t *state, const tg_state_edit_t *edit,
                         tg_fault_t *fault);

/** 1 if both lists have the same edits. */
int tg_state_edit_is_same(const apr_array_header_t *a, const apr_array_header_t *b);

/** A copy that can be edited without changing the original. */
tg_state_t tg_state_edit_copy(apr_pool_t *pool, const tg_state_t *state);

#endif
