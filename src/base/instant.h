/* Instants: RFC 3339 in, seconds of POSIX time inside, UTC out.
 *
 * An instant is exact to the second. Local time is not supported: a text
 * without an offset is a fault.
 */
#ifndef TG_BASE_INSTANT_H
#define TG_BASE_INSTANT_H

#include "fault.h"

#include <apr_pools.h>
#include <stdint.h>

/** Seconds since 1970-01-01T00:00:00Z, leap seconds not counted. */
typedef int64_t tg_instant_t;

/** Before and after every date that can be written: a limit that is not set. */
#define TG_ALWAYS INT64_MIN
#define TG_NEVER INT64_MAX

/** The first and last instants that have a four-digit year. */
#define TG_INSTANT_MIN INT64_C(-62167219200)
#define TG_INSTANT_MAX INT64_C(253402300799)

/** Room for any formatted instant, NUL included. */
#define TG_INSTANT_STRLEN 32

/**
 * Reads one date-time of RFC 3339 section 5.6, the seconds being optional.
 * The whole of @p text must be consumed. `:60` is accepted where a leap second may
 * occur (the end of a UTC month, section 5.7) and means the second after it, as
 * in POSIX time. Fractions of a second are refused.
 * @return 1, or 0 with @p fault filled: its fix is the date that was written, completed; *@p out is
 *         then untouched
 */
int tg_instant_parse(const char *text, tg_instant_t *out, tg_fault_t *fault);

/** 1 if tg_instant_parse() reads it. */
int tg_instant_is_valid(const char *text);

/**
 * Writes what to write instead of a text that is not an instant, as an imperative: the date that
 * was meant, completed, so that nobody copies the date of an example. A text that says no date is
 * answered with the form alone.
 * @param fix TG_FAULT_MAX bytes
 * @return 1 if @p text says a date, else 0
 */
int tg_instant_fix(const char *text, char *fix);

/**
 * As tg_instant_parse(), of an instant that a program wrote: many write the fraction of a whole
 * second, `.000`.
 */
int tg_instant_parse_written(const char *text, tg_instant_t *out, tg_fault_t *fault);

/**
 * Writes `2018-07-10T09:00:00Z`, or `always` or `never`.
 * @param buf TG_INSTANT_STRLEN bytes
 * @return @p buf
 */
const char *tg_instant_format(tg_instant_t t, char *buf);

/**
 * Writes an IMF-fixdate (RFC 9110 section 5.6.7): `Tue, 10 Jul 2018 09:00:00 GMT`.
 * @param buf TG_INSTANT_STRLEN bytes
 * @return @p buf
 */
const char *tg_instant_format_http(tg_instant_t t, char *buf);

/** What tg_instant_format() writes, in @p pool. */
const char *tg_instant_text(apr_pool_t *pool, tg_instant_t t);

#endif
