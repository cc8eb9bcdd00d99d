/* Trials that reject as little as possible: see proposal.h. */
#include "proposal.h"

#include "cover.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* Windows are numbered in blocks of the grid from here on. */
typedef struct {
    apr_pool_t *pool;
    const tg_proposal_question_t *q;
    tg_instant_t start; /* of the first block */
    int grid;           /* steps of a block */
    int blocks;         /* in which windows may be */
    int starts;         /* in which they may begin: a week of them */
    int weeks;          /* over which they may be spread */
    int longest;        /* blocks of a window */
    unsigned char
        *kept; /* by block: in so many weeks the schedule has a trial there already, or beside
                            it */
    tg_meeting_t meeting;
    apr_array_header_t *windows; /* of tg_cover_window_t, in blocks; those that begin last first */
    uint64_t members, looks;
} drafting_t;

static int64_t round_up(int64_t n, int64_t unit)
{
    return (n / unit + (n % unit > 0)) * unit;
}

static tg_instant_t block_time(const drafting_t *d, int block)
{
    return d->start + (int64_t)block * d->grid * TG_WEEK_STEP;
}

#define WEEK_LENGTH ((int64_t)TG_WEEK_STEPS * TG_WEEK_STEP)

/* A window that ends where another begins would be one with it. */
static void mark_kept_in(drafting_t *d, const tg_interval_t *kept, unsigned char *marks)
{
    int64_t length = (int64_t)d->grid * TG_WEEK_STEP, block = (kept->start - d->start) / length - 2;

    for (block = block > 0 ? block : 0; block < d->blocks && block_time(d, (int)block) <= kept->end;
         block++) {
        marks[block] |= block_time(d, (int)block + 1) >= kept->start;
    }
}

static void mark_kept(drafting_t *d)
{
    unsigned char *marks = apr_palloc(d->pool, (apr_size_t)d->blocks + 1);
    int week, i;

    d->kept = apr_pcalloc(d->pool, (apr_size_t)d->blocks + 1);
    for (week = 0; d->q->kept && week < d->weeks; week++) {
        memset(marks, 0, (size_t)d->blocks + 1);
        for (i = 0; i < d->q->kept->nelts; i++) {
            tg_interval_t kept = APR_ARRAY_IDX(d->q->kept, i, tg_window_t).interval;

            kept.start -= week * WEEK_LENGTH;
            kept.end -= week * WEEK_LENGTH;
            mark_kept_in(d, &kept, marks);
        }
        for (i = 0; i < d->blocks; i++) {
            d->kept[i] = (unsigned char)(d->kept[i] + marks[i]);
        }
    }
}

/* No week has room for a window with that block. */
static int is_block_kept(const drafting_t *d, int block)
{
    return d->kept[block] == d->weeks;
}

/* Over how many weeks windows may be spread. */
static int count_weeks(const drafting_t *d)
{
    int64_t weeks = (d->q->until - d->start) / WEEK_LENGTH;

    return weeks < 1 ? 1 : weeks < TG_PROPOSAL_WEEKS_MAX ? (int)weeks : TG_PROPOSAL_WEEKS_MAX;
}

static void begin_drafting(drafting_t *d, apr_pool_t *pool, const tg_proposal_question_t *q,
                           int64_t grid, int64_t longest)
{
    int64_t week = WEEK_LENGTH / grid;

    d->pool = pool;
    d->q = q;
    d->grid = (int)(grid / TG_WEEK_STEP);
    d->start = round_up(q->from, grid);
    d->longest = (int)(longest / grid < week ? longest / grid : week);
    d->blocks = 0;
    if (q->until - d->start >= grid) {
        int64_t blocks = (q->until - d->start) / grid, most = week + d->longest - 1;

        d->blocks = (int)(blocks < most ? blocks : most);
    }
    d->starts = d->blocks < (int)week ? d->blocks : (int)week;
    d->windows = apr_array_make(pool, 256, sizeof(tg_cover_window_t));
    d->members = d->looks = 0;
    mark_kept(d);
}

static void meet_block(drafting_t *d, int block)
{
    int step = tg_week_step(block_time(d, block)), i;

    for (i = 0; i < d->grid; i++) {
        tg_meeting_add(&d->meeting, (step + i) % TG_WEEK_STEPS);
    }
}

/*
 * All windows that begin with that block.
 * @param met by length in blocks: how many clients the window meets. Before the call it is that of
 *            the windows that begin one block later
 */
