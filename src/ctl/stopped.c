/* A trial that TlsGateGuard stopped: see stopped.h. */
#include "stopped.h"

#include "problems.h"

#include "base/json.h"
#include "base/program.h"
#include "term/when.h"

#include <apr_strings.h>

/** Hundredths of a per cent in one. */
#define TO_PERCENT 100.0

json_t *tg_ctl_stopped_document(const tg_guard_trip_t *trip)
{
    return trip ? json_pack("{s:o, s:o, s:I, s:I, s:f, s:f}", "at", tg_json_instant(trip->at),
                            "until", tg_json_instant(trip->until), "requests",
                            (json_int_t)trip->met.requests, "rejected",
                            (json_int_t)trip->met.rejected, "rejected_percent",
                            (double)tg_guard_met(&trip->met) / TO_PERCENT, "allowed_percent",
                            (double)trip->share / TO_PERCENT)
                : json_null();
}

void tg_ctl_stopped_add(apr_array_header_t *problems, const char *schedule,
                        const tg_guard_trip_t *trip, tg_instant_t now)
{
    apr_pool_t *pool = problems->pool;
    char met[TG_GUARD_STRLEN], allowed[TG_GUARD_STRLEN];

    if (!trip) {
        return;
    }
    tg_ctl_problem_add(
        problems, TG_CTL_PROBLEM_STOPPED,
        apr_psprintf(
            pool,
            "%s: TlsGateGuard stopped its trial at %s: it rejected %" APR_UINT64_T_FMT
            " of %" APR_UINT64_T_FMT " requests, %s, more than %s; %s%s",
            schedule, tg_term_when(pool, trip->at, now), trip->met.rejected, trip->met.requests,
            tg_guard_share(tg_guard_met(&trip->met), met), tg_guard_share(trip->share, allowed),
            trip->until == TG_NEVER ? "no further trial runs" : "old clients are served until ",
            trip->until == TG_NEVER ? "" : tg_term_when_far(pool, trip->until, now)),
        apr_pstrcat(pool,
                    "see who they are on the page tlsgate-status; to let trials go on: "
                    "" TG_PROGRAM_NAME " resume ",
                    schedule, " --reason TEXT", NULL));
}
