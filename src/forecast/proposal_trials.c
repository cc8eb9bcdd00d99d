/* Windows as TlsGateTrial lines: see proposal.h. */
#include "proposal.h"

#include <apr_strings.h>

/* With fewer the line is no shorter, and harder to read. */
#define REPEATS_MIN 3

/* The windows, and which of them are in a line already. */
typedef struct {
    const tg_proposed_window_t *windows;
    int count;
    unsigned char *is_written;
} repeating_t;

static int64_t window_length(const tg_proposed_window_t *w)
{
    return w->interval.end - w->interval.start;
}

/* The next window that continues the row: of that length, at that time. -1: there is none. */
static int next_in_row(const repeating_t *r, int from, int64_t length, tg_instant_t start)
{
    int i;

    for (i = from; i < r->count && r->windows[i].interval.start <= start; i++) {
        if (r->windows[i].interval.start == start && !r->is_written[i] &&
            window_length(&r->windows[i]) == length) {
            return i;
        }
    }
    return -1;
}

/* How many windows are in a row from this one, each that many seconds after the one before. */
static int count_in_row(const repeating_t *r, int first, int64_t every, int mark)
{
    int64_t length = window_length(&r->windows[first]);
    int times = 0, i = first;

    while (i >= 0) {
        if (mark) {
            r->is_written[i] = 1;
        }
        times++;
        i = next_in_row(r, i + 1, length, r->windows[i].interval.start + every);
    }
    return times;
}

static int64_t best_repetition(const repeating_t *r, int first)
{
    int64_t best = 0;
    int most = REPEATS_MIN - 1, i;

    for (i = first + 1; i < r->count; i++) {
        int64_t every = r->windows[i].interval.start - r->windows[first].interval.start;
        int times = count_in_row(r, first, every, 0);

        if (times > most) {
            most = times;
            best = every;
        }
    }
    return best;
}

apr_array_header_t *tg_proposal_trials(apr_pool_t *pool, const apr_array_header_t *windows)
{
    apr_array_header_t *trials = apr_array_make(pool, 16, sizeof(tg_trial_t));
    repeating_t r = { (const tg_proposed_window_t *)(const void *)windows->elts, windows->nelts,
                      apr_pcalloc(pool, (apr_size_t)windows->nelts + 1) };
    int i;

    for (i = 0; i < r.count; i++) {
        tg_trial_t trial = { r.windows[i].interval, 0, TG_NEVER, 100 };

        if (r.is_written[i]) {
            continue;
        }
        trial.every = best_repetition(&r, i);
        if (trial.every) {
            int times = count_in_row(&r, i, trial.every, 1);

            trial.until = trial.first.end + trial.every * (times - 1);
        }
        APR_ARRAY_PUSH(trials, tg_trial_t) = trial;
    }
    return trials;
}

const char *tg_proposal_line(apr_pool_t *pool, const tg_trial_t *trial)
{
    char length[TG_DURATION_STRLEN], every[TG_DURATION_STRLEN];
    const char *text =
        apr_pstrcat(pool, tg_instant_text(pool, trial->first.start), "/",
                    tg_duration_format(trial->first.end - trial->first.start, length), NULL);

    return trial->every
               ? apr_pstrcat(pool, text, " every=", tg_duration_format(trial->every, every),
                             " until=", tg_instant_text(pool, trial->until), NULL)
               : text;
}
