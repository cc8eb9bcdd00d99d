/* Options with an instant or a duration. */
#ifndef TG_CTL_BASE_TIME_OPTIONS_H
#define TG_CTL_BASE_TIME_OPTIONS_H

#include "command.h"

/** --until and --for: when an entry ends by itself. */
extern const tg_option_t tg_ctl_time_end_options[];

/** 1 if one of the two was given. */
int tg_ctl_time_end_is_given(void);

/** Reads that end: one of the two, after now. 1, or 0 after an error was printed. */
int tg_ctl_time_end(const tg_ctl_t *ctl, tg_instant_t *out);

/** The same options for what goes on already: --for is from its present end. */
extern const tg_option_t tg_ctl_time_later_options[];

/**
 * Reads them.
 * @param until   receives --until; TG_NEVER if it was not given
 * @param seconds receives --for; 0 if it was not given
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_time_later(const tg_ctl_t *ctl, tg_instant_t *until, int64_t *seconds);

/**
 * Reads the value of another option: RFC 3339, or as tg_typed_instant() has it.
 * @param name of the option
 * @param text its value; NULL: it was not given, which is an error
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_time_read(const tg_ctl_t *ctl, const char *name, const char *text, tg_instant_t *out);

/**
 * The same of an option about the past: an instant, the last such time of day, or a duration, which
 * is how long ago.
 * @param text NULL: *@p out stays as it is
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_time_past(const tg_ctl_t *ctl, const char *name, const char *text, tg_instant_t *out);

#endif
