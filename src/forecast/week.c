/* The week of the clients: see week.h. */
#include "week.h"

#include <stdlib.h>
#include <string.h>

/* 1970 began on a Thursday. */
#define STEPS_BEFORE_1970 (3 * (int64_t)TG_HISTORY_PERIODS_A_DAY)

#define STEPS_OF_WEEK ((int64_t)TG_WEEK_STEPS)

static int step_of_period(int64_t period)
{
    return (int)((period + STEPS_BEFORE_1970) % STEPS_OF_WEEK);
}

int tg_week_step(tg_instant_t t)
{
    int64_t period = t / TG_WEEK_STEP - (t % TG_WEEK_STEP < 0);

    return (step_of_period(period) + TG_WEEK_STEPS) % TG_WEEK_STEPS;
}

static int compare_by_step(const void *a, const void *b)
{
    const tg_visit_t *x = a, *y = b;
    int step_x = step_of_period(x->period), step_y = step_of_period(y->period);

    return step_x != step_y         ? step_x - step_y
           : x->client != y->client ? (x->client > y->client) - (x->client < y->client)
                                    : (x->period > y->period) - (x->period < y->period);
}

/* While a week is made: the history in periods, and what the visits mean. */
typedef struct {
    tg_week_t *week;
    const uint32_t *numbers;
    int64_t start, end; /* periods, [start, end) */
    int often;
} week_making_t;

/* The number of the week of a period, 0 for the last one; below 0: it is not in the history. */
static int64_t week_number(const week_making_t *m, const tg_visit_t *v)
{
    return v->period >= m->start && v->period < m->end && m->numbers[v->client] != TG_WEEK_NOBODY
               ? (m->end - 1 - v->period) / STEPS_OF_WEEK
               : -1;
}

/* In how many weeks the step was seen. The oldest week may have begun later. */
static uint64_t times_seen(const week_making_t *m, int64_t period)
{
    int64_t last = m->end - 1 - (m->end - 1 - period) % STEPS_OF_WEEK;

    return (uint64_t)((last - m->start) / STEPS_OF_WEEK + 1);
}

static void set_needed(const week_making_t *m, const tg_visits_t *visits)
{
    unsigned char *weeks = m->week->needed;
    size_t i;

    for (i = 0; i < visits->count; i++) {
        const tg_visit_t *v = &visits->list[i];
        int64_t week = week_number(m, v);

        if (week >= 0 && week + 1 > weeks[m->numbers[v->client]]) {
            weeks[m->numbers[v->client]] = (unsigned char)(week + 1);
        }
    }
    for (i = 0; i < m->week->clients; i++) {
        int needed = (weeks[i] * m->often + 99) / 100;

        weeks[i] = (unsigned char)(needed ? needed : 1);
    }
}

static void fill_week(const week_making_t *m, const tg_visits_t *visits)
{
    tg_week_t *week = m->week;
    size_t i, n = 0;
    int step = 0;

    for (i = 0; i < visits->count; i++) {
        const tg_visit_t *v = &visits->list[i];
        int64_t number = week_number(m, v);
        tg_week_visit_t *to;

        if (number < 0) {
            continue;
        }
        while (step <= step_of_period(v->period)) {
            week->first[step++] = n;
        }
        to = n > week->first[step - 1] && week->visits[n - 1].client == m->numbers[v->client]
                 ? &week->visits[n - 1]
                 : &week->visits[n++];
        to->client = m->numbers[v->client];
        to->weeks |= UINT64_C(1) << number;
        to->requests += (uint64_t)v->count * TG_WEEK_REQUEST / times_seen(m, v->period);
    }
    while (step <= TG_WEEK_STEPS) {
        week->first[step++] = n;
    }
}

static int compare_by_number(const void *a, const void *b)
{
    const tg_week_visit_t *x = a, *y = b;

    return (x->client > y->client) - (x->client < y->client);
}

/* They are in the order in which the log has the clients. */
static void sort_steps(tg_week_t *week)
{
    int step;

    for (step = 0; step < TG_WEEK_STEPS; step++) {
        qsort(&week->visits[week->first[step]], week->first[step + 1] - week->first[step],
              sizeof(tg_week_visit_t), compare_by_number);
    }
}

const tg_week_t *tg_week_make(apr_pool_t *pool, tg_visits_t *visits, const uint32_t *numbers,
                              uint32_t clients, const tg_interval_t *history, int often)
{
    tg_week_t *week = apr_pcalloc(pool, sizeof(*week));
    week_making_t m = { week, numbers, history->start / TG_WEEK_STEP,
                        (history->end + TG_WEEK_STEP - 1) / TG_WEEK_STEP, often };

    if (m.start < m.end - TG_WEEK_HISTORY_MAX * STEPS_OF_WEEK) {
        m.start = m.end - TG_WEEK_HISTORY_MAX * STEPS_OF_WEEK;
    }
    week->history =
        (tg_interval_t){ m.start * (int64_t)TG_WEEK_STEP, m.end * (int64_t)TG_WEEK_STEP };
    week->weeks = (int)((m.end - m.start + STEPS_OF_WEEK - 1) / STEPS_OF_WEEK);
    week->clients = clients;
    week->needed = apr_pcalloc(pool, clients + (apr_size_t)1);
    week->first = apr_palloc(pool, (TG_WEEK_STEPS + 1) * sizeof(*week->first));
    week->visits = apr_pcalloc(pool, (visits->count + 1) * sizeof(*week->visits));
    if (visits->count > 0) {
        qsort(visits->list, visits->count, sizeof(tg_visit_t), compare_by_step);
    }
    set_needed(&m, visits);
    fill_week(&m, visits);
    sort_steps(week);
    return week;
}

