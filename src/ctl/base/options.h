/* Reading the command line, by the rows of the commands. */
#ifndef TG_CTL_BASE_OPTIONS_H
#define TG_CTL_BASE_OPTIONS_H

#include "command.h"

#include "base/nearest.h"

#include <apr_tables.h>

/**
 * Reads the command line. Options may come before the command and after it, so the options of
 * all commands are known here; whether the command has them is checked by
 * tg_ctl_options_assign().
 * @param given receives the options as they were given
 * @return 1 with the operands in @p ctl, the command first; or 0 after an error was printed
 */
int tg_ctl_options_read(tg_ctl_t *ctl, const tg_option_t *global,
                        const tg_command_t *const *commands, int argc, const char *const *argv,
                        apr_array_header_t **given);

/** The command of a command line whose options are not understood; NULL: none is known in it. */
const tg_command_t *tg_ctl_options_command(const tg_command_t *const *commands, int argc,
                                           const char *const *argv);

/** 1 if the option of that name was given. */
int tg_ctl_options_has(const tg_ctl_t *ctl, const char *name);

/**
 * Puts each value where its row says.
 * @param command NULL: only @p global options may be given
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_options_assign(const apr_array_header_t *given, const tg_option_t *global,
                          const tg_command_t *command);

/** Tries the options that may have been meant. @param command may be NULL */
void tg_ctl_options_nearest(tg_nearest_t *nearest, const tg_option_t *global,
                            const tg_command_t *command);

/** The row of that name, of @p command (which may be NULL) or of @p global; NULL: none. */
const tg_option_t *tg_ctl_option_find(const tg_option_t *global, const tg_command_t *command,
                                      const char *name);

#endif
