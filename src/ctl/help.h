/* The help, made from the tables of commands and options. */
#ifndef TG_CTL_HELP_H
#define TG_CTL_HELP_H

#include "ctl.h"

#include <stdio.h>

/** All commands, each with its summary. @p commands ends with one without a name. */
void tg_ctl_help_all(FILE *out, const tg_ctl_command_t *commands);

/** One command. */
void tg_ctl_help_command(FILE *out, const tg_ctl_command_t *command);

#endif
