/* Intervals: ISO 8601 `start/end` or `start/duration`, half-open.
 *
 * Durations are exact: weeks, or days to seconds. Months and years are refused,
 * since their length depends on where they start.
 */
#ifndef TG_BASE_INTERVAL_H
#define TG_BASE_INTERVAL_H

#include "instant.h"

/** [start, end): the first instant is in it, the last is not. */
typedef struct {
    tg_instant_t start;
    tg_instant_t end;
} tg_interval_t;

/**
 * Reads an ISO 8601 duration: `P2W`, `P1DT12H`, `PT10M`, `PT90S`.
 * @param seconds receives the length, 1 or more
 * @return 1, or 0 with @p fault filled
 */
int tg_duration_parse(const char *text, int64_t *seconds, tg_fault_t *fault);

/**
 * Writes a text such as `2h` or `1d12h`, where m is minutes, in the form of a duration of ISO 8601:
 * `PT2H`, `P1DT12H`. Whether tg_duration_parse() reads it remains to be seen.
 * @param iso TG_DURATION_STRLEN bytes
 * @return 1, or 0: the text has another form
 */
int tg_duration_from_letters(const char *text, char *iso);

/** Room for a formatted duration, NUL included. */
#define TG_DURATION_STRLEN 48

/**
 * Writes a duration as tg_duration_parse reads it: `P1DT12H`, `PT90S` as `PT1M30S`.
 * @param seconds 1 or more
 * @param buf     TG_DURATION_STRLEN bytes
 * @return @p buf
 */
const char *tg_duration_format(int64_t seconds, char *buf);

/**
 * Reads `start/end` or `start/duration`. An empty interval and one that ends
 * before it starts are faults.
 * @return 1, or 0 with @p fault filled
 */
int tg_interval_parse(const char *text, tg_interval_t *out, tg_fault_t *fault);

/** 1 if @p t lies in [start, end). */
int tg_interval_has(const tg_interval_t *interval, tg_instant_t t);

/** Room for a formatted interval, NUL included. */
#define TG_INTERVAL_STRLEN ((size_t)2 * TG_INSTANT_STRLEN)

/**
 * Writes `start/end`, as tg_interval_parse() reads it.
 * @param buf TG_INTERVAL_STRLEN bytes
 * @return @p buf
 */
const char *tg_interval_format(const tg_interval_t *interval, char *buf);

/** The same for people, in @p pool: `start to end`. */
const char *tg_interval_text(apr_pool_t *pool, const tg_interval_t *interval);

#endif
