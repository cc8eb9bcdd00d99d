/* A trial that TlsGateGuard stopped, for programs and for people. */
#ifndef TG_FORMAT_TRIP_H
#define TG_FORMAT_TRIP_H

#include "policy/guard.h"
#include "policy/override.h"

#include <apr_pools.h>
#include <jansson.h>

/** As an object; null for NULL. A new reference. */
json_t *tg_trip_json(const tg_guard_trip_t *trip);

/**
 * What everyone may know of the trial that an override stops at @p t, with `at` and `until`; null
 * if it stops none, or is NULL. A new reference.
 */
json_t *tg_trip_stop_json(const tg_override_t *override, tg_instant_t t);

/** A stop that is kept: as an object, with when it was taken back. A new reference. */
json_t *tg_trip_kept_json(const tg_guard_stop_t *stop);

/** What it met: `it rejected 12 of 40 requests, 30%, more than 5%`. In @p pool. */
const char *tg_trip_met(apr_pool_t *pool, const tg_guard_trip_t *trip);

#endif
