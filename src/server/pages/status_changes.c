/* What was changed by hand: see status_changes.h. */
#include "status_changes.h"

#include "server/state/state_cache.h"
#include "server/state/state_slots.h"

#include <stdlib.h>

static int by_end(const void *a, const void *b)
{
    const tg_state_exemption_t *x = a, *y = b;

    return x->exemption.until < y->exemption.until ? -1 : x->exemption.until > y->exemption.until;
}

static apr_array_header_t *overrides_in_force(request_rec *r, const tg_state_t *state,
                                              tg_instant_t now)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(r->server)->main_conf;
    const tg_override_set_t *set = tg_state_cache_known(r->server, r->pool);
    apr_array_header_t *list = apr_array_make(r->pool, 4, sizeof(tg_state_override_t));
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o =
            &APR_ARRAY_IDX(state->overrides, i, const tg_state_override_t);
        const tg_server_schedule_t *entry = tg_conf_entry(main_conf, o->schedule);

        if (entry && tg_state_override_is_in_force(o, entry->schedule, set, now)) {
            APR_ARRAY_PUSH(list, tg_state_override_t) = *o;
        }
    }
    return list;
}

static apr_array_header_t *exemptions_in_force(apr_pool_t *pool, const tg_main_conf_t *main_conf,
                                               const tg_state_t *state, tg_instant_t now)
{
    apr_array_header_t *list =
        apr_array_make(pool, state->exemptions->nelts + 1, sizeof(tg_state_exemption_t));
    int i;

    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e =
            &APR_ARRAY_IDX(state->exemptions, i, const tg_state_exemption_t);

        if (e->exemption.until > now && tg_conf_entry(main_conf, e->exemption.schedule)) {
            APR_ARRAY_PUSH(list, tg_state_exemption_t) = *e;
        }
    }
    qsort(list->elts, (size_t)list->nelts, (size_t)list->elt_size, by_end);
    return list;
}

void tg_status_changes(request_rec *r, tg_report_t *report)
{
    apr_array_header_t *exemptions;
    tg_state_t state;

    if (tg_state_slots_generation() == 0 || !tg_state_slots_read(r->pool, &state)) {
        return;
    }
    report->overrides = overrides_in_force(r, &state, report->now);
    exemptions =
        exemptions_in_force(r->pool, tg_conf_of_server(r->server)->main_conf, &state, report->now);
    report->exemption_count = exemptions->nelts;
    if (exemptions->nelts > TG_REPORT_EXEMPTIONS) {
        exemptions->nelts = TG_REPORT_EXEMPTIONS;
    }
    report->exemptions = exemptions;
}
