/* The effect of a change on clients: what each kind of them gets before and after, where, and
 * what may keep the change from bringing anybody back.
 */
#ifndef TG_CTL_CHANGE_EFFECT_H
#define TG_CTL_CHANGE_EFFECT_H

#include "effect_whom.h"

#include <stdio.h>

/**
 * The rows: one for all kinds of clients and places that are treated alike. A new reference.
 * @param warnings receives an object for each
 */
json_t *tg_ctl_effect(const tg_ctl_effect_t *effect, json_t *warnings);

/** Prints rows: what will be, before the change. */
void tg_ctl_effect_print(FILE *out, const json_t *rows);

/** Says what has become of it, once httpd acts on the change. */
void tg_ctl_effect_say_done(const json_t *rows);

#endif
