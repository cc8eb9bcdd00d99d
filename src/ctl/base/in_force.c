/* What is in force: see in_force.h. */
#include "in_force.h"

#include "kept_stops.h"
#include "store_choice.h"

#include "store/ack_records.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* The document of a store, with what TlsGateGuard stopped. */
static int read_in_force(const tg_ctl_t *ctl, tg_store_t *store, const tg_ctl_running_plan_t *plan,
                         tg_state_t *out, tg_fault_t *fault)
{
    tg_store_snapshot_t snapshot;

    if (!store->read(store, ctl->pool, &snapshot, fault)) {
        return 0;
    }
    *out = snapshot.state;
    out->trips = tg_ctl_kept_stops_find(ctl->pool, plan);
    out->stops = tg_ack_records_stops(ctl->pool, plan->state);
    return 1;
}

int tg_ctl_in_force_load(const tg_ctl_t *ctl, tg_ctl_running_plan_need_t need,
                         tg_ctl_in_force_t *out)
{
    tg_store_t store;
    tg_fault_t fault;

    if (!tg_ctl_running_plan_find(ctl, need, &out->plan)) {
        return 0;
    }
    if (!tg_ctl_store_choice_open(ctl, out->plan.state, &store)) {
        return 0;
    }
    if (!read_in_force(ctl, &store, &out->plan, &out->state, &fault)) {
        tg_term_error("%s: %s; %s", store.name, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}

/* 0: there is none, or it cannot be read, after a warning. */
static int read_if_any(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *plan, tg_state_t *out)
{
    tg_store_t store;
    tg_fault_t fault;

    if (!plan->state || !tg_ctl_store_choice_open(ctl, plan->state, &store)) {
        return 0;
    }
    if (!read_in_force(ctl, &store, plan, out, &fault)) {
        tg_term_warning("%s: %s; %s. Changes by hand are left out", store.name, fault.reason,
                        fault.fix);
        return 0;
    }
    return 1;
}

const tg_override_set_t *tg_ctl_in_force_overrides(const tg_ctl_t *ctl,
                                                   const tg_ctl_running_plan_t *plan)
{
    tg_state_t state;

    return read_if_any(ctl, plan, &state) ? tg_state_set(ctl->pool, &state) : NULL;
}

/* --- over a reload --- */

/* The stops, and the resumes that lifted some of them. */
static const tg_override_set_t *only_stops(apr_pool_t *pool, const tg_state_t *state)
{
    tg_state_t stops = tg_state_empty(pool);
    int i;

    stops.trips = state->trips;
    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);

        if (o->kind == TG_STATE_RESUME) {
            APR_ARRAY_PUSH(stops.overrides, tg_state_override_t) = *o;
        }
    }
    return tg_state_set(pool, &stops);
}

tg_ctl_in_force_reload_t tg_ctl_in_force_reload(const tg_ctl_t *ctl,
                                                const tg_ctl_running_plan_t *plan)
{
    tg_ctl_in_force_reload_t found = { NULL, NULL, NULL };
    tg_state_t state;

    if (!read_if_any(ctl, plan, &state)) {
        return found;
    }
    found.now = tg_state_set(ctl->pool, &state);
    if (plan->configured) {
        state.trips = tg_ctl_kept_stops_keep(ctl->pool, state.trips, plan->configured);
    }
    found.kept = tg_state_set(ctl->pool, &state);
    found.stops = only_stops(ctl->pool, &state);
    return found;
}

apr_array_header_t *tg_ctl_in_force_schedules(const tg_ctl_t *ctl,
                                              const tg_ctl_in_force_t *in_force)
{
    const tg_plan_t *plan = in_force->plan.plan;
    apr_array_header_t *found = apr_array_make(ctl->pool, 4, sizeof(const tg_schedule_t *));
    int i;

    for (i = 0; i < ctl->operands; i++) {
        const tg_schedule_t *s = tg_plan_schedule(plan, ctl->operand[i]);

        if (!s) {
            tg_ctl_running_plan_no_schedule(ctl->pool, plan, ctl->operand[i]);
            return NULL;
        }
        APR_ARRAY_PUSH(found, const tg_schedule_t *) = s;
    }
    return ctl->operands ? found : plan->schedules;
}

static int is_there(const char *name, const char *schedule, tg_instant_t since, tg_instant_t t,
                    tg_instant_t now)
{
    return (!name || strcmp(name, schedule) == 0) && (t >= now || since <= t);
}

/* --- what was stopped when --- */

static int has_stop_since(const tg_state_t *state, const tg_state_trip_t *trip)
{
    int i;

    for (i = 0; state->stops && i < state->stops->nelts; i++) {
        const tg_state_stop_t *s = &APR_ARRAY_IDX(state->stops, i, const tg_state_stop_t);

        if (strcmp(s->schedule, trip->schedule) == 0 && s->stop.trip.at >= trip->trip.at) {
            return 1;
        }
    }
    return 0;
}

/* Stops that are kept tell when each was over; what is in force and is among them is not needed. */
apr_array_header_t *tg_ctl_in_force_stopped(apr_pool_t *pool, const tg_state_t *state)
{
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(tg_state_trip_t));
    int i;

    for (i = 0; state->trips && i < state->trips->nelts; i++) {
        const tg_state_trip_t *trip = &APR_ARRAY_IDX(state->trips, i, const tg_state_trip_t);

        if (!has_stop_since(state, trip)) {
            APR_ARRAY_PUSH(found, tg_state_trip_t) = *trip;
        }
    }
    for (i = 0; state->stops && i < state->stops->nelts; i++) {
        const tg_state_stop_t *s = &APR_ARRAY_IDX(state->stops, i, const tg_state_stop_t);
        tg_state_trip_t *trip = &APR_ARRAY_PUSH(found, tg_state_trip_t);

        *trip = (tg_state_trip_t){ s->schedule, s->stop.trip };
        trip->trip.until = tg_guard_stop_end(&s->stop);
    }
    return found;
}

/* What was stopped at that time; from now on, what is. */
static apr_array_header_t *trips_then(apr_pool_t *pool, const tg_state_t *state, tg_instant_t t,
                                      tg_instant_t now)
{
    const apr_array_header_t *all = t < now ? tg_ctl_in_force_stopped(pool, state) : state->trips;
    apr_array_header_t *found = apr_array_make(pool, 2, sizeof(tg_state_trip_t));
    int i;

    for (i = 0; all && i < all->nelts; i++) {
        const tg_state_trip_t *trip = &APR_ARRAY_IDX(all, i, const tg_state_trip_t);

        if (t >= now || (trip->trip.at <= t && t < trip->trip.until)) {
            APR_ARRAY_PUSH(found, tg_state_trip_t) = *trip;
        }
    }
    return found;
}

tg_state_t tg_ctl_in_force_entries(apr_pool_t *pool, const tg_state_t *state, const char *schedule,
                                   tg_instant_t t, tg_instant_t now)
{
    tg_state_t found = tg_state_empty(pool);
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);

        if (is_there(schedule, o->schedule, o->since, t, now)) {
            APR_ARRAY_PUSH(found.overrides, tg_state_override_t) = *o;
        }
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t);

        if (is_there(schedule, e->exemption.schedule, e->since, t, now)) {
            APR_ARRAY_PUSH(found.exemptions, tg_state_exemption_t) = *e;
        }
    }
    found.trips = trips_then(pool, state, t, now);
    return found;
}
