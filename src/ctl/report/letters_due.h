/* Trials that are near although no letters were written. */
#ifndef TG_CTL_REPORT_LETTERS_DUE_H
#define TG_CTL_REPORT_LETTERS_DUE_H

#include "ctl/base/running_plan.h"

/**
 * The schedules of a plan with a trial in the next fourteen days, or one that is open, of which no
 * letter has informed a customer; only where there is a log to make letters from. The stamp is that
 * of --stamp, or the one beside the state file. Prints a warning if it cannot be read.
 * @param overrides what was changed by hand, or NULL
 * @return an array of objects with `schedule`, `trial` and `text`. A new reference.
 */
json_t *tg_ctl_letters_due(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *found,
                           const tg_plan_t *plan, const tg_override_set_t *overrides);

#endif
