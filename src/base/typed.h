/* Times as people type them, beside RFC 3339 and ISO 8601: `17:45Z`, `tomorrow 09:00Z`, `2h`. For
 * the command line; a configuration and the documents between programs have only the standard
 * forms.
 */
#ifndef TG_BASE_TYPED_H
#define TG_BASE_TYPED_H

#include "interval.h"

/** Which of the days a time without a date is in. */
typedef enum {
    TG_TYPED_NEXT, /**< the next such time, after now */
    TG_TYPED_LAST  /**< the last such time, now or before */
} tg_typed_side_t;

/**
 * Reads an instant, a time of day with its offset (`17:45Z`, `17:45+01:00`), or one of `yesterday`,
 * `today` and `tomorrow` with such a time: the day of that offset.
 * @return 1, or 0 with @p fault filled; *@p out is then untouched
 */
int tg_typed_instant(const char *text, tg_instant_t now, tg_typed_side_t side, tg_instant_t *out,
                     tg_fault_t *fault);

/**
 * Reads a duration of ISO 8601, or one such as `2h`, `90m`, `3d`, `2w`, `1d12h`: m is minutes.
 * @param seconds receives the length, 1 or more
 * @return 1, or 0 with @p fault filled
 */
int tg_typed_duration(const char *text, int64_t *seconds, tg_fault_t *fault);

#endif
