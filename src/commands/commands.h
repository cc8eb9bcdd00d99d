/* The list of all commands, and the options that all of them have. */
#ifndef TG_COMMANDS_COMMANDS_H
#define TG_COMMANDS_COMMANDS_H

#include "ctl/base/command.h"

/** All commands, in the order of the help; then NULL. */
extern const tg_command_t *const tg_commands[];

/** The options of all commands. */
extern const tg_option_t tg_global_options[];

/** The command of that name; NULL if there is none. */
const tg_command_t *tg_command_find(const char *name);

#endif
