/* A trial that TlsGateGuard stopped: what it met, and what takes that back. */
#ifndef TG_CTL_STOPPED_H
#define TG_CTL_STOPPED_H

#include "format/state.h"

/** What it met, and until when old clients are served. In @p pool. */
const char *tg_ctl_stopped_text(apr_pool_t *pool, const tg_guard_trip_t *trip, tg_instant_t now);

/** What takes it back: `to let trials go on: tlsgatectl resume ...`. In @p pool. */
const char *tg_ctl_stopped_remedy(apr_pool_t *pool, const char *schedule);

/**
 * Appends it to the problems.
 * @param schedule its name, which lives as long as @p problems
 * @param trip     NULL: there is none
 */
void tg_ctl_stopped_add(apr_array_header_t *problems, const char *schedule,
                        const tg_guard_trip_t *trip, tg_instant_t now);

#endif
