/* Windows: all occurrences of the trials of a schedule, in the order of time.
 *
 * Linked once, when the schedule is finished; read-only then. A look-up is a binary search and at
 * most a hundred steps, whatever the shares: each step is to a greater share, or to a smaller one.
 */
#ifndef TG_POLICY_WINDOW_H
#define TG_POLICY_WINDOW_H

#include "trial.h"

/** Fills in what the windows (of tg_window_t, sorted) know about the others. */
void tg_window_link(apr_array_header_t *windows);

/** The window of a client that is open at @p t, or its next one; NULL if none is left. */
const tg_window_t *tg_window_next(const apr_array_header_t *windows, tg_instant_t t, int bucket);

/** The window of a client that is open at @p t, or NULL. */
const tg_window_t *tg_window_open(const apr_array_header_t *windows, tg_instant_t t, int bucket);

/** When a trial began for a client that is in it: before it, with the windows that it follows
 * without a gap. */
tg_instant_t tg_window_run_start(const apr_array_header_t *windows, const tg_window_t *window,
                                 int bucket);

/** When a trial ends for a client that is in it: after the windows that follow without a gap. */
tg_instant_t tg_window_run_end(const apr_array_header_t *windows, const tg_window_t *window,
                               int bucket);

#endif
