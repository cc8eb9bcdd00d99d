/* Simulating the clients of logs: the options of it, and all that it does. */
#ifndef TG_CTL_REPORT_LOG_QUESTION_H
#define TG_CTL_REPORT_LOG_QUESTION_H

#include "ctl/base/command.h"

/** --log, --schedule, --from and --top. */
extern const tg_option_t tg_ctl_log_options[];

/** 1 if logs were named. Otherwise a note is printed about options that only go with them. */
int tg_ctl_log_is_given(void);

/**
 * Reads the logs and prints what their clients get: the end of the command.
 * @param at an instant, or a date: that day in UTC; NULL: now
 */
tg_exit_t tg_ctl_log_run(const tg_ctl_t *ctl, const char *at);

#endif
