/* Whom trials met: see trials.h. */
#include "trials.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CLIENTS 1024
#define HOUR 3600

static apr_status_t free_rows(void *data)
{
    tg_trials_t *trials = data;
    int i;

    for (i = 0; i < trials->rows->nelts; i++) {
        free(APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t).seen);
    }
    return APR_SUCCESS;
}

static int compare_trials(const void *a, const void *b)
{
    const tg_trials_row_t *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

tg_trials_t *tg_trials_create(apr_pool_t *pool, const apr_array_header_t *schedules,
                              tg_instant_t now)
{
    tg_trials_t *trials = apr_palloc(pool, sizeof(*trials));
    int i, j;

    trials->pool = pool;
    trials->rows = apr_array_make(pool, 8, sizeof(tg_trials_row_t));
    trials->stops = apr_array_make(pool, 2, sizeof(tg_trials_stop_t));
    for (i = 0; i < schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(schedules, i, tg_schedule_t *);

        for (j = 0; j < s->trials->nelts; j++) {
            const tg_trial_t *t = &APR_ARRAY_IDX(s->trials, j, tg_trial_t);

            if (t->first.start < now) {
                APR_ARRAY_PUSH(trials->rows, tg_trials_row_t) =
                    (tg_trials_row_t){ s,    t, t->first.start,  t->every ? t->until : t->first.end,
                                       NULL, 0, TG_TRIALS_UNTOLD };
            }
        }
    }
    if (trials->rows->nelts > 0) {
        qsort(trials->rows->elts, (size_t)trials->rows->nelts, sizeof(tg_trials_row_t),
              compare_trials);
    }
    apr_pool_cleanup_register(pool, trials, free_rows, apr_pool_cleanup_null);
    return trials;
}

static int is_in_window(const tg_trials_row_t *row, tg_instant_t t)
{
    const tg_trial_t *trial = row->trial;
    int64_t since = t - row->start;

    since = trial->every ? since % trial->every : since;
    return t >= row->start && t < row->end && since < trial->first.end - trial->first.start;
}

static int is_of_trial_schedule(const tg_trials_row_t *row, const tg_record_t *r)
{
    const char *name = row->schedule->name;

    return strlen(name) == r->schedule.length &&
           memcmp(name, r->schedule.at, r->schedule.length) == 0;
}

/* A log of others does not tell the schedule: there the status does. */
static int is_rejected_by(const tg_trials_row_t *row, const tg_record_t *r)
{

    if (r->schedule.length == 0) {
        return r->status == tg_schedule_status(row->schedule, TG_STATUS_TRIAL, r->protocol,
                                               TG_TRAIT_PROTOCOL(r->protocol));
    }
    return r->action == TG_ACTION_REJECT && r->is_enforced && is_of_trial_schedule(row, r);
}

/* Served because of a change that is no part of the trial. */
static int is_served_by_stop(const tg_trials_row_t *row, const tg_record_t *r)
{
    return (r->by_hand == TG_OVERRIDE_SUSPEND || r->by_hand == TG_OVERRIDE_GUARD) &&
           is_of_trial_schedule(row, r) && !is_rejected_by(row, r);
}

static unsigned bits_of(const tg_trials_row_t *row, const tg_record_t *r)
{
    int64_t since = r->time - row->start;
    int is_in = is_in_window(row, r->time);
    unsigned bits = 0;

    if (since >= -TG_TRIALS_BEFORE && r->time < row->end && !(is_in && is_served_by_stop(row, r))) {
        bits |= TG_TRIALS_PRESENT;
    }
    if (is_in && is_rejected_by(row, r)) {
        bits |= TG_TRIALS_MET;
    }
    if (since >= 0 && since < TG_TRIALS_DAY && since % HOUR < TG_TRIALS_HOURLY) {
        bits |= TG_TRIALS_HOURLY_MET;
    }
    return bits;
}

static void make_room(tg_trials_row_t *row, uint32_t client)
{
    uint32_t room = row->room ? row->room : FIRST_CLIENTS;
    unsigned char *seen;

    while (room <= client) {
        room *= 2;
    }
    seen = realloc(row->seen, room);
    if (!seen) {
        abort();
    }
    memset(seen + row->room, 0, room - row->room);
    row->seen = seen;
    row->room = room;
}

void tg_trials_set(tg_trials_row_t *row, uint32_t client, unsigned bits)
{
    if (bits && client >= row->room) {
        make_room(row, client);
    }
    if (bits) {
        row->seen[client] = (unsigned char)(row->seen[client] | bits);
    }
}

static void tell_served(tg_trials_served_t *served, const tg_trials_served_t *other)
{
    if (other->first < served->first) {
        served->first = other->first;
    }
    if (other->last > served->last) {
        served->last = other->last;
    }
}

void tg_trials_tell(tg_trials_row_t *row, const tg_trials_told_t *other)
{
    tg_trials_told_t *told = &row->told;

    tell_served(&told->guard, &other->guard);
    tell_served(&told->suspend, &other->suspend);
    if (other->rejected_last > told->rejected_last) {
        told->rejected_last = other->rejected_last;
    }
}

void tg_trials_join(tg_trials_t *trials, const tg_trials_t *copy)
{
    int i;

    for (i = 0; i < trials->rows->nelts; i++) {
        tg_trials_tell(&APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t),
                       &APR_ARRAY_IDX(copy->rows, i, tg_trials_row_t).told);
    }
}

