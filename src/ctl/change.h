/* A change of the state: worked out, shown, agreed to, written, and worked out anew if
 * somebody else was faster.
 */
#ifndef TG_CTL_CHANGE_H
#define TG_CTL_CHANGE_H

#include "proposal.h"

/**
 * What every change needs: the plan, a reason, who asks, and the schedules.
 * @param names of the schedules; NULL for --all
 * @return 1, or 0 after an error was said
 */
int tg_ctl_change_begin(const tg_ctl_t *ctl, tg_ctl_change_t *change,
                        tg_ctl_running_plan_need_t need, const char *const *names, int count);

/** Something to know before agreeing. */
void tg_ctl_change_note(tg_ctl_change_t *change, const char *note);

/** Makes it. Returns the exit status. */
int tg_ctl_change_make(const tg_ctl_t *ctl, tg_ctl_change_t *change);

#endif
