/* What httpd will act on when it starts: see next_start.h. */
#include "next_start.h"

#include "ctl/base/kept_stops.h"
#include "ctl/base/problems.h"

#include <apr_strings.h>

/* What the file of the ledger has, that a start keeps. Of tg_state_trip_t. */
static apr_array_header_t *trips_at_start(apr_pool_t *pool, const tg_plan_t *plan,
                                          apr_array_header_t *problems)
{
    tg_fault_t fault;
    apr_array_header_t *trips = tg_ctl_kept_stops_read(pool, plan, &fault);

    if (!trips) {
        tg_ctl_problem_add(problems, TG_CTL_PROBLEM_UNREADABLE, apr_pstrdup(pool, fault.reason),
                           apr_pstrdup(pool, fault.fix));
        return apr_array_make(pool, 1, sizeof(tg_state_trip_t));
    }
    return trips;
}

void tg_ctl_next_start_find(apr_pool_t *pool, const tg_ctl_running_plan_t *plan,
                            const tg_state_t *written, apr_array_header_t *problems,
                            tg_ctl_next_start_t *out)
{
    out->plan = plan->configured ? plan->configured : plan->plan;
    out->state = written ? *written : tg_state_empty(pool);
    out->state.trips =
        out->plan && out->plan->ledger ? trips_at_start(pool, out->plan, problems) : NULL;
}
