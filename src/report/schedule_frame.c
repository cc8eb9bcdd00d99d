/* The dates of a schedule as rows of a page: see schedule_frame.h. */
#include "schedule_frame.h"

#include "wording.h"

#include "base/program.h"
#include "base/rows.h"
#include "tls/trait_words.h"

#include <apr_lib.h>
#include <apr_strings.h>

/* A schedule and what overrides it, or NULL. */
typedef struct {
    const tg_schedule_t *schedule;
    const tg_override_t *override;
    tg_readers_t readers;
} dated_t;

static void add_date_instant(tg_frame_t *frame, const dated_t *item, tg_date_t date)
{
    tg_frame_add_instant(frame, tg_schedule_dates[date].title,
                         tg_phase_date(item->schedule, item->override, date));
}

static void add_date_interval(tg_frame_t *frame, const char *label, const tg_interval_t *interval)
{
    tg_item_t row = { TG_FRAME_DATE, .label = label };

    row.from = interval->start;
    row.until = row.over = interval->end;
    tg_frame_add_date(frame, &row);
}

/* `every hour until 2018-07-21T14:00:00Z, for 25% of the clients`, after its first window. */
static const char *trial_rest(apr_pool_t *pool, const tg_trial_t *trial)
{
    const char *every = trial->every > 0
                            ? apr_pstrcat(pool, tg_wording_every(pool, trial->every), " until ",
                                          tg_instant_text(pool, trial->until), NULL)
                            : NULL;
    const char *share =
        trial->share < 100 ? apr_psprintf(pool, "for %d%% of the clients", trial->share) : NULL;

    return every && share ? apr_pstrcat(pool, every, ", ", share, NULL) : every ? every : share;
}

static const char *const guard_names[] = { "this server's guard", "TlsGateGuard" };
TG_ROWS_ARE(guard_names, TG_READERS);

static const char *held_until(apr_pool_t *pool, const dated_t *item)
{
    return item->readers == TG_READERS_OPERATORS
               ? apr_pstrcat(pool, TG_PROGRAM_NAME " resume ", item->schedule->name, NULL)
               : "its operators allow it";
}

/* The time of a stop, without that of a trial by hand which runs in spite of it. */
static tg_interval_t stopped_time(const tg_override_t *o, tg_instant_t now)
{
    int is_trial = tg_override_active(o, now) == TG_OVERRIDE_TRIAL;

    return (tg_interval_t){ is_trial ? o->until : o->stopped_at, o->stopped_until };
}

/* What keeps a trial from running, or did so; NULL: nothing. */
static const char *stopped_words(const tg_frame_t *frame, const dated_t *item,
                                 const tg_trial_t *trial, tg_instant_t over)
{
    const tg_override_t *o = item->override;
    const char *guard = guard_names[item->readers];
    apr_pool_t *pool = frame->pool;
    tg_interval_t stopped;

    if (!o || frame->now >= o->stopped_until) {
        return NULL;
    }
    stopped = stopped_time(o, frame->now);
    if (stopped.start >= stopped.end || !tg_trial_meets(trial, &stopped)) {
        return NULL;
    }
    if (over <= frame->now) {
        return trial->first.start > o->stopped_at
                   ? apr_pstrcat(pool, "Held by ", guard, ": did not run", NULL)
                   : apr_pstrcat(pool, "Stopped by ", guard, " at ",
                                 tg_instant_text(pool, o->stopped_at), NULL);
    }
    return o->stopped_until == TG_NEVER
               ? apr_pstrcat(pool, "Held by ", guard, ": does not run until ",
                             held_until(pool, item), NULL)
               : apr_pstrcat(pool, "Stopped by ", guard, ": until ",
                             tg_instant_text(pool, o->stopped_until), " old clients are served",
                             NULL);
}

static void add_date_trials(tg_frame_t *frame, const dated_t *item, tg_date_t date)
{
    const apr_array_header_t *trials = item->schedule->trials;
    int i;

    for (i = 0; i < trials->nelts && i < TG_SCHEDULE_FRAME_TRIALS; i++) {
        const tg_trial_t *trial = &APR_ARRAY_IDX(trials, i, tg_trial_t);
        tg_item_t row = { TG_FRAME_DATE, .label = tg_schedule_dates[date].title };

        row.from = trial->first.start;
        row.until = trial->first.end;
        row.over = trial->every > 0 ? trial->until : row.until;
        row.value = trial_rest(frame->pool, trial);
        row.more = stopped_words(frame, item, trial, row.over);
        row.is_off = row.more != NULL;
        tg_frame_add_date(frame, &row);
    }
    if (trials->nelts > TG_SCHEDULE_FRAME_TRIALS) {
        tg_item_t row = { TG_FRAME_DATE, .label = "More trials" };

        row.value = apr_itoa(frame->pool, trials->nelts - TG_SCHEDULE_FRAME_TRIALS);
        tg_frame_add_date(frame, &row);
    }
}

static void add_date_graces(tg_frame_t *frame, const dated_t *item, tg_date_t date)
{
    int i, n;
    const tg_interval_t *graces = tg_phase_graces(item->schedule, item->override, &n);

    for (i = 0; i < n; i++) {
        add_date_interval(frame, tg_schedule_dates[date].title, &graces[i]);
    }
}

static void (*const date_rows[])(tg_frame_t *frame, const dated_t *item, tg_date_t date) = {
    add_date_instant,
    add_date_trials,
    add_date_graces,
};
TG_ROWS_ARE(date_rows, TG_DATE_KINDS);

/* One that an operator began, which none of the configured dates shows. */
static void add_trial_by_hand(tg_frame_t *frame, const dated_t *item)
{
    tg_interval_t trial;

    if (tg_override_active(item->override, frame->now) == TG_OVERRIDE_TRIAL &&
        tg_phase_next_trial(item->schedule, item->override, frame->now, TG_BUCKET_EVERYONE,
                            &trial)) {
        add_date_interval(frame, "Trial, now", &trial);
    }
}

const char *tg_schedule_frame_traits(apr_pool_t *pool, const tg_schedule_t *schedule)
{
    return tg_trait_words(pool, schedule->traits,
                          schedule->has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS, NULL);
}

const char *tg_schedule_frame_heading(apr_pool_t *pool, const tg_schedule_t *schedule)
{
    char *words = apr_pstrdup(pool, tg_schedule_frame_traits(pool, schedule));

    words[0] = (char)apr_toupper(words[0]);
    return words;
}

void tg_schedule_frame_dates(tg_frame_t *frame, const tg_schedule_t *schedule,
                             const tg_override_t *override, tg_readers_t readers)
{
    const dated_t item = { schedule, override, readers };
    int date;

    tg_frame_add_instant(frame, "Rejected for good from",
                         tg_phase_rejected_for_good(schedule, override));
    add_trial_by_hand(frame, &item);
    for (date = 0; date < TG_DATES; date++) {
        date_rows[tg_schedule_dates[date].kind](frame, &item, (tg_date_t)date);
    }
}
