/* The timeline of a schedule: see timeline.h. */
#include "timeline.h"

#include "ctl/base/in_force.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define EVENT(events, i) (&APR_ARRAY_IDX(events, i, event_t))

/* An entry of the state that changes phases, from when it counts. */
typedef struct {
    tg_instant_t since;
    const tg_state_override_t *override; /* one of the three */
    const tg_state_exemption_t *exemption;
    const tg_state_trip_t *trip;
} event_t;

/* Of those at once: exemptions, what was stopped, what an operator did. */
static int event_rank(const event_t *event)
{
    return event->exemption ? 0 : event->trip ? 1 : 2;
}

/* In the order of time; of two at once the exemption that lasts longer is first. */
static int compare_events(const void *a, const void *b)
{
    const event_t *x = a, *y = b;

    if (x->since != y->since) {
        return x->since < y->since ? -1 : 1;
    }
    if (x->exemption && y->exemption) {
        tg_instant_t one = x->exemption->exemption.until, other = y->exemption->exemption.until;

        return (other > one) - (other < one);
    }
    return event_rank(x) - event_rank(y);
}

/* Whatever clock its author had, an entry counts now. */
static void push_event(apr_array_header_t *events, const tg_ctl_timed_t *timed, event_t event)
{
    event.since = event.since < timed->now ? event.since : timed->now;
    APR_ARRAY_PUSH(events, event_t) = event;
}

/* An exemption makes a cutoff of Refuse if its client is identified by a request, until the
 * longest of them ends: those that end before one that was there already change nothing. */
static apr_array_header_t *without_shorter(apr_pool_t *pool, const apr_array_header_t *all)
{
    apr_array_header_t *events = apr_array_make(pool, 4, sizeof(event_t));
    tg_instant_t longest = TG_ALWAYS;
    int i;

    for (i = 0; i < all->nelts; i++) {
        const event_t *event = EVENT(all, i);

        if (event->exemption && event->exemption->exemption.until <= longest) {
            continue;
        }
        longest = event->exemption ? event->exemption->exemption.until : longest;
        APR_ARRAY_PUSH(events, event_t) = *event;
    }
    return events;
}

static void push_trips(apr_array_header_t *all, const tg_ctl_timed_t *timed)
{
    const apr_array_header_t *stopped = tg_ctl_in_force_stopped(all->pool, timed->state);
    int i;

    for (i = 0; i < stopped->nelts; i++) {
        const tg_state_trip_t *t = &APR_ARRAY_IDX(stopped, i, const tg_state_trip_t);

        if (strcmp(t->schedule, timed->schedule->name) == 0) {
            push_event(all, timed, (event_t){ t->trip.at, NULL, NULL, t });
        }
    }
}

static apr_array_header_t *timed_events(apr_pool_t *pool, const tg_ctl_timed_t *timed)
{
    const tg_state_t *state = timed->state;
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(event_t));
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);

        if (strcmp(o->schedule, timed->schedule->name) == 0) {
            push_event(all, timed, (event_t){ o->since, o, NULL, NULL });
        }
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t);

        if (!e->network && strcmp(e->exemption.schedule, timed->schedule->name) == 0) {
            push_event(all, timed, (event_t){ e->since, NULL, e, NULL });
        }
    }
    push_trips(all, timed);
    qsort(all->elts, (size_t)all->nelts, sizeof(event_t), compare_events);
    return without_shorter(pool, all);
}

/* Adds the events up to t, from *next on, to what is in force. */
static void count_events(const apr_array_header_t *events, int *next, tg_instant_t t,
                         tg_state_t *then)
{
    for (; *next < events->nelts && EVENT(events, *next)->since <= t; (*next)++) {
        const event_t *event = EVENT(events, *next);

        if (event->override) {
            APR_ARRAY_PUSH(then->overrides, tg_state_override_t) = *event->override;
        }
        else if (event->trip) {
            APR_ARRAY_PUSH(then->trips, tg_state_trip_t) = *event->trip;
        }
        else { /* it lasts longer than those before it */
            then->exemptions->nelts = 0;
            APR_ARRAY_PUSH(then->exemptions, tg_state_exemption_t) = *event->exemption;
        }
    }
}

