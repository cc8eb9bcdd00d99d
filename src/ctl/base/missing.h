/* What a command still needs to be told: all of it in one message, with a line that works, made of
 * what was typed.
 */
#ifndef TG_CTL_BASE_MISSING_H
#define TG_CTL_BASE_MISSING_H

#include "ctl.h"

/** What a command may need. */
typedef enum {
    TG_CTL_NEED_SCHEDULES, /**< names, or --all */
    TG_CTL_NEED_SCHEDULE,
    TG_CTL_NEED_CLIENT, /**< after the schedule */
    TG_CTL_NEED_END,
    TG_CTL_NEED_CUTOFF,
    TG_CTL_NEED_REASON,
    TG_CTL_NEEDS
} tg_ctl_need_t;

#define TG_CTL_NEED_BIT(need) (1U << (need))

/**
 * Checks that all of it was typed.
 * @param before how many operands come before the name of the schedule
 * @param needs  of TG_CTL_NEED_BIT()
 * @return 1, or 0 after the error was printed
 */
int tg_ctl_missing_check(const tg_ctl_t *ctl, int before, unsigned needs);

#endif
