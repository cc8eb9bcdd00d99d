/* What httpd will act on when it starts: see next_start.h. */
#include "next_start.h"

#include "ctl/base/in_force.h"
#include "ctl/base/problems.h"
#include "ledger/ledger_file.h"
#include "os/file.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

static apr_status_t free_ledger(void *ledger)
{
    free(ledger);
    return APR_SUCCESS;
}

/* An empty one, which has the schedules of a plan. */
static tg_ledger_t *ledger_for(apr_pool_t *pool, const tg_plan_t *plan)
{
    const size_t align = _Alignof(tg_ledger_t);
    tg_ledger_t *ledger = aligned_alloc(align, (sizeof(*ledger) + align - 1) / align * align);
    int i;

    if (!ledger) {
        abort();
    }
    memset(ledger, 0, sizeof(*ledger));
    apr_pool_cleanup_register(pool, ledger, free_ledger, apr_pool_cleanup_null);
    for (i = 0; i < plan->schedules->nelts; i++) {
        tg_ledger_schedule(ledger, APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name);
    }
    return ledger;
}

/* 1, or 0 with the reason. One that is absent is empty. */
static int read_kept_ledger(apr_pool_t *pool, const char *path, tg_ledger_t *ledger,
                            tg_fault_t *fault)
{
    tg_ledger_file_t what = { .ledger = ledger };
    tg_file_t file;

    switch (tg_file_read(pool, path, TG_LEDGER_FILE_MAX, &file, fault)) {
    case TG_FILE_ABSENT:
        return 1;
    case TG_FILE_READ:
        return tg_ledger_file_read(file.text, file.length, &what, fault);
    case TG_FILE_DENIED:
    case TG_FILE_FAILED:
        break;
    }
    return 0;
}

/* What the file of the ledger has, that a start keeps. Of tg_state_trip_t. */
static apr_array_header_t *kept_trips(apr_pool_t *pool, const tg_plan_t *plan,
                                      apr_array_header_t *problems)
{
    apr_array_header_t *trips = apr_array_make(pool, 2, sizeof(tg_state_trip_t));
    tg_ledger_t *ledger = ledger_for(pool, plan);
    tg_fault_t fault;
    int i;

    if (!read_kept_ledger(pool, plan->ledger, ledger, &fault)) {
        tg_ctl_problem_add(problems, TG_CTL_PROBLEM_UNREADABLE,
                           apr_pstrcat(pool, "what TlsGateGuard stopped is not known: ",
                                       plan->ledger, ": ", fault.reason, NULL),
                           apr_pstrdup(pool, fault.fix));
        return trips;
    }
    for (i = 0; i < plan->schedules->nelts; i++) {
        const char *name = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name;
        tg_guard_trip_t trip = tg_ledger_tripped_of(ledger, name);

        if (trip.at) {
            APR_ARRAY_PUSH(trips, tg_state_trip_t) = (tg_state_trip_t){ name, trip };
        }
    }
    return tg_ctl_in_force_trips(pool, trips, plan);
}

void tg_ctl_next_start_find(apr_pool_t *pool, const tg_ctl_running_plan_t *plan,
                            const tg_state_t *written, apr_array_header_t *problems,
                            tg_ctl_next_start_t *out)
{
    out->plan = plan->configured ? plan->configured : plan->plan;
    out->state = written ? *written : tg_state_empty(pool);
    out->state.trips =
        out->plan && out->plan->ledger ? kept_trips(pool, out->plan, problems) : NULL;
}
