/* The commands. Each returns the exit status; cmd_NAME.c says what it does. */
#ifndef TG_COMMANDS_CMD_H
#define TG_COMMANDS_CMD_H

#include "ctl/ctl.h"

int tg_cmd_schedule(tg_ctl_t *ctl);
int tg_cmd_check(tg_ctl_t *ctl);
int tg_cmd_simulate(tg_ctl_t *ctl);
int tg_cmd_suspend(tg_ctl_t *ctl);
int tg_cmd_trial(tg_ctl_t *ctl);
int tg_cmd_resume(tg_ctl_t *ctl);
int tg_cmd_postpone(tg_ctl_t *ctl);
int tg_cmd_exempt(tg_ctl_t *ctl);
int tg_cmd_hash(tg_ctl_t *ctl);
int tg_cmd_status(tg_ctl_t *ctl);
int tg_cmd_follow(tg_ctl_t *ctl);

#endif
