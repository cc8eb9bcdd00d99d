/* Times as foreign logs write them. */
#ifndef TG_SOURCE_LOG_TIME_H
#define TG_SOURCE_LOG_TIME_H

#include "log_value.h"

/**
 * Reads a time in the form of @p value.
 * @param offset seconds east of UTC, for a time without one
 * @return 1, or 0 if it is not a time
 */
int tg_log_time(const tg_log_value_t *value, tg_span_t text, int offset, int64_t *out);

/** `2018-07-10`: its first second in UTC. */
int tg_log_date(tg_span_t text, int64_t *out);

/** `09:00:00`: the seconds since midnight. */
int tg_log_clock(tg_span_t text, int64_t *out);

/** 1 if every conversion of the pattern is known and together they say an instant. */
int tg_log_time_is_pattern(const char *pattern);

/** `+01:00`, `+0100` or `Z`: the seconds. 1, or 0 if it is not an offset. */
int tg_log_time_offset(tg_span_t text, int *seconds);

#endif
