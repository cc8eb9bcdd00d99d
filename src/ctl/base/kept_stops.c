/* What TlsGateGuard stopped: see kept_stops.h. */
#include "kept_stops.h"

#include "ledger/ledger_file.h"
#include "os/file.h"
#include "store/ack_records.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* --- what a start keeps --- */

/* What TlsGateGuard says in a plan, which httpd has checked. */
static tg_guard_t guard_of_plan(apr_pool_t *pool, const tg_plan_t *plan)
{
    tg_guard_t guard = { 0 };
    tg_fault_t ignored;
    char **words;
    int count = 0;

    if (!plan->guard || apr_tokenize_to_argv(plan->guard, &words, pool) != APR_SUCCESS) {
        return guard;
    }
    while (words[count]) {
        count++;
    }
    tg_guard_parse(count, (const char *const *)words, &guard, &ignored);
    return guard;
}

apr_array_header_t *tg_ctl_kept_stops_keep(apr_pool_t *pool, const apr_array_header_t *trips,
                                           const tg_plan_t *plan)
{
    const tg_guard_t guard = guard_of_plan(pool, plan);
    apr_array_header_t *kept = apr_array_make(pool, 2, sizeof(tg_state_trip_t));
    int i;

    for (i = 0; trips && i < trips->nelts; i++) {
        const tg_state_trip_t *trip = &APR_ARRAY_IDX(trips, i, const tg_state_trip_t);

        if (!tg_guard_withdraws(&guard, &trip->trip)) {
            APR_ARRAY_PUSH(kept, tg_state_trip_t) = *trip;
        }
    }
    return kept;
}

/* --- the file of the ledger --- */

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

apr_array_header_t *tg_ctl_kept_stops_read(apr_pool_t *pool, const tg_plan_t *plan,
                                           tg_fault_t *fault)
{
    apr_array_header_t *trips = apr_array_make(pool, 2, sizeof(tg_state_trip_t));
    tg_ledger_t *ledger = ledger_for(pool, plan);
    tg_fault_t why;
    int i;

    if (!read_kept_ledger(pool, plan->ledger, ledger, &why)) {
        tg_fault_set(fault, why.fix, "what TlsGateGuard stopped is not known: %s: %s", plan->ledger,
                     why.reason);
        return NULL;
    }
    for (i = 0; i < plan->schedules->nelts; i++) {
        const char *name = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name;
        tg_guard_trip_t trip = tg_ledger_tripped_of(ledger, name);

        if (trip.at) {
            APR_ARRAY_PUSH(trips, tg_state_trip_t) = (tg_state_trip_t){ name, trip };
        }
    }
    return tg_ctl_kept_stops_keep(pool, trips, plan);
}

apr_array_header_t *tg_ctl_kept_stops_find(apr_pool_t *pool, const tg_ctl_running_plan_t *found)
{
    apr_array_header_t *trips = tg_ack_records_trips(pool, found->state);
    const tg_plan_t *plan = found->configured ? found->configured : found->plan;
    tg_fault_t fault;

    if (trips || !plan || !plan->guard || !plan->ledger) {
        return trips;
    }
    trips = tg_ctl_kept_stops_read(pool, plan, &fault);
    if (!trips) {
        tg_term_warning("%s; %s", fault.reason, fault.fix);
    }
    return trips;
}
