/* The help, printed from the rows of the commands and their options. */
#ifndef TG_CTL_BASE_HELP_H
#define TG_CTL_BASE_HELP_H

#include "command.h"

#include <stdio.h>

/** All commands, each with its summary. @p commands ends with NULL. */
void tg_ctl_help_all(FILE *out, const tg_command_t *const *commands, const tg_option_t *global);

/** One command. */
void tg_ctl_help_command(FILE *out, const tg_command_t *command, const tg_option_t *global);

#endif
