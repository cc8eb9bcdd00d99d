/* The timeline of a schedule: every change of its phase, with what was changed by hand
 * from when it was changed.
 */
#ifndef TG_CTL_TIMELINE_H
#define TG_CTL_TIMELINE_H

#include "format/state.h"
#include "policy/phase.h"

/** From when on which phase. */
typedef struct {
    tg_instant_t from; /**< TG_ALWAYS for the first */
    tg_phase_t phase;
} tg_ctl_step_t;

/**
 * All steps, as the schedule as a whole goes through them.
 * @param state the document; entries of other schedules do not matter
 * @param now   the instant from which every entry counts, whenever it says it was made
 * @return of tg_ctl_step_t, at least one
 */
apr_array_header_t *tg_ctl_timeline(apr_pool_t *pool, const tg_schedule_t *schedule,
                                    const tg_state_t *state, tg_instant_t now);

#endif
