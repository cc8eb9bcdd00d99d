/* When clients came: see visits.h. */
#include "visits.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096

static apr_status_t free_visits(void *data)
{
    tg_visits_t *visits = data;

    free(visits->list);
    return APR_SUCCESS;
}

tg_visits_t *tg_visits_create(apr_pool_t *pool, const tg_schedule_t *schedule)
{
    tg_visits_t *visits = apr_pcalloc(pool, sizeof(*visits));

    visits->schedule = schedule;
    apr_pool_cleanup_register(pool, visits, free_visits, apr_pool_cleanup_null);
    return visits;
}

static int compare_visits(const void *a, const void *b)
{
    const tg_visit_t *x = a, *y = b;

    return x->client != y->client ? (x->client > y->client) - (x->client < y->client)
                                  : (x->period > y->period) - (x->period < y->period);
}

void tg_visits_sort(tg_visits_t *visits)
{
    size_t i, n = 0;

    if (visits->count == 0) {
        return;
    }
    qsort(visits->list, visits->count, sizeof(tg_visit_t), compare_visits);
    for (i = 1; i < visits->count; i++) {
        tg_visit_t *last = &visits->list[n];
        const tg_visit_t *v = &visits->list[i];

        if (compare_visits(last, v) == 0) {
            last->count = v->count < UINT32_MAX - last->count ? last->count + v->count : UINT32_MAX;
        }
        else {
            visits->list[++n] = *v;
        }
    }
    visits->count = n + 1;
}

/* What is of one client and period is joined first: a log has many requests of each. */
static int make_visits_room(tg_visits_t *visits)
{
    size_t room = visits->room ? 2 * visits->room : FIRST_ROOM;

    if (visits->is_full) {
        return 0;
    }
    tg_visits_sort(visits);
    if (visits->room > 0 && visits->count <= visits->room / 2) {
        return 1;
    }
    if (visits->room == TG_VISITS_MAX) {
        /* Too little was gained for another sort to be worth it. */
        visits->is_full = visits->count > visits->room - visits->room / 8;
        return visits->count < visits->room;
    }
    visits->list = realloc(visits->list, room * sizeof(tg_visit_t));
    if (!visits->list) {
        abort();
    }
    visits->room = room;
    return 1;
}

void tg_visits_add(tg_visits_t *visits, const tg_visit_t *visit)
{
    if (visits->count == visits->room && !make_visits_room(visits)) {
        visits->left_out += visit->count;
        return;
    }
    visits->list[visits->count++] = *visit;
}

void tg_visits_merge(tg_visits_t *visits, const tg_visits_t *part, const uint32_t *places)
{
    size_t i;

    for (i = 0; i < part->count; i++) {
        tg_visit_t visit = part->list[i];

        visit.client = places[visit.client];
        if (visit.client != TG_VISITS_NOBODY) {
            tg_visits_add(visits, &visit);
        }
    }
    visits->left_out += part->left_out;
}

static int is_visit_of(const tg_schedule_t *s, const tg_record_t *r)
{
    return !s || (s->traits & TG_TRAIT_PROTOCOL(r->protocol)) ||
           (r->schedule.length > 0 && strlen(s->name) == r->schedule.length &&
            memcmp(s->name, r->schedule.at, r->schedule.length) == 0);
}

void tg_visits_note(tg_visits_t *visits, uint32_t client, const tg_record_t *record, uint32_t count)
{
    int64_t period = record->time / TG_HISTORY_PERIOD;

    if (record->time >= 0 && period <= UINT32_MAX && is_visit_of(visits->schedule, record)) {
        tg_visits_add(visits, &(const tg_visit_t){ client, (uint32_t)period, count });
    }
}
