/* A trial that TlsGateGuard stopped: see stopped.h. */
#include "stopped.h"

#include "problems.h"

#include "base/program.h"
#include "format/trip.h"
#include "term/when.h"

#include <apr_strings.h>

const char *tg_ctl_stopped_text(apr_pool_t *pool, const tg_guard_trip_t *trip, tg_instant_t now)
{
    int holds = trip->until == TG_NEVER;

    return apr_pstrcat(pool, tg_trip_met(pool, trip),
                       holds ? "; no further trial runs" : "; old clients are served until ",
                       holds ? "" : tg_term_when_far(pool, trip->until, now), NULL);
}

const char *tg_ctl_stopped_remedy(apr_pool_t *pool, const char *schedule)
{
    return apr_pstrcat(pool, "to let trials go on: " TG_PROGRAM_NAME " resume ", schedule,
                       " --reason TEXT", NULL);
}

void tg_ctl_stopped_add(apr_array_header_t *problems, const char *schedule,
                        const tg_guard_trip_t *trip, tg_instant_t now)
{
    apr_pool_t *pool = problems->pool;

    if (trip) {
        tg_ctl_problem_add(problems, TG_CTL_PROBLEM_STOPPED,
                           apr_pstrcat(pool, schedule, ": TlsGateGuard stopped its trial at ",
                                       tg_term_when(pool, trip->at, now), ": ",
                                       tg_ctl_stopped_text(pool, trip, now), NULL),
                           apr_pstrcat(pool, "see who they are on the page tlsgate-status; ",
                                       tg_ctl_stopped_remedy(pool, schedule), NULL));
    }
}
