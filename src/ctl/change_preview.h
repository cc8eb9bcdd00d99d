/* What a change does: the document that tells it, and how that is shown to people. */
#ifndef TG_CTL_CHANGE_PREVIEW_H
#define TG_CTL_CHANGE_PREVIEW_H

#include "change.h"
#include "output.h"

/**
 * The document. A new reference.
 * @param made true, false, or null if that is not known; the reference is taken
 */
json_t *tg_ctl_change_document(const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                               const tg_state_t *before, const tg_state_t *after, json_t *made);

/** Shows it to people, but for the notes. */
tg_ctl_text_t tg_ctl_change_text;

#endif
