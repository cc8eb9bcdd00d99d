/* The timeline of a schedule: every change of its phase, and of the share of a trial. A change by
 * hand counts from the time when it was made.
 */
#ifndef TG_CTL_STATUS_TIMELINE_H
#define TG_CTL_STATUS_TIMELINE_H

#include "format/state.h"
#include "policy/phase.h"

/** A phase, or another share of it, and when it begins. */
typedef struct {
    tg_instant_t from; /**< TG_ALWAYS for the first */
    tg_phase_t phase;
    int share; /**< per cent of the clients: tg_phase_share() */
    /**
     * In place of a trial: until when TlsGateGuard keeps it from running; TG_NEVER: until the stop
     * is lifted; TG_ALWAYS: nothing does.
     */
    tg_instant_t stopped_until;
} tg_ctl_step_t;

/** What is timed: a schedule as a whole, with what was changed by hand. */
typedef struct {
    const tg_schedule_t *schedule;
    const tg_state_t *state; /**< entries of other schedules are ignored */
    tg_instant_t now;        /**< from then on every entry counts, whatever clock its author had */
} tg_ctl_timed_t;

/** Receives one step after the other. Returns 0 to end the walk. */
typedef int tg_ctl_visit_t(void *baton, const tg_ctl_step_t *step);

/**
 * Walks through the steps, however many there are, in memory that does not grow with them.
 * @param from where to begin: the first step is the phase then
 */
void tg_ctl_timeline_walk(apr_pool_t *pool, const tg_ctl_timed_t *timed, tg_instant_t from,
                          tg_ctl_visit_t *visit, void *baton);

/** All steps, of tg_ctl_step_t, at least one. */
apr_array_header_t *tg_ctl_timeline(apr_pool_t *pool, const tg_ctl_timed_t *timed);

/** When the phase that there is now began; TG_ALWAYS: it was always this one. */
tg_instant_t tg_ctl_timeline_since(apr_pool_t *pool, const tg_ctl_timed_t *timed);

#endif
