/* What is to come for a client: see letter_dates.h. */
#include "letter_dates.h"

#include "base/relative.h"
#include "report/wording.h"

#include <apr_strings.h>

/* Trials of a schedule that are named; for the rest the letter says that more follow. */
#define TRIALS_MAX 12

/** Windows that are looked at for them. */
#define WINDOWS_MAX 20000

static const char *span_words(apr_pool_t *pool, tg_instant_t start, tg_instant_t end)
{
    return apr_pstrcat(pool, tg_wording_instant(pool, start), " to ", tg_wording_instant(pool, end),
                       NULL);
}

/* `every hour for 10 min, from Fri 20 Jul 2018, 14:00 UTC to ...`, until that time. */
static const char *told_trial(apr_pool_t *pool, const tg_trial_t *trial, tg_instant_t until)
{
    const tg_interval_t *first = &trial->first;
    const char *span = span_words(pool, first->start, until);

    return trial->every ? apr_pstrcat(pool, tg_wording_every(pool, trial->every), " for ",
                                      tg_relative_length(pool, first->end - first->start),
                                      ", from ", span, NULL)
                        : span;
}

static const char *whole_trial(apr_pool_t *pool, const tg_trial_t *trial)
{
    return told_trial(pool, trial, trial->every ? trial->until : trial->first.end);
}

/* While it is on, it may go on; whoever was rejected was so before. */
static const char *cut_trial(apr_pool_t *pool, const tg_trials_row_t *row,
                             const tg_trial_course_t *course, const tg_trial_gap_t *cut)
{
    const int is_later = course->rejected_until != TG_ALWAYS;

    return apr_pstrcat(
        pool,
        told_trial(pool, row->trial, is_later && course->end != TG_NEVER ? course->end : cut->from),
        cut->is_from_exact && !is_later ? "" : " at the latest", NULL);
}

/* `, but not from A to B and from C to D`: those after which it ran on. */
static const char *gaps_words(apr_pool_t *pool, const tg_trial_course_t *course)
{
    const char *words = "";
    int i;

    for (i = 0; i < course->gaps->nelts; i++) {
        const tg_trial_gap_t *gap = &APR_ARRAY_IDX(course->gaps, i, const tg_trial_gap_t);

        if (gap->to != TG_NEVER) {
            words = apr_pstrcat(pool, words, *words ? " and from " : ", but not from ",
                                span_words(pool, gap->from, gap->to), NULL);
        }
    }
    return words;
}

const char *tg_letter_met(apr_pool_t *pool, const tg_trials_row_t *row,
                          const apr_array_header_t *stops, tg_instant_t now)
{
    const tg_trial_course_t course = tg_trial_course(pool, row, stops, now);
    const tg_trial_gap_t *cut = tg_trial_course_gap(&course);
    /* It is known that a window met it, not which ones. */
    const char *before = row->trial->every ? "at least once in one of: " : "";

    return apr_pstrcat(pool, before,
                       cut && cut->to == TG_NEVER ? cut_trial(pool, row, &course, cut)
                                                  : whole_trial(pool, row->trial),
                       gaps_words(pool, &course),
                       course.end == TG_NEVER && now < row->end ? ", which is not over yet" : "",
                       NULL);
}

/* The repeated trial that has a window there; NULL: it is one of its own, or made by hand. */
static const tg_trial_t *repeated_trial(const tg_schedule_t *s, tg_instant_t t)
{
    int i;

    for (i = 0; i < s->trials->nelts; i++) {
        const tg_trial_t *trial = &APR_ARRAY_IDX(s->trials, i, tg_trial_t);

        if (trial->every && t >= trial->first.start && t < trial->until &&
            (t - trial->first.start) % trial->every < trial->first.end - trial->first.start) {
            return trial;
        }
    }
    return NULL;
}

static void add_date(apr_pool_t *pool, const char **list, const char *before, const char *what,
                     const char *when)
{
    *list = apr_pstrcat(pool, *list, **list ? "\n" : "", before, what, when, NULL);
}

