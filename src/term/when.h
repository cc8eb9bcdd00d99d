/* Instants for a person at a terminal: in UTC, with the local time beside it. */
#ifndef TG_TERM_WHEN_H
#define TG_TERM_WHEN_H

#include "base/instant.h"

/**
 * `2027-02-01 09:00Z`, on the day of @p now only `09:00Z`; where local time is not UTC
 * `09:00Z, 10:00 CET`. In @p pool.
 */
const char *tg_term_when(apr_pool_t *pool, tg_instant_t t, tg_instant_t now);

/** The same with its distance: `2027-02-01 09:00Z (in 66 days)`. */
const char *tg_term_when_far(apr_pool_t *pool, tg_instant_t t, tg_instant_t now);

/** The local time alone, `10:00 CET`, with its date if that is another one; NULL if it is UTC. */
const char *tg_term_local_time(apr_pool_t *pool, tg_instant_t t);

#endif
