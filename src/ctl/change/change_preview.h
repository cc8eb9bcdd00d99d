/* The effect of a change: the document about it, and its text for people. */
#ifndef TG_CTL_CHANGE_CHANGE_PREVIEW_H
#define TG_CTL_CHANGE_CHANGE_PREVIEW_H

#include "change.h"

#include "ctl/base/output.h"

/**
 * The document. A new reference.
 * @param made true, false, or null if that is not known; the reference is taken
 */
json_t *tg_ctl_change_document(const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                               const tg_state_t *before, const tg_state_t *after, json_t *made);

/** The text, without the notes and warnings. */
tg_ctl_text_t tg_ctl_change_text;

/** Prints the warnings: what may keep the change from doing what it is made for. */
void tg_ctl_change_warn(const json_t *document);

/**
 * Says what clients get now: for after the change, once httpd acts on it.
 * @param after the state that the document is of
 */
void tg_ctl_change_say_done(const tg_ctl_t *ctl, const json_t *document, const tg_state_t *after);

#endif