/* 1 if that trial is in the letter already: all of its windows are written at once. */
static int note_told(const tg_trial_t *trial, const tg_trial_t **told, int *count)
{
    int i;

    for (i = 0; i < *count; i++) {
        if (told[i] == trial) {
            return 1;
        }
    }
    if (trial) {
        told[(*count)++] = trial;
    }
    return 0;
}

/* Where to go on after a window of a trial that was written: past all of its windows, unless
 * another trial may have one between them. */
static tg_instant_t after_window(const tg_schedule_t *s, const tg_trial_t *trial, tg_instant_t end)
{
    int i;

    if (!trial || trial->until <= end) {
        return end;
    }
    for (i = 0; i < s->trials->nelts; i++) {
        const tg_trial_t *other = &APR_ARRAY_IDX(s->trials, i, tg_trial_t);

        if (other != trial && other->first.start < trial->until &&
            (other->every ? other->until : other->first.end) > end) {
            return end;
        }
    }
    return trial->until;
}

static void add_next_trials(apr_pool_t *pool, const char **list, const char *before,
                            const tg_outcome_t *outcome, const tg_subject_t *subject)
{
    const tg_trial_t *told[TRIALS_MAX + 1];
    tg_subject_t at = *subject;
    tg_interval_t window;
    int n = 0, told_count = 0, step;

    for (step = 0; step < WINDOWS_MAX; step++) {
        tg_outcome_t then = tg_outcome_of(outcome->binding, &at);
        const tg_trial_t *trial;

        if (!tg_outcome_next_trial(&then, &at, &window) || window.end <= at.now) {
            return;
        }
        trial = repeated_trial(outcome->binding->schedule, window.start);
        if (!note_told(trial, told, &told_count)) {
            if (n++ == TRIALS_MAX) {
                break;
            }
            add_date(pool, list, before, "rejected in a trial: ",
                     trial ? whole_trial(pool, trial) : span_words(pool, window.start, window.end));
        }
        at.now = after_window(outcome->binding->schedule, trial, window.end);
    }
    add_date(pool, list, before, "more trials after these", "");
}

/* One line of dates, as it is put together. */
typedef struct {
    apr_pool_t *pool;
    const char *before; /* the name of the schedule, where there are several */
    tg_instant_t now;
} dating_t;

/* `rejected for good: from ...`; of a date that has come `since ...`. */
static void add_from(const dating_t *d, const char **list, const char *what, tg_instant_t t)
{
    if (t != TG_NEVER && t != TG_ALWAYS) {
        add_date(d->pool, list, d->before,
                 apr_pstrcat(d->pool, what, t > d->now ? ": from " : ": since ", NULL),
                 tg_wording_instant(d->pool, t));
    }
}

static void add_outcome(apr_pool_t *pool, const char **list, const tg_letter_facts_t *facts,
                        const tg_outcome_t *outcome)
{
    const dating_t dating = { pool,
                              facts->count > 1
                                  ? apr_pstrcat(pool, outcome->binding->schedule->name, ", ", NULL)
                                  : "",
                              facts->subject->now };
    const char *own = "";

    add_next_trials(pool, &own, dating.before, outcome, facts->subject);
    add_from(&dating, &own, "rejected for good", tg_outcome_sunset(outcome, facts->subject));
    add_from(&dating, &own, "refused in the TLS handshake",
             tg_outcome_refused_from(outcome, facts->subject));
    if (!*own) {
        add_date(pool, &own, dating.before, "no date is set yet", "");
    }
    *list = apr_pstrcat(pool, *list, **list ? "\n" : "", own, NULL);
}

const char *tg_letter_dates(apr_pool_t *pool, const tg_letter_facts_t *facts)
{
    const char *list = "";
    int i;

    if (facts->at != TG_NEVER) {
        add_from(&(const dating_t){ pool, "", facts->subject ? facts->subject->now : TG_ALWAYS },
                 &list, "rejected for good", facts->at);
        return list;
    }
    for (i = 0; i < facts->count; i++) {
        add_outcome(pool, &list, facts, &facts->outcomes[i]);
    }
    return list;
}

tg_instant_t tg_letter_breaks_at(const tg_letter_facts_t *facts)
{
    return facts->at != TG_NEVER ? facts->at
                                 : tg_verdict_sunset(facts->outcomes, facts->count, facts->subject);
}
