/* A trial that TlsGateGuard stopped: see trip.h. */
#include "trip.h"

#include "base/json.h"

#include <apr_strings.h>

/** Hundredths of a per cent in one. */
#define TO_PERCENT 100.0

json_t *tg_trip_json(const tg_guard_trip_t *trip)
{
    return trip ? json_pack("{s:o, s:o, s:I, s:I, s:f, s:f}", "at", tg_json_instant(trip->at),
                            "until", tg_json_instant(trip->until), "requests",
                            (json_int_t)trip->met.requests, "rejected",
                            (json_int_t)trip->met.rejected, "rejected_percent",
                            (double)tg_guard_met(&trip->met) / TO_PERCENT, "allowed_percent",
                            (double)trip->share / TO_PERCENT)
                : json_null();
}

json_t *tg_trip_stop_json(const tg_override_t *o, tg_instant_t t)
{
    return tg_override_is_stopped(o, t)
               ? json_pack("{s:o, s:o}", "at", tg_json_instant(o->stopped_at), "until",
                           tg_json_instant(o->stopped_until))
               : json_null();
}

json_t *tg_trip_kept_json(const tg_guard_stop_t *stop)
{
    json_t *root = tg_trip_json(&stop->trip);

    json_object_set_new(root, "taken_back_at", tg_json_instant(stop->back ? stop->back : TG_NEVER));
    return root;
}

const char *tg_trip_met(apr_pool_t *pool, const tg_guard_trip_t *trip)
{
    char met[TG_GUARD_STRLEN], allowed[TG_GUARD_STRLEN];

    return apr_psprintf(
        pool,
        "it rejected %" APR_UINT64_T_FMT " of %" APR_UINT64_T_FMT " requests, %s, more than %s",
        (apr_uint64_t)trip->met.rejected, (apr_uint64_t)trip->met.requests,
        tg_guard_share(tg_guard_met(&trip->met), met), tg_guard_share(trip->share, allowed));
}