/* The last step that was visited, and who visits. */
typedef struct {
    tg_ctl_visit_t *visit;
    void *baton;
    int is_over;
    tg_ctl_step_t last; /* its share is 0: none yet */
} walk_t;

/* Until another event counts. Returns when that is, or when nothing follows. */
static tg_instant_t walk_between(walk_t *w, const tg_schedule_t *s, const tg_override_t *o,
                                 tg_instant_t t, tg_instant_t event)
{
    while (t < event && !w->is_over) {
        const tg_ctl_step_t step = {
            t, tg_phase_at(s, o, t, TG_BUCKET_EVERYONE), tg_phase_share(s, o, t),
            tg_phase_is_stopped(s, o, t, TG_BUCKET_EVERYONE) ? o->stopped_until : TG_ALWAYS
        };

        if (step.phase != w->last.phase || step.share != w->last.share ||
            step.stopped_until != w->last.stopped_until) {
            w->last = step;
            w->is_over = !w->visit(w->baton, &step);
        }
        t = tg_phase_next_step(s, o, t);
    }
    return event;
}

void tg_ctl_timeline_walk(apr_pool_t *pool, const tg_ctl_timed_t *timed, tg_instant_t from,
                          tg_ctl_visit_t *visit, void *baton)
{
    walk_t walk = { visit, baton, 0, { 0 } };
    apr_pool_t *mine, *scratch;
    const apr_array_header_t *events;
    tg_state_t then;
    int next = 0;

    apr_pool_create(&mine, pool);
    apr_pool_create(&scratch, mine);
    events = timed_events(mine, timed);
    then = tg_state_empty(mine);
    then.trips = apr_array_make(mine, 1, sizeof(tg_state_trip_t));
    do {
        const tg_override_t *o;

        count_events(events, &next, from, &then);
        o = tg_override_find(tg_state_set(scratch, &then), timed->schedule->name);
        from = walk_between(&walk, timed->schedule, o, from,
                            next < events->nelts ? EVENT(events, next)->since : TG_NEVER);
        apr_pool_clear(scratch);
    } while (from != TG_NEVER && !walk.is_over);
    apr_pool_destroy(mine);
}

static int push_step(void *baton, const tg_ctl_step_t *step)
{
    APR_ARRAY_PUSH((apr_array_header_t *)baton, tg_ctl_step_t) = *step;
    return 1;
}

apr_array_header_t *tg_ctl_timeline(apr_pool_t *pool, const tg_ctl_timed_t *timed)
{
    apr_array_header_t *steps = apr_array_make(pool, 16, sizeof(tg_ctl_step_t));

    tg_ctl_timeline_walk(pool, timed, TG_ALWAYS, push_step, steps);
    return steps;
}

/* The last change of the phase by now. */
typedef struct {
    tg_instant_t now, since;
    tg_phase_t phase;
} since_t;

static int note_since(void *baton, const tg_ctl_step_t *step)
{
    since_t *s = baton;

    if (step->from > s->now) {
        return 0;
    }
    if (step->from == TG_ALWAYS || step->phase != s->phase) {
        s->since = step->from;
        s->phase = step->phase;
    }
    return 1;
}

/* httpd forgets what TlsGateGuard stopped once the stop is lifted, so no step shows that a trial
 * which continues was interrupted; that it was resumed stays in the state. */
static tg_instant_t resumed_at(const tg_ctl_timed_t *timed)
{
    const apr_array_header_t *all = timed->state->overrides;
    tg_instant_t last = TG_ALWAYS;
    int i;

    for (i = 0; i < all->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(all, i, const tg_state_override_t);

        if (o->kind == TG_STATE_RESUME && strcmp(o->schedule, timed->schedule->name) == 0 &&
            o->since <= timed->now && o->since > last) {
            last = o->since;
        }
    }
    return last;
}

tg_instant_t tg_ctl_timeline_since(apr_pool_t *pool, const tg_ctl_timed_t *timed)
{
    since_t since = { timed->now, TG_ALWAYS, TG_PHASE_OBSERVE };
    tg_instant_t resumed = resumed_at(timed);

    tg_ctl_timeline_walk(pool, timed, TG_ALWAYS, note_since, &since);
    return since.phase == TG_PHASE_TRIAL && resumed > since.since ? resumed : since.since;
}
