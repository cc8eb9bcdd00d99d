/* The timeline of a schedule as people read it: a trial that repeats is one row. */
#ifndef TG_CTL_STATUS_TIMELINE_ROWS_H
#define TG_CTL_STATUS_TIMELINE_ROWS_H

#include "timeline.h"

/** A step of the timeline, or all occurrences of a trial that repeats. */
typedef struct {
    tg_ctl_step_t step;      /**< the first of them */
    const tg_trial_t *trial; /**< as configured; NULL: one step */
    int times;               /**< how often it takes place: not while another phase hides it */
    int left_out;            /**< how many rows it represents, from this one on; 0: only itself */
} tg_ctl_row_t;

/** The rows in the order of time, at least one; of tg_ctl_row_t. */
apr_array_header_t *tg_ctl_timeline_rows(apr_pool_t *pool, const tg_ctl_timed_t *timed);

/** Those near an instant, and those that last or represent many. Rows between them are left out. */
apr_array_header_t *tg_ctl_timeline_rows_near(apr_pool_t *pool, const apr_array_header_t *rows,
                                              tg_instant_t at);

#endif
