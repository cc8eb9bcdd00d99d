/* What a change will do to whom, and whether it may. */
#ifndef TG_CTL_CONFIRM_H
#define TG_CTL_CONFIRM_H

#include "proposal.h"

#include <stdio.h>

/** Shows the change to people. */
void tg_ctl_confirm_print(FILE *out, const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                          const tg_state_t *before, const tg_state_t *after);

/**
 * The same for programs. A new reference.
 * @param made true, false, or null if that is not known; the reference is taken
 */
json_t *tg_ctl_confirm_json(const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                            const tg_state_t *before, const tg_state_t *after, json_t *made);

/** Asks, unless --yes was given. TG_CTL_OK to go on, or the exit status. */
int tg_ctl_confirm_ask(const tg_ctl_t *ctl);

#endif
