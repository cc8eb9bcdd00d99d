/* Suspend and trial: serve clients again, or reject them, until a date. */
#ifndef TG_CTL_CHANGE_TIMED_CHANGE_H
#define TG_CTL_CHANGE_TIMED_CHANGE_H

#include "ctl/base/command.h"
#include "ctl/base/running_plan.h"
#include "format/state.h"

/** --all. */
extern const tg_option_t tg_ctl_timed_change_options[];

/**
 * The whole command.
 * @param kind TG_STATE_SUSPEND or TG_STATE_TRIAL
 */
tg_exit_t tg_ctl_timed_change(const tg_ctl_t *ctl, tg_state_kind_t kind,
                              tg_ctl_running_plan_need_t need);

/** The whole of extend: a later end for what a schedule has of the two. */
tg_exit_t tg_ctl_timed_extend(const tg_ctl_t *ctl);

#endif
