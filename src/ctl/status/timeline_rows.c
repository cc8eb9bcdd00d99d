/* The timeline as rows: see timeline_rows.h. */
#include "timeline_rows.h"

#include "policy/window.h"

#include <stdlib.h>

/** How many rows before and after an instant are near it. */
#define NEAR_BEFORE 12
#define NEAR_AFTER 24

/* When an occurrence of a trial that repeats begins, and which trial it is. */
typedef struct {
    tg_instant_t start;
    int trial;
} occurrence_t;

/* The indexes of the rows of a trial that repeats; -1: none yet. */
typedef struct {
    int running, stopped;
} trial_rows_t;

/* Lives as long as the walk. */
typedef struct {
    const tg_schedule_t *schedule;
    apr_array_header_t *occurrences; /* of occurrence_t, sorted */
    trial_rows_t *rows_of_trial;     /* of each trial */
    apr_array_header_t *rows;
    tg_ctl_step_t shown;   /* the last row that is one step */
    tg_ctl_step_t pending; /* the step whose end is not known yet */
    int has_pending;
    int follows_trial; /* the step before it is a trial that is a row */
} folding_t;

static int compare_occurrences(const void *a, const void *b)
{
    const occurrence_t *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static void add_occurrences(apr_pool_t *pool, folding_t *f, int index)
{
    const tg_trial_t *trial = &APR_ARRAY_IDX(f->schedule->trials, index, tg_trial_t);
    apr_array_header_t *windows = apr_array_make(pool, 16, sizeof(tg_window_t));
    tg_fault_t ignored;
    int i;

    if (trial->every == 0 || !tg_trial_expand(trial, windows, &ignored) || windows->nelts < 2) {
        return;
    }
    for (i = 0; i < windows->nelts; i++) {
        APR_ARRAY_PUSH(f->occurrences, occurrence_t) =
            (occurrence_t){ APR_ARRAY_IDX(windows, i, tg_window_t).interval.start, index };
    }
}

static void find_occurrences(apr_pool_t *pool, folding_t *f)
{
    apr_pool_t *scratch;
    int i;

    apr_pool_create(&scratch, pool);
    for (i = 0; i < f->schedule->trials->nelts; i++) {
        f->rows_of_trial[i] = (trial_rows_t){ -1, -1 };
        add_occurrences(scratch, f, i);
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    qsort(f->occurrences->elts, (size_t)f->occurrences->nelts, sizeof(occurrence_t),
          compare_occurrences);
}

/* The trial that repeats and has a window at t; -1: none. */
static int trial_at(const folding_t *f, const tg_window_t *window)
{
    const occurrence_t key = { window->interval.start, 0 };
    const occurrence_t *found = bsearch(&key, f->occurrences->elts, (size_t)f->occurrences->nelts,
                                        sizeof(occurrence_t), compare_occurrences);

    return found ? found->trial : -1;
}

/* The trial that the pending step is an occurrence of, if it ended with its window; -1: none. A
 * trial by hand lasts longer, and so do windows without a gap between them. What a trial by hand
 * leaves of a window is no occurrence either: it is shown where that one ends. */
static int trial_of_pending(const folding_t *f, tg_instant_t end)
{
    const tg_window_t *window;

    if ((f->pending.phase != TG_PHASE_TRIAL && f->pending.stopped_until == TG_ALWAYS) ||
        f->pending.from == TG_ALWAYS) {
        return -1;
    }
    window = tg_window_next(f->schedule->windows, f->pending.from, TG_BUCKET_EVERYONE);
    return window && tg_interval_has(&window->interval, f->pending.from) &&
                   end <= window->interval.end &&
                   (f->pending.from == window->interval.start || !f->follows_trial)
               ? trial_at(f, window)
               : -1;
}

static void push_row(folding_t *f, const tg_trial_t *trial)
{
    APR_ARRAY_PUSH(f->rows, tg_ctl_row_t) = (tg_ctl_row_t){ f->pending, trial, 1, 0 };
}

/* The end of the pending step is known. */
static void fold_pending(folding_t *f, tg_instant_t end)
{
    int trial = trial_of_pending(f, end);
    trial_rows_t *rows = trial < 0 ? NULL : &f->rows_of_trial[trial];
    int *row = !rows                                   ? NULL
               : f->pending.stopped_until == TG_ALWAYS ? &rows->running
                                                       : &rows->stopped;

    if (!row) {
        if (f->rows->nelts == 0 || f->pending.phase != f->shown.phase ||
            f->pending.share != f->shown.share ||
            f->pending.stopped_until != f->shown.stopped_until) {
            push_row(f, NULL);
        }
        f->shown = f->pending;
    }
    else if (*row < 0) {
        *row = f->rows->nelts;
        push_row(f, &APR_ARRAY_IDX(f->schedule->trials, trial, tg_trial_t));
    }
    else {
        APR_ARRAY_IDX(f->rows, *row, tg_ctl_row_t).times++;
    }
    f->follows_trial = trial < 0 && f->pending.phase == TG_PHASE_TRIAL;
}

static int fold_step(void *baton, const tg_ctl_step_t *step)
{
    folding_t *f = baton;

    if (f->has_pending) {
        fold_pending(f, step->from);
    }
    f->pending = *step;
    f->has_pending = 1;
    return 1;
}

apr_array_header_t *tg_ctl_timeline_rows(apr_pool_t *pool, const tg_ctl_timed_t *timed)
{
    folding_t f = { .schedule = timed->schedule };

    f.occurrences = apr_array_make(pool, 16, sizeof(occurrence_t));
    f.rows_of_trial =
        apr_palloc(pool, sizeof(trial_rows_t) * ((size_t)timed->schedule->trials->nelts + 1));
    f.rows = apr_array_make(pool, 16, sizeof(tg_ctl_row_t));
    find_occurrences(pool, &f);
    tg_ctl_timeline_walk(pool, timed, TG_ALWAYS, fold_step, &f);
    fold_pending(&f, TG_NEVER);
    return f.rows;
}

static int is_lasting_row(const tg_ctl_row_t *row)
{
    return tg_phase_is_final(row->step.phase) || row->step.phase == TG_PHASE_GRACE || row->trial;
}

static void leave_out(apr_array_header_t *near, const tg_ctl_row_t *row)
{
    tg_ctl_row_t *last = near->nelts ? &APR_ARRAY_IDX(near, near->nelts - 1, tg_ctl_row_t) : NULL;

    if (!last || last->left_out == 0) {
        last = apr_array_push(near);
        *last = *row;
    }
    last->left_out++;
}

apr_array_header_t *tg_ctl_timeline_rows_near(apr_pool_t *pool, const apr_array_header_t *rows,
                                              tg_instant_t at)
{
    apr_array_header_t *near = apr_array_make(pool, 64, sizeof(tg_ctl_row_t));
    int present = 0, i;

    while (present + 1 < rows->nelts &&
           APR_ARRAY_IDX(rows, present + 1, tg_ctl_row_t).step.from <= at) {
        present++;
    }
    for (i = 0; i < rows->nelts; i++) {
        const tg_ctl_row_t *row = &APR_ARRAY_IDX(rows, i, tg_ctl_row_t);

        if (is_lasting_row(row) || (i + NEAR_BEFORE >= present && i <= present + NEAR_AFTER)) {
            APR_ARRAY_PUSH(near, tg_ctl_row_t) = *row;
        }
        else {
            leave_out(near, row);
        }
    }
    return near;
}
