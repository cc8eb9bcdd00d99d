/* Edits: entries of the state that are put in, replaced or taken out, each noted as it was
 * before and is after, for the preview and the audit log.
 */
#ifndef TG_STORE_STATE_EDIT_H
#define TG_STORE_STATE_EDIT_H

#include "format/state.h"

/** One entry before and after; NULL is no entry. The pool of the list owns both. */
typedef struct {
    const char *schedule;
    json_t *from, *to;
} tg_state_edit_t;

/** An empty list of tg_state_edit_t. */
apr_array_header_t *tg_state_edit_list(apr_pool_t *pool);

/** Puts an entry in, in place of its rivals. */
void tg_state_edit_put_override(apr_array_header_t *edits, tg_state_t *state,
                                const tg_state_override_t *entry);

/** Takes the override of one of those kinds out. 0 if there is none. */
int tg_state_edit_drop_override(apr_array_header_t *edits, tg_state_t *state, const char *schedule,
                                unsigned which);

/** Notes that whatever the schedule had is gone, without an entry that tells what. */
void tg_state_edit_forget(apr_array_header_t *edits, const char *schedule);

/** Puts an exemption in, in place of one for the same client or network. */
void tg_state_edit_put_exemption(apr_array_header_t *edits, tg_state_t *state,
                                 const tg_state_exemption_t *entry);

/** Takes the exemptions of a client or network out. 0 if there is none. */
int tg_state_edit_drop_exemption(apr_array_header_t *edits, tg_state_t *state, const char *schedule,
                                 const char *client, const char *network);

/** 1 if both lists say the same. */
int tg_state_edit_is_same(const apr_array_header_t *a, const apr_array_header_t *b);

/** A copy whose entries can be put in and taken out. */
tg_state_t tg_state_edit_copy(apr_pool_t *pool, const tg_state_t *state);

#endif
