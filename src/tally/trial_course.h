/* How a trial went: to its end, cut short, or stopped and on again. */
#ifndef TG_TALLY_TRIAL_COURSE_H
#define TG_TALLY_TRIAL_COURSE_H

#include "trials.h"

/** What is known of it. */
typedef struct {
    tg_instant_t end; /**< from when it rejected nobody: its planned end, or before it; TG_NEVER: it
                           is on, or that lies after what is known */
    tg_override_kind_t by; /**< what let clients be served in it, TG_OVERRIDE_SUSPEND or
                                TG_OVERRIDE_GUARD; TG_OVERRIDE_NONE: nothing did */
    tg_instant_t from;     /**< since then; without `by` TG_NEVER */
    tg_instant_t to; /**< until then, and it ran on; TG_NEVER: it did not, as far as is known */
    int is_from_exact,
        is_to_exact; /**< to the second; otherwise the first and the last time that the
                                         log tells it */
} tg_trial_course_t;

/**
 * Finds it out.
 * @param stops    of tg_trials_stop_t, of any schedules
 * @param known_to what comes then or later is not known
 */
tg_trial_course_t tg_trial_course(const tg_trials_row_t *row, const apr_array_header_t *stops,
                                  tg_instant_t known_to);

#endif