/* What one record tells of a trial. */
static void tell_of_record(tg_trials_row_t *row, const tg_record_t *r, unsigned bits)
{
    tg_trials_told_t told = TG_TRIALS_UNTOLD;

    if (bits & TG_TRIALS_MET) {
        told.rejected_last = r->time;
    }
    else if (is_served_by_stop(row, r) && is_in_window(row, r->time)) {
        *(r->by_hand == TG_OVERRIDE_GUARD ? &told.guard : &told.suspend) =
            (tg_trials_served_t){ r->time, r->time };
    }
    tg_trials_tell(row, &told);
}

void tg_trials_note(tg_trials_t *trials, uint32_t client, const tg_record_t *record)
{
    int i;

    for (i = 0; i < trials->rows->nelts; i++) {
        tg_trials_row_t *row = &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t);
        unsigned bits = bits_of(row, record);

        tg_trials_set(row, client, bits);
        tell_of_record(row, record, bits);
    }
}

tg_trials_t *tg_trials_copy(apr_pool_t *pool, const tg_trials_t *trials)
{
    tg_trials_t *copy = apr_palloc(pool, sizeof(*copy));
    int i;

    copy->pool = pool;
    copy->rows = apr_array_make(pool, trials->rows->nelts, sizeof(tg_trials_row_t));
    copy->stops = trials->stops;
    /* Without whom they met, which another thread may be writing. */
    for (i = 0; i < trials->rows->nelts; i++) {
        const tg_trials_row_t *row = &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t);

        APR_ARRAY_PUSH(copy->rows, tg_trials_row_t) =
            (tg_trials_row_t){ row->schedule, row->trial, row->start,      row->end,
                               NULL,          0,          TG_TRIALS_UNTOLD };
    }
    apr_pool_cleanup_register(pool, copy, free_rows, apr_pool_cleanup_null);
    return copy;
}

void tg_trials_add(tg_trials_t *trials, uint32_t client, const tg_trials_t *copy, uint32_t other)
{
    int i;

    for (i = 0; i < trials->rows->nelts; i++) {
        tg_trials_set(&APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t), client,
                      tg_trials_seen(&APR_ARRAY_IDX(copy->rows, i, tg_trials_row_t), other));
    }
}

unsigned tg_trials_seen(const tg_trials_row_t *row, uint32_t client)
{
    return client < row->room ? row->seen[client] : 0;
}
