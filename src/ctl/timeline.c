/* The timeline of a schedule: see timeline.h. */
#include "timeline.h"

#include "in_force.h"

#define STEP(steps, i) (&APR_ARRAY_IDX(steps, i, tg_ctl_step_t))

/* An entry counts from when it was made, whatever clock its author had. */
static tg_instant_t sooner_entry(tg_instant_t found, tg_instant_t since, tg_instant_t t,
                                 tg_instant_t now)
{
    since = since < now ? since : now;
    return since > t && since < found ? since : found;
}

/* The first instant after t at which another entry counts. An exemption makes a cutoff of Refuse
 * if its client is identified by a request. */
static tg_instant_t next_entry(const tg_state_t *own, tg_instant_t t, tg_instant_t now)
{
    tg_instant_t found = TG_NEVER;
    int i;

    for (i = 0; i < own->overrides->nelts; i++) {
        found = sooner_entry(found, APR_ARRAY_IDX(own->overrides, i, tg_state_override_t).since, t,
                             now);
    }
    for (i = 0; i < own->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = &APR_ARRAY_IDX(own->exemptions, i, tg_state_exemption_t);

        if (!e->network) {
            found = sooner_entry(found, e->since, t, now);
        }
    }
    return found;
}

apr_array_header_t *tg_ctl_timeline(apr_pool_t *pool, const tg_schedule_t *schedule,
                                    const tg_state_t *state, tg_instant_t now)
{
    apr_array_header_t *steps = apr_array_make(pool, 16, sizeof(tg_ctl_step_t));
    const tg_state_t own = tg_ctl_in_force_entries(pool, state, schedule->name, now, now);
    tg_instant_t t = TG_ALWAYS, entry, change;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    do {
        const tg_state_t then = tg_ctl_in_force_entries(scratch, &own, NULL, t, now);
        const tg_override_t *o = tg_override_find(tg_state_set(scratch, &then), schedule->name);
        const tg_ctl_step_t step = { t, tg_phase_at(schedule, o, t, TG_BUCKET_EVERYONE) };

        if (steps->nelts == 0 || STEP(steps, steps->nelts - 1)->phase != step.phase) {
            APR_ARRAY_PUSH(steps, tg_ctl_step_t) = step;
        }
        change = tg_phase_next_change(schedule, o, t, TG_BUCKET_EVERYONE, NULL);
        entry = next_entry(&own, t, now);
        t = change < entry ? change : entry;
        apr_pool_clear(scratch);
    } while (t != TG_NEVER);
    apr_pool_destroy(scratch);
    return steps;
}
