/* The change that a list of exemptions makes of the state. */
#ifndef TG_CTL_CHANGE_EXEMPT_IMPORT_H
#define TG_CTL_CHANGE_EXEMPT_IMPORT_H

#include "change.h"

/**
 * Reads the list, shows what it would change, asks, and makes it one change: the end of the
 * command. Exemptions that are not in the list stay.
 * @param path     of the list; TG_CTL_INPUT for the standard input
 * @param schedule of lines that name none; NULL: each names its own
 * @param until    of lines that have none; TG_NEVER: each has its own
 * @param owner    of lines that have none; NULL: who makes the change
 */
tg_exit_t tg_ctl_exempt_import(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *path,
                               const char *schedule, tg_instant_t until, const char *owner);

#endif
