/* A trial that TlsGateGuard stopped: what it met, and what takes that back. */
#ifndef TG_CTL_STOPPED_H
#define TG_CTL_STOPPED_H

#include "format/state.h"

#include <jansson.h>

/** As an object; null for NULL. A new reference. */
json_t *tg_ctl_stopped_document(const tg_guard_trip_t *trip);

/**
 * Appends it to the problems.
 * @param schedule its name, which lives as long as @p problems
 * @param trip     NULL: there is none
 */
void tg_ctl_stopped_add(apr_array_header_t *problems, const char *schedule,
                        const tg_guard_trip_t *trip, tg_instant_t now);

#endif
