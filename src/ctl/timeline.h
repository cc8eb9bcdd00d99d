/* The timeline of a schedule: every change of its phase. A change by hand counts from the time
 * when it was made.
 */
#ifndef TG_CTL_TIMELINE_H
#define TG_CTL_TIMELINE_H

#include "format/state.h"
#include "policy/phase.h"

/** A phase, and when it begins. */
typedef struct {
    tg_instant_t from; /**< TG_ALWAYS for the first */
    tg_phase_t phase;
} tg_ctl_step_t;

/**
 * All steps of the schedule as a whole.
 * @param state the document; entries of other schedules are ignored
 * @param now   the instant from which every entry counts, whatever clock its author had
 * @return of tg_ctl_step_t, at least one
 */
apr_array_header_t *tg_ctl_timeline(apr_pool_t *pool, const tg_schedule_t *schedule,
                                    const tg_state_t *state, tg_instant_t now);

#endif
