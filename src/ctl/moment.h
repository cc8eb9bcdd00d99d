/* Instants on the command line, and how they are shown. */
#ifndef TG_CTL_MOMENT_H
#define TG_CTL_MOMENT_H

#include "ctl.h"

/** Reads the instant of an option. 1, or 0 after an error was said; it must be given. */
int tg_ctl_moment_read(const tg_ctl_t *ctl, tg_ctl_option_t option, tg_instant_t *out);

/** The same, now if it is not given. */
int tg_ctl_moment_or_now(const tg_ctl_t *ctl, tg_ctl_option_t option, tg_instant_t *out);

/** The end of an entry: --until or --for, one of them, in time to come. */
int tg_ctl_moment_end(const tg_ctl_t *ctl, tg_instant_t *out);

/** 2018-08-21T09:00:00Z, in the pool of the call. */
const char *tg_ctl_moment_text(apr_pool_t *pool, tg_instant_t t);

#endif