static void draft_windows(drafting_t *d, int block, uint32_t *met)
{
    int first = d->windows->nelts, length, i;
    uint32_t before = 0, later = 0, *members;

    tg_meeting_clear(&d->meeting);
    for (length = 1; length <= d->longest && block + length <= d->blocks &&
                     !is_block_kept(d, block + length - 1);
         length++) {
        uint32_t now;

        meet_block(d, block + length - 1);
        now = d->meeting.met_count;
        if (now > before && now > later) { /* neither end can be cut by a block */
            APR_ARRAY_PUSH(d->windows, tg_cover_window_t) =
                (tg_cover_window_t){ block, block + length, d->meeting.requests + d->q->window_cost,
                                     NULL, now };
            d->looks += now;
        }
        before = now;
        later = met[length];
        met[length] = now;
    }
    for (; length <= d->longest; length++) {
        met[length] = 0;
    }
    d->members += d->meeting.met_count;
    members = apr_pmemdup(d->pool, d->meeting.met, d->meeting.met_count * sizeof(*members));
    for (i = first; i < d->windows->nelts; i++) {
        APR_ARRAY_IDX(d->windows, i, tg_cover_window_t).members = members;
    }
}

/* 1, or 0: there are too many. */
static int draft_all(drafting_t *d)
{
    uint32_t *met = apr_pcalloc(d->pool, ((apr_size_t)d->longest + 1) * sizeof(*met));
    int block, i, j;

    d->meeting = tg_meeting_begin(d->pool, d->q->week);
    for (block = d->starts - 1; block >= 0; block--) {
        draft_windows(d, block, met);
        if (d->members > TG_PROPOSAL_MEMBERS_MAX || d->looks > TG_PROPOSAL_LOOKS_MAX) {
            return 0;
        }
    }
    for (i = 0, j = d->windows->nelts - 1; i < j; i++, j--) {
        tg_cover_window_t moved = APR_ARRAY_IDX(d->windows, i, tg_cover_window_t);

        APR_ARRAY_IDX(d->windows, i, tg_cover_window_t) =
            APR_ARRAY_IDX(d->windows, j, tg_cover_window_t);
        APR_ARRAY_IDX(d->windows, j, tg_cover_window_t) = moved;
    }
    return 1;
}

/* How many clients are in some window. */
static uint32_t count_reachable(const drafting_t *d)
{
    unsigned char *is_met = apr_pcalloc(d->pool, d->q->week->clients + (apr_size_t)1);
    uint32_t reachable = 0, j;
    int i;

    for (i = 0; i < d->windows->nelts; i++) {
        const tg_cover_window_t *w = &APR_ARRAY_IDX(d->windows, i, tg_cover_window_t);

        for (j = 0; j < w->count; j++) {
            reachable += !is_met[w->members[j]];
            is_met[w->members[j]] = 1;
        }
    }
    return reachable;
}

uint32_t tg_proposal_reachable(apr_pool_t *pool, const tg_proposal_question_t *question,
                               int64_t longest)
{
    unsigned char *is_met = apr_pcalloc(pool, question->week->clients + (apr_size_t)1);
    drafting_t d = { .start = question->from, .q = question };
    int block, length, stride;
    uint32_t reachable = 0, i;

    d.weeks = count_weeks(&d);
    begin_drafting(&d, pool, question, question->grid, longest);
    d.meeting = tg_meeting_begin(pool, question->week);
    stride = d.longest > 4 ? d.longest / 4 : 1;
    for (block = 0; block < d.starts; block += stride) {
        tg_meeting_clear(&d.meeting);
        for (length = 0;
             length < d.longest && block + length < d.blocks && !is_block_kept(&d, block + length);
             length++) {
            meet_block(&d, block + length);
        }
        for (i = 0; i < d.meeting.met_count; i++) {
            reachable += !is_met[d.meeting.met[i]];
            is_met[d.meeting.met[i]] = 1;
        }
    }
    return reachable;
}

/* --- the series --- */

/* 1 if it is within the time and touches nothing. */
static int finds_room(const drafting_t *d, const tg_interval_t *at, const tg_interval_t *placed,
                      int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (at->start <= placed[i].end && at->end >= placed[i].start) {
            return 0;
        }
    }
    for (i = 0; d->q->kept && i < d->q->kept->nelts; i++) {
        const tg_interval_t *kept = &APR_ARRAY_IDX(d->q->kept, i, tg_window_t).interval;

        if (at->start <= kept->end && at->end >= kept->start) {
            return 0;
        }
    }
    return at->end <= d->q->until;
}

/* Each window in the first week that has room for it. 1, or 0: there is no such week. */
static int place_series(const drafting_t *d, const tg_cover_t *found, tg_interval_t *placed)
{
    int i, week;

    for (i = 0; i < found->count; i++) {
        const tg_cover_window_t *w =
            &APR_ARRAY_IDX(d->windows, found->chosen[i], tg_cover_window_t);

        for (week = 0; week < d->weeks; week++) {
            placed[i].start = block_time(d, w->start) + week * WEEK_LENGTH;
            placed[i].end = block_time(d, w->end) + week * WEEK_LENGTH;
            if (finds_room(d, &placed[i], placed, i)) {
                break;
            }
        }
        if (week == d->weeks) {
            return 0;
        }
    }
    return 1;
}