#define STEPS_OF_HOUR (TG_WEEK_STEPS / TG_STRAGGLER_HOURS)
#define WEEK_SECONDS ((int64_t)TG_WEEK_STEPS * TG_WEEK_STEP)

static int is_in_hour(const tg_week_hours_t *client, int hour)
{
    return client->hours[hour / 8] >> hour % 8 & 1;
}

/* How many hours it has. */
static unsigned hours_of(const tg_week_hours_t *client)
{
    unsigned hours = 0;
    int i;

    for (i = 0; i < TG_STRAGGLER_HOURS / 8; i++) {
        hours += (unsigned)__builtin_popcount(client->hours[i]);
    }
    return hours;
}

uint64_t tg_week_requests_of_hour(const tg_week_hours_t *client)
{
    /* The clock may have been ahead once, so that the last comes before the first. */
    int64_t seen = client->last_seen - client->first_seen;
    uint64_t weeks = (uint64_t)((seen > 0 ? seen : 0) / WEEK_SECONDS + 1);
    uint64_t hours = hours_of(client), requests;

    requests = client->requests * TG_WEEK_REQUEST / (weeks * (hours ? hours : 1));
    return requests ? requests : 1;
}

static size_t add_hour(tg_week_t *week, const tg_week_hours_t *clients, const uint64_t *requests,
                       int hour, size_t n)
{
    uint32_t i;

    for (i = 0; i < week->clients; i++) {
        if (is_in_hour(&clients[i], hour)) {
            week->visits[n++] = (tg_week_visit_t){ i, requests[i], 1 };
        }
    }
    return n;
}

const tg_week_t *tg_week_of_hours(apr_pool_t *pool, const tg_week_hours_t *clients, uint32_t count,
                                  const tg_interval_t *history)
{
    tg_week_t *week = apr_pcalloc(pool, sizeof(*week));
    uint64_t *requests = apr_palloc(pool, (count + (apr_size_t)1) * sizeof(*requests));
    size_t n = 0, hours = 0;
    uint32_t i;
    int step;

    week->history = *history;
    week->weeks = (int)((history->end - history->start + WEEK_SECONDS - 1) / WEEK_SECONDS);
    week->clients = count;
    week->needed = apr_palloc(pool, count + (apr_size_t)1);
    memset(week->needed, 1, count);
    week->first = apr_palloc(pool, (TG_WEEK_STEPS + 1) * sizeof(*week->first));
    for (i = 0; i < count; i++) {
        requests[i] = tg_week_requests_of_hour(&clients[i]);
        hours += hours_of(&clients[i]);
    }
    week->visits = apr_palloc(pool, (hours + 1) * sizeof(*week->visits));
    for (step = 0; step < TG_WEEK_STEPS; step++) {
        week->first[step] = n;
        if (step % STEPS_OF_HOUR == 0) {
            n = add_hour(week, clients, requests, step / STEPS_OF_HOUR, n);
        }
    }
    week->first[step] = n;
    return week;
}

tg_meeting_t tg_meeting_begin(apr_pool_t *pool, const tg_week_t *week)
{
    tg_meeting_t meeting = { .week = week };

    meeting.seen = apr_pcalloc(pool, (week->clients + (apr_size_t)1) * sizeof(*meeting.seen));
    meeting.came = apr_palloc(pool, (week->clients + (apr_size_t)1) * sizeof(*meeting.came));
    meeting.met = apr_palloc(pool, (week->clients + (apr_size_t)1) * sizeof(*meeting.met));
    return meeting;
}

void tg_meeting_clear(tg_meeting_t *meeting)
{
    while (meeting->came_count > 0) {
        meeting->seen[meeting->came[--meeting->came_count]] = 0;
    }
    meeting->met_count = 0;
    meeting->requests = 0;
}

void tg_meeting_add(tg_meeting_t *meeting, int step)
{
    const tg_week_t *week = meeting->week;
    size_t i;

    for (i = week->first[step]; i < week->first[step + 1]; i++) {
        const tg_week_visit_t *v = &week->visits[i];
        uint64_t *seen = &meeting->seen[v->client];
        int before = __builtin_popcountll(*seen), needed = week->needed[v->client];

        if (*seen == 0) {
            meeting->came[meeting->came_count++] = v->client;
        }
        *seen |= v->weeks;
        if (before < needed && __builtin_popcountll(*seen) >= needed) {
            meeting->met[meeting->met_count++] = v->client;
        }
        meeting->requests += v->requests;
    }
}
