/* What may keep a change from bringing anybody back. */
#ifndef TG_CTL_CHANGE_EFFECT_WARNINGS_H
#define TG_CTL_CHANGE_EFFECT_WARNINGS_H

#include "effect_whom.h"

/** Warnings that are collected: those of one cause become one, with all kinds and places. */
typedef struct {
    const tg_ctl_effect_t *effect;
    const tg_ctl_effect_on_t *on;
    apr_array_header_t *found; /**< of effect_warnings.c */
} tg_ctl_warnings_t;

tg_ctl_warnings_t tg_ctl_warnings_open(const tg_ctl_effect_t *effect, const tg_ctl_effect_on_t *on);

/** Adds the warnings that the answers to one kind of client at one place call for. */
void tg_ctl_warnings_note(tg_ctl_warnings_t *warnings, const tg_ctl_place_t *place,
                          const tg_ctl_kind_t *kind, const tg_ctl_answer_t *before,
                          const tg_ctl_answer_t *after);

/**
 * Adds what does not depend on the kind of client.
 * @param has_rows clients that the schedule is about can come to some place where it applies
 */
void tg_ctl_warnings_of_places(tg_ctl_warnings_t *warnings, int has_rows);

/** Appends an object for each to a list. */
void tg_ctl_warnings_close(const tg_ctl_warnings_t *warnings, json_t *list);

#endif
