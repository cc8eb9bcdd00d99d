/* The commands. Each returns the exit status; cmd_NAME.c says what it does. */
#ifndef TG_CTL_CMD_H
#define TG_CTL_CMD_H

#include "ctl.h"

int tg_ctl_cmd_schedule(tg_ctl_t *ctl);
int tg_ctl_cmd_check(tg_ctl_t *ctl);
int tg_ctl_cmd_simulate(tg_ctl_t *ctl);
int tg_ctl_cmd_suspend(tg_ctl_t *ctl);
int tg_ctl_cmd_trial(tg_ctl_t *ctl);
int tg_ctl_cmd_resume(tg_ctl_t *ctl);
int tg_ctl_cmd_postpone(tg_ctl_t *ctl);
int tg_ctl_cmd_exempt(tg_ctl_t *ctl);
int tg_ctl_cmd_hash(tg_ctl_t *ctl);
int tg_ctl_cmd_status(tg_ctl_t *ctl);
int tg_ctl_cmd_follow(tg_ctl_t *ctl);

#endif
