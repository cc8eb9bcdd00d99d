/* A trial that TlsGateGuard stopped: what it met, and how to lift the stop. */
#ifndef TG_CTL_STATUS_STOPPED_H
#define TG_CTL_STATUS_STOPPED_H

#include "format/state.h"

/** What it met, and until when old clients are served. In @p pool. */
const char *tg_ctl_stopped_text(apr_pool_t *pool, const tg_guard_trip_t *trip, tg_instant_t now);

/** How to lift the stop: `to let trials go on: tlsgatectl resume ...`. In @p pool. */
const char *tg_ctl_stopped_remedy(apr_pool_t *pool, const char *schedule);

/**
 * What it means from now on: `old clients are served until ...`, `no further trial runs`, or which
 * trial by hand runs in spite of it.
 * @param override with what was changed by hand; NULL: without that
 */
const char *tg_ctl_stopped_words(apr_pool_t *pool, const tg_guard_trip_t *trip,
                                 const tg_override_t *override, tg_instant_t now);

/**
 * Appends it to the problems.
 * @param schedule its name, which lives as long as @p problems
 * @param trip     NULL: there is none
 */
void tg_ctl_stopped_add(apr_array_header_t *problems, const char *schedule,
                        const tg_guard_trip_t *trip, tg_instant_t now);

/** An undo of a resume. */
typedef struct {
    const tg_override_set_t *before; /**< what was in force before it */
    int is_here; /**< all trips that it may bring back are known; 0: other machines have some */
    tg_instant_t now;
} tg_ctl_stopped_undo_t;

/**
 * What it brings back.
 * @param state after it
 */
const char *tg_ctl_stopped_again(apr_pool_t *pool, const tg_state_t *state, const char *schedule,
                                 const tg_ctl_stopped_undo_t *undo);

#endif
