/* The options of the command line: what they are called, and how they are read. */
#ifndef TG_CTL_OPTIONS_H
#define TG_CTL_OPTIONS_H

#include "ctl.h"

#include <apr_getopt.h>

/** Options that stand before or behind every command. */
#define TG_CTL_GLOBAL                                                                              \
    (TG_CTL_BIT(TG_CTL_STATE) | TG_CTL_BIT(TG_CTL_STORE) | TG_CTL_BIT(TG_CTL_HTTPD) |              \
     TG_CTL_BIT(TG_CTL_CONFIG) | TG_CTL_BIT(TG_CTL_HELP) | TG_CTL_BIT(TG_CTL_SHOW_VERSION))

/** How one is called, `until`; the word for its value, or ""; one line about it. */
const char *tg_ctl_option_name(tg_ctl_option_t option);
const char *tg_ctl_option_value(tg_ctl_option_t option);
const char *tg_ctl_option_summary(tg_ctl_option_t option);

/**
 * Reads the command line: options into ctl->given, the rest into ctl->operand, the command
 * among it.
 * @return 1, or 0 after the standard error was told what is wrong
 */
int tg_ctl_options_read(tg_ctl_t *ctl, int argc, const char *const *argv);

#endif
