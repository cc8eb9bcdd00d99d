/* Where a schedule stands, on one line, for a person in a hurry. */
#ifndef TG_CTL_STATUS_STANDING_TEXT_H
#define TG_CTL_STATUS_STANDING_TEXT_H

#include "base/instant.h"

#include <apr_pools.h>
#include <jansson.h>
#include <stdio.h>

/**
 * `CUTOFF since 08:40Z (1 h 5 min): TLS 1.0 and 1.1 are rejected with 400 · next: refuse 2027-02-01
 * 09:00Z (in 66 days)`: a phase that turns clients away is in capitals.
 * @param standing what tg_ctl_standing() made
 */
const char *tg_ctl_standing_line(apr_pool_t *pool, const json_t *standing, tg_instant_t now);

/** Prints that line of each, and below it what else is to be known. */
void tg_ctl_standings_print(FILE *out, apr_pool_t *pool, const json_t *standings, tg_instant_t now);

#endif
