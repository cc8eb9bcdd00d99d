/* How a trial went: to its end, cut short, or stopped and on again. */
#ifndef TG_TALLY_TRIAL_COURSE_H
#define TG_TALLY_TRIAL_COURSE_H

#include "trials.h"

/** So many seconds after a stop processes of httpd may still reject. */
#define TG_TRIAL_COURSE_SLACK 2

/** A time in it in which clients were served, and what let them be. */
typedef struct {
    tg_override_kind_t by; /**< TG_OVERRIDE_SUSPEND or TG_OVERRIDE_GUARD */
    tg_instant_t from;
    tg_instant_t to; /**< until then; TG_NEVER: it did not run on, as far as is known */
    int is_from_exact,
        is_to_exact; /**< to the second; otherwise the first and the last time that the
                                         log tells it */
} tg_trial_gap_t;

/** What is known of it. */
typedef struct {
    tg_instant_t end; /**< from when it rejected nobody: its planned end, or before it; TG_NEVER: it
                           is on, or that lies after what is known */
    tg_instant_t rejected_until;    /**< somebody was rejected so long after the stop that cut it
                                         short, by other servers; TG_ALWAYS: nobody was */
    const apr_array_header_t *gaps; /**< of tg_trial_gap_t, in the order of time; none overlaps
                                         another, and only the last may have no end */
} tg_trial_course_t;

/**
 * Finds it out, in @p pool.
 * @param stops    of tg_trials_stop_t, of any schedules
 * @param known_to what comes then or later is not known
 */
tg_trial_course_t tg_trial_course(apr_pool_t *pool, const tg_trials_row_t *row,
                                  const apr_array_header_t *stops, tg_instant_t known_to);

/** The gap that cut it short, or else the first one; NULL: there is none. */
const tg_trial_gap_t *tg_trial_course_gap(const tg_trial_course_t *course);

/** Until when it was stopped, if it ran on; TG_NEVER: it did not, as far as is known. */
tg_instant_t tg_trial_course_ran_on(const tg_trial_course_t *course, tg_instant_t known_to);

#endif
