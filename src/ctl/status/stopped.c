/* A trial that TlsGateGuard stopped: see stopped.h. */
#include "stopped.h"

#include "base/program.h"
#include "ctl/base/problems.h"
#include "format/trip.h"
#include "term/when.h"

#include <apr_strings.h>

static const char *rest_words(apr_pool_t *pool, const tg_guard_trip_t *trip, tg_instant_t now)
{
    return trip->until == TG_NEVER ? "no further trial runs"
                                   : apr_pstrcat(pool, "old clients are served until ",
                                                 tg_term_when_far(pool, trip->until, now), NULL);
}

const char *tg_ctl_stopped_words(apr_pool_t *pool, const tg_guard_trip_t *trip,
                                 const tg_override_t *o, tg_instant_t now)
{
    const char *trial;

    if (!o || tg_override_active(o, now) != TG_OVERRIDE_TRIAL) {
        return rest_words(pool, trip, now);
    }
    trial = apr_pstrcat(pool, "a trial by hand runs until ", tg_term_when_far(pool, o->until, now),
                        NULL);
    return o->until < trip->until
               ? apr_pstrcat(pool, trial, "; then ", rest_words(pool, trip, now), NULL)
               : trial;
}

const char *tg_ctl_stopped_text(apr_pool_t *pool, const tg_guard_trip_t *trip, tg_instant_t now)
{
    return apr_pstrcat(pool, tg_trip_met(pool, trip), "; ",
                       tg_ctl_stopped_words(pool, trip, NULL, now), NULL);
}

const char *tg_ctl_stopped_remedy(apr_pool_t *pool, const char *schedule)
{
    return apr_pstrcat(pool, "to let trials go on: " TG_PROGRAM_NAME " resume ", schedule,
                       " --reason TEXT", NULL);
}

const char *tg_ctl_stopped_again(apr_pool_t *pool, const tg_state_t *state, const char *schedule,
                                 const tg_ctl_stopped_undo_t *undo)
{
    const tg_override_set_t *set = tg_state_set(pool, state);
    const tg_guard_trip_t *trip = tg_state_trip(state, set, schedule, undo->now);

    if (trip) { /* it may have been stopped since the resume, which lifted an earlier stop */
        return apr_pstrcat(
            pool, schedule, ": the trial that TlsGateGuard stopped at ",
            tg_term_when(pool, trip->at, undo->now),
            tg_state_trip(state, undo->before, schedule, undo->now) ? " stays stopped: "
                                                                    : " is stopped again: ",
            tg_ctl_stopped_words(pool, trip, tg_override_find(set, schedule), undo->now), NULL);
    }
    return undo->is_here && state->trips
               ? apr_pstrcat(pool, schedule,
                             ": httpd no longer remembers a stopped trial, so none is stopped "
                             "again; to serve old clients: " TG_PROGRAM_NAME " suspend ",
                             schedule, NULL)
               : apr_pstrcat(pool, schedule,
                             ": a trial that TlsGateGuard stopped is stopped again wherever an "
                             "httpd still remembers the stop",
                             NULL);
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
