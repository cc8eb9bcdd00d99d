/* Times for people who are in a hurry: how long, and how long from now. */
#ifndef TG_BASE_RELATIVE_H
#define TG_BASE_RELATIVE_H

#include "instant.h"

/**
 * How long that is, rounded to what a person needs: `40 s`, `5 min`, `1 h 5 min`, `2 days 3 h`,
 * `66 days`. In @p pool.
 * @param seconds 0 or more
 */
const char *tg_relative_length(apr_pool_t *pool, int64_t seconds);

/** How far @p t is from @p now: `in 2 h`, `5 min ago`, `now`. In @p pool. */
const char *tg_relative_text(apr_pool_t *pool, tg_instant_t t, tg_instant_t now);

#endif