static int compare_proposed(const void *a, const void *b)
{
    const tg_proposed_window_t *x = a, *y = b;

    return (x->interval.start > y->interval.start) - (x->interval.start < y->interval.start);
}

/* The clients that each window is the first to meet. */
static void find_fresh(const drafting_t *d, const tg_proposal_t *proposal)
{
    unsigned char *is_met = apr_pcalloc(d->pool, d->q->week->clients + (apr_size_t)1);
    uint32_t j;
    int i;

    for (i = 0; i < proposal->windows->nelts; i++) {
        tg_proposed_window_t *w = &APR_ARRAY_IDX(proposal->windows, i, tg_proposed_window_t);

        for (j = 0; j < w->met; j++) {
            w->fresh += !is_met[w->clients[j]];
            is_met[w->clients[j]] = 1;
        }
    }
}

static void take_series(const drafting_t *d, const tg_cover_t *found, const tg_interval_t *placed,
                        tg_proposal_t *proposal)
{
    int i;

    for (i = 0; i < found->count; i++) {
        const tg_cover_window_t *w =
            &APR_ARRAY_IDX(d->windows, found->chosen[i], tg_cover_window_t);

        APR_ARRAY_PUSH(proposal->windows, tg_proposed_window_t) =
            (tg_proposed_window_t){ placed[i], w->cost - d->q->window_cost, w->members, w->count,
                                    0 };
    }
    if (found->count > 0) {
        qsort(proposal->windows->elts, (size_t)found->count, sizeof(tg_proposed_window_t),
              compare_proposed);
    }
    find_fresh(d, proposal);
    proposal->met = found->met;
    proposal->requests = found->cost - (uint64_t)found->count * d->q->window_cost;
    proposal->cost = found->cost;
    proposal->least = found->least;
    proposal->trials = tg_proposal_trials(d->pool, proposal->windows);
}

/* Finds a grid that is coarse enough for that many clients. 1, or 0 if none is. */
static int draft_within_limits(drafting_t *d, apr_pool_t *pool)
{
    const tg_proposal_question_t *q = d->q;
    apr_pool_t *attempt;
    int64_t grid;

    for (grid = q->grid; grid <= q->longest; grid *= 2) {
        apr_pool_create(&attempt, pool);
        begin_drafting(d, attempt, q, grid, q->longest);
        if (draft_all(d)) {
            return 1;
        }
        apr_pool_destroy(attempt);
    }
    return 0;
}

/* @p placed receives where the windows are */
static tg_proposal_result_t find_series(drafting_t *d, apr_pool_t *pool, tg_cover_t *found,
                                        tg_interval_t **placed, tg_proposal_t *proposal)
{
    tg_cover_question_t cover = { .clients = d->q->week->clients,
                                  .need = d->q->need,
                                  .work = d->q->work,
                                  .may_touch = d->weeks > 1 };
    int is_found;

    if (!draft_within_limits(d, pool)) {
        return TG_PROPOSAL_TOO_MANY;
    }
    proposal->grid = (int64_t)d->grid * TG_WEEK_STEP;
    if (d->blocks == 0) {
        return TG_PROPOSAL_NO_TIME;
    }
    proposal->reachable = count_reachable(d);
    if (proposal->reachable < d->q->need) {
        return TG_PROPOSAL_BEYOND;
    }
    cover.windows = (const tg_cover_window_t *)(const void *)d->windows->elts;
    cover.count = d->windows->nelts;
    is_found = tg_cover_find(d->pool, &cover, found);
    *placed = apr_palloc(d->pool, ((apr_size_t)found->count + 1) * sizeof(tg_interval_t));
    return is_found && place_series(d, found, *placed) ? TG_PROPOSAL_FOUND : TG_PROPOSAL_MISSED;
}

tg_proposal_result_t tg_proposal_find(apr_pool_t *pool, const tg_proposal_question_t *question,
                                      tg_proposal_t *proposal)
{
    drafting_t d = { .start = question->from, .q = question };
    tg_proposal_result_t result;
    tg_interval_t *placed;
    tg_cover_t found;

    *proposal = (tg_proposal_t){ .windows = apr_array_make(pool, 16, sizeof(tg_proposed_window_t)),
                                 .trials = apr_array_make(pool, 1, sizeof(tg_trial_t)) };
    d.weeks = count_weeks(&d);
    result = find_series(&d, pool, &found, &placed, proposal);
    if (result == TG_PROPOSAL_MISSED && d.weeks > 1) {
        const tg_proposal_t first = *proposal;

        d.weeks = 1;
        result = find_series(&d, pool, &found, &placed, proposal);
        if (result != TG_PROPOSAL_FOUND) {
            *proposal = first;
            result = TG_PROPOSAL_MISSED;
        }
    }
    if (result == TG_PROPOSAL_FOUND) {
        take_series(&d, &found, placed, proposal);
    }
    return result;
}
