/* Instants on the command line, and how they are shown. */
#ifndef TG_CTL_TIME_OPTIONS_H
#define TG_CTL_TIME_OPTIONS_H

#include "ctl.h"

/** Reads the instant of an option. 1, or 0 after an error was said; it must be given. */
int tg_ctl_time_read(const tg_ctl_t *ctl, tg_ctl_option_t option, tg_instant_t *out);

/** The same, now if it is not given. */
int tg_ctl_time_or_now(const tg_ctl_t *ctl, tg_ctl_option_t option, tg_instant_t *out);

/** The end of an entry: --until or --for, one of them, in time to come. */
int tg_ctl_time_end(const tg_ctl_t *ctl, tg_instant_t *out);

#endif
