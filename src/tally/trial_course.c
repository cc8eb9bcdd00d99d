/* How a trial went: see trial_course.h.
 *
 * Two sources tell it. Stops that are known to the second; and records of its windows, of which the
 * first and the last time are kept that somebody was served because of a stop of either kind, and
 * the last time that somebody was rejected, so that it does not matter in which order they were
 * read.
 */
#include "trial_course.h"

#include <stdlib.h>
#include <string.h>

static tg_instant_t later_of(tg_instant_t a, tg_instant_t b)
{
    return a > b ? a : b;
}

static tg_instant_t earlier_of(tg_instant_t a, tg_instant_t b)
{
    return a < b ? a : b;
}

/* The end of the last window: a repeated trial may go on until later by its line. */
static tg_instant_t end_of_windows(const tg_trials_row_t *row)
{
    const tg_trial_t *t = row->trial;
    const int64_t times = t->every ? (row->end - row->start - 1) / t->every : 0;

    return earlier_of(row->end, t->first.end + times * t->every);
}

/* --- stops that are known to the second --- */

static int is_stop_of(const tg_trials_row_t *row, const tg_trials_stop_t *stop,
                      tg_instant_t known_to)
{
    const tg_interval_t interval = { stop->at, stop->until };

    return stop->at < stop->until && stop->at < known_to &&
           strcmp(stop->schedule, row->schedule->name) == 0 &&
           tg_trial_meets(row->trial, &interval);
}

static void add_exact_gaps(const tg_trials_row_t *row, const apr_array_header_t *stops,
                           tg_instant_t known_to, apr_array_header_t *gaps)
{
    int i;

    for (i = 0; i < stops->nelts; i++) {
        const tg_trials_stop_t *stop = &APR_ARRAY_IDX(stops, i, const tg_trials_stop_t);

        if (is_stop_of(row, stop, known_to)) {
            APR_ARRAY_PUSH(gaps, tg_trial_gap_t) =
                (tg_trial_gap_t){ stop->by, later_of(stop->at, row->start),
                                  stop->until >= end_of_windows(row) ? TG_NEVER : stop->until, 1,
                                  1 };
        }
    }
}

/* --- what records tell --- */

/* Processes learn of a stop, and of its end, some time after it. */
static tg_trial_gap_t *known_at(const apr_array_header_t *gaps, int count, tg_override_kind_t by,
                                tg_instant_t t)
{
    int i;

    for (i = 0; i < count; i++) {
        tg_trial_gap_t *gap = &APR_ARRAY_IDX(gaps, i, tg_trial_gap_t);

        if (gap->by == by && t >= gap->from - TG_TRIAL_COURSE_SLACK &&
            (gap->to == TG_NEVER || t <= gap->to + TG_TRIAL_COURSE_SLACK)) {
            return gap;
        }
    }
    return NULL;
}

/* The first one that begins after @p t. */
static tg_trial_gap_t *known_after(const apr_array_header_t *gaps, int count, tg_override_kind_t by,
                                   tg_instant_t t)
{
    tg_trial_gap_t *found = NULL;
    int i;

    for (i = 0; i < count; i++) {
        tg_trial_gap_t *gap = &APR_ARRAY_IDX(gaps, i, tg_trial_gap_t);

        if ((by == TG_OVERRIDE_NONE || gap->by == by) && gap->from > t &&
            (!found || gap->from < found->from)) {
            found = gap;
        }
    }
    return found;
}

/* It goes on if nothing is known to have come after it. */
static tg_instant_t end_of_told(const tg_trials_told_t *told, tg_instant_t last,
                                const tg_trial_gap_t *next)
{
    return next || last < told->rejected_last ||
                   last < later_of(told->guard.last, told->suspend.last)
               ? last
               : TG_NEVER;
}

/* Where the one end lies within a stop that is known, it belongs to that one. */
static void add_told_gap(const tg_trials_row_t *row, tg_override_kind_t by, int known,
                         apr_array_header_t *gaps)
{
    const tg_trials_told_t *told = &row->told;
    const tg_trials_served_t *served = by == TG_OVERRIDE_GUARD ? &told->guard : &told->suspend;
    tg_trial_gap_t *first_of, *last_of;

    if (served->last == TG_ALWAYS) {
        return;
    }
    first_of = known_at(gaps, known, by, served->first);
    last_of = known_at(gaps, known, by, served->last);
    if (last_of && !first_of) {
        first_of = known_after(gaps, known, by, served->first);
        first_of->from = served->first;
        first_of->is_from_exact = 0;
    }
    else if (!last_of) {
        const tg_trial_gap_t *next = known_after(gaps, known, TG_OVERRIDE_NONE, served->last);

        APR_ARRAY_PUSH(gaps, tg_trial_gap_t) =
            (tg_trial_gap_t){ by, first_of ? served->last : served->first,
                              end_of_told(told, served->last, next), 0, 0 };
    }
}

