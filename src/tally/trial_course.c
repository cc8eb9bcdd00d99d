/* How a trial went: see trial_course.h.
 *
 * Two sources tell it. Stops that are known to the second; and records of its windows, of which the
 * first and the last time are kept that somebody was served because of a stop, and the last time
 * that somebody was rejected, so that it does not matter in which order they were read.
 */
#include "trial_course.h"

#include <string.h>

/* Those stops of a trial that are known to the second: since when there was one, and the last time
 * without a gap in which it was stopped. */
typedef struct {
    int count;
    tg_instant_t first;
    tg_override_kind_t first_by;
    tg_trials_stop_t last;
} known_stops_t;

static int is_stop_of(const tg_trials_row_t *row, const tg_trials_stop_t *stop,
                      tg_instant_t known_to)
{
    const tg_interval_t interval = { stop->at, stop->until };

    return stop->at < stop->until && stop->at < known_to &&
           strcmp(stop->schedule, row->schedule->name) == 0 &&
           tg_trial_meets(row->trial, &interval);
}

/* Stops may overlap, and come in any order: the last one grows until nothing more belongs to it. */
static void find_last_stop(const tg_trials_row_t *row, const apr_array_header_t *stops,
                           tg_instant_t known_to, known_stops_t *known)
{
    tg_trials_stop_t *last = &known->last;
    int i, grows = 1;

    while (grows) {
        grows = 0;
        for (i = 0; i < stops->nelts; i++) {
            const tg_trials_stop_t *stop = &APR_ARRAY_IDX(stops, i, const tg_trials_stop_t);

            if (is_stop_of(row, stop, known_to) && stop->at < last->at && stop->until >= last->at) {
                last->at = stop->at;
                last->by = stop->by;
                grows = 1;
            }
        }
    }
}

static known_stops_t find_known_stops(const tg_trials_row_t *row, const apr_array_header_t *stops,
                                      tg_instant_t known_to)
{
    known_stops_t known = { 0, TG_NEVER, TG_OVERRIDE_NONE, { NULL, 0, TG_NEVER, TG_ALWAYS } };
    int i;

    for (i = 0; i < stops->nelts; i++) {
        const tg_trials_stop_t *stop = &APR_ARRAY_IDX(stops, i, const tg_trials_stop_t);

        if (!is_stop_of(row, stop, known_to)) {
            continue;
        }
        known.count++;
        if (stop->at < known.first) {
            known.first = stop->at;
            known.first_by = stop->by;
        }
        if (stop->until > known.last.until) {
            known.last = *stop;
        }
    }
    find_last_stop(row, stops, known_to, &known);
    return known;
}

static tg_instant_t later_of(tg_instant_t a, tg_instant_t b)
{
    return a > b ? a : b;
}

static tg_instant_t earlier_of(tg_instant_t a, tg_instant_t b)
{
    return a < b ? a : b;
}

/* When it rejected nobody any more: other servers may have gone on, each with a guard of its
 * own. */
static tg_instant_t end_of_cut(const tg_trials_row_t *row, tg_instant_t from)
{
    const tg_instant_t rejected = row->told.rejected_last;

    return earlier_of(row->end, later_of(from, rejected == TG_ALWAYS ? from : rejected + 1));
}

/* By the records, of which a stop that is known may be the first. */
static void read_told(const tg_trials_row_t *row, const known_stops_t *known,
                      tg_trial_course_t *course)
{
    const tg_trials_told_t *told = &row->told;

    course->by = told->served_by;
    course->from = told->served_first;
    if (known->count && known->first <= told->served_first) {
        course->by = known->first_by;
        course->from = later_of(known->first, row->start);
        course->is_from_exact = 1;
    }
    if (known->count && known->last.until > told->served_last) {
        course->to = known->last.until;
        course->is_to_exact = 1;
    }
    else if (told->rejected_last > told->served_last) {
        course->to = told->served_last;
    }
}

/* The end of the last window: a repeated trial may go on until later by its line. */
static tg_instant_t end_of_windows(const tg_trials_row_t *row)
{
    const tg_trial_t *t = row->trial;
    const int64_t times = t->every ? (row->end - row->start - 1) / t->every : 0;

    return earlier_of(row->end, t->first.end + times * t->every);
}

tg_trial_course_t tg_trial_course(const tg_trials_row_t *row, const apr_array_header_t *stops,
                                  tg_instant_t known_to)
{
    const known_stops_t known = find_known_stops(row, stops, known_to);
    const int is_over = known_to >= row->end;
    tg_trial_course_t course = { TG_NEVER, TG_OVERRIDE_NONE, TG_NEVER, TG_NEVER, 0, 0 };

    if (known.count && known.last.until >= end_of_windows(row)) {
        course.by = known.last.by;
        course.from = later_of(known.last.at, row->start);
        course.is_from_exact = 1;
        course.end = end_of_cut(row, course.from);
        return course;
    }
    if (known.count || row->told.served_by != TG_OVERRIDE_NONE) {
        read_told(row, &known, &course);
    }
    /* A stop of which only records tell may be taken back while the trial is on. */
    if (is_over) {
        course.end = course.by != TG_OVERRIDE_NONE && course.to == TG_NEVER
                         ? end_of_cut(row, course.from)
                         : row->end;
    }
    return course;
}