/* --- both --- */

/* Of two at once TlsGateGuard comes first, whichever was read first. */
static int compare_gaps(const void *a, const void *b)
{
    const tg_trial_gap_t *x = a, *y = b;

    return x->from != y->from ? (x->from > y->from) - (x->from < y->from)
                              : (x->by < y->by) - (x->by > y->by);
}

static int is_in_gap(const tg_trial_gap_t *gap, tg_instant_t from)
{
    return from < gap->to || from == gap->from;
}

/* Those of one kind that overlap become one; of two kinds the later one begins where the other one
 * ends. */
static void add_after(apr_array_header_t *list, tg_trial_gap_t gap)
{
    tg_trial_gap_t *last =
        list->nelts > 0 ? &APR_ARRAY_IDX(list, list->nelts - 1, tg_trial_gap_t) : NULL;

    if (last && gap.by == last->by && gap.from <= last->to) {
        if (gap.to > last->to) {
            last->to = gap.to;
            last->is_to_exact = gap.is_to_exact;
        }
        return;
    }
    if (last && is_in_gap(last, gap.from)) {
        if (gap.to <= last->to) {
            return;
        }
        gap.from = last->to;
        gap.is_from_exact = last->is_to_exact;
    }
    APR_ARRAY_PUSH(list, tg_trial_gap_t) = gap;
}

static const apr_array_header_t *find_gaps(apr_pool_t *pool, const tg_trials_row_t *row,
                                           const apr_array_header_t *stops, tg_instant_t known_to)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(tg_trial_gap_t));
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(tg_trial_gap_t));
    int i, known;

    add_exact_gaps(row, stops, known_to, all);
    known = all->nelts;
    add_told_gap(row, TG_OVERRIDE_GUARD, known, all);
    add_told_gap(row, TG_OVERRIDE_SUSPEND, known, all);
    if (all->nelts > 0) {
        qsort(all->elts, (size_t)all->nelts, sizeof(tg_trial_gap_t), compare_gaps);
    }
    for (i = 0; i < all->nelts; i++) {
        add_after(list, APR_ARRAY_IDX(all, i, tg_trial_gap_t));
    }
    return list;
}

static const tg_trial_gap_t *last_gap(const tg_trial_course_t *course)
{
    return course->gaps->nelts > 0
               ? &APR_ARRAY_IDX(course->gaps, course->gaps->nelts - 1, const tg_trial_gap_t)
               : NULL;
}

/* When it rejected nobody any more: other servers may have gone on, each with a guard of its
 * own. */
static void find_course_end(const tg_trials_row_t *row, const tg_trial_gap_t *cut,
                            tg_trial_course_t *course)
{
    const tg_instant_t rejected = row->told.rejected_last;

    course->end =
        earlier_of(row->end, later_of(cut->from, rejected == TG_ALWAYS ? cut->from : rejected + 1));
    if (rejected != TG_ALWAYS && rejected > cut->from + TG_TRIAL_COURSE_SLACK) {
        course->rejected_until = rejected;
    }
}

tg_trial_course_t tg_trial_course(apr_pool_t *pool, const tg_trials_row_t *row,
                                  const apr_array_header_t *stops, tg_instant_t known_to)
{
    const int is_over = known_to >= row->end;
    tg_trial_course_t course = { TG_NEVER, TG_ALWAYS, find_gaps(pool, row, stops, known_to) };
    const tg_trial_gap_t *last = last_gap(&course);

    /* A stop of which only records tell may be taken back while the trial is on. */
    if (last && last->to == TG_NEVER && (is_over || last->is_to_exact)) {
        find_course_end(row, last, &course);
    }
    else if (is_over) {
        course.end = row->end;
    }
    return course;
}

const tg_trial_gap_t *tg_trial_course_gap(const tg_trial_course_t *course)
{
    const tg_trial_gap_t *last = last_gap(course);

    return last && last->to != TG_NEVER ? &APR_ARRAY_IDX(course->gaps, 0, const tg_trial_gap_t)
                                        : last;
}

tg_instant_t tg_trial_course_ran_on(const tg_trial_course_t *course, tg_instant_t known_to)
{
    const tg_trial_gap_t *last = last_gap(course);

    return last && last->to <= known_to ? last->to : TG_NEVER;
}
