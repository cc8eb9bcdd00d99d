/* What the error log says of live state: see state_log.h. */
#include "state_log.h"

#include "base/rows.h"
#include "server/base/conf.h"
#include "server/base/log.h"

#include <apr_strings.h>
#include <http_core.h>

APLOG_USE_MODULE(tlsgate);

static const char *count_of_noun(apr_pool_t *pool, int n, const char *what)
{
    return apr_psprintf(pool, "%d %s%s", n, what, n == 1 ? "" : "s");
}

/* The schedule on which a postponement has no effect, or NULL. One of a schedule that is not
 * configured here is meant for another httpd. */
static const tg_schedule_t *ignored_postponement(server_rec *s, const tg_state_override_t *o)
{
    const tg_server_schedule_t *entry = tg_conf_entry(tg_conf_of_server(s)->main_conf, o->schedule);

    return entry && tg_state_override_is_void(o, entry->schedule) ? entry->schedule : NULL;
}

/* A resume stays in force as long as it is there: without it what was stopped is stopped again. */
static int is_expired(const tg_state_override_t *o, tg_instant_t now)
{
    return o->kind != TG_STATE_RESUME && tg_state_override_end(o) <= now;
}

static void log_ignored(server_rec *s, const tg_state_override_t *o, const tg_schedule_t *schedule)
{
    char from[TG_INSTANT_STRLEN], to[TG_INSTANT_STRLEN], buf[TG_INSTANT_STRLEN];
    tg_instant_t cutoff = tg_schedule_cutoff(schedule);

    TG_LOG(0024, APLOG_WARNING, 0, s,
           "schedule %s: its postponement to %s is ignored: it was made for the cutoff %s, and the "
           "configured cutoff is now %s; postpone that one, or remove the entry from the state",
           o->schedule, tg_instant_format(o->cutoff, to), tg_instant_format(o->from, from),
           cutoff == TG_NEVER ? "gone" : tg_instant_format(cutoff, buf));
}

void tg_state_log_ignored(server_rec *s, const tg_state_t *state)
{
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);
        const tg_schedule_t *schedule = ignored_postponement(s, o);

        if (schedule) {
            log_ignored(s, o, schedule);
        }
    }
}

static void log_override(server_rec *s, apr_pool_t *pool, const tg_state_override_t *o)
{
    static const char *const before_instant[] = { "until", "until", "to",
                                                  "of trials that TlsGateGuard stopped, at" };
    TG_ROWS_ARE(before_instant, TG_STATE_KINDS);
    char buf[TG_INSTANT_STRLEN];

    TG_LOG(0025, APLOG_NOTICE, 0, s, "schedule %s: %s %s %s, by %s: %s", o->schedule,
           tg_state_kind_name(o->kind), before_instant[o->kind],
           tg_instant_format(o->kind == TG_STATE_POSTPONE ? o->cutoff : o->until, buf),
           ap_escape_logitem(pool, o->by), ap_escape_logitem(pool, o->reason));
}

/* Entries that are over, or ignored, are counted apart: they are not in force. */
void tg_state_log_document(server_rec *s, apr_pool_t *pool, const tg_state_t *state,
                           apr_uint32_t generation, int again)
{
    apr_array_header_t *active = apr_array_make(pool, 1, sizeof(const tg_state_override_t *));
    tg_instant_t now = apr_time_sec(apr_time_now());
    int i, exempt = 0, idle;

    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);

        if (!is_expired(o, now) && !ignored_postponement(s, o)) {
            APR_ARRAY_PUSH(active, const tg_state_override_t *) = o;
        }
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        exempt +=
            APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t).exemption.until > now ? 1 : 0;
    }
    idle = state->overrides->nelts + state->exemptions->nelts - active->nelts - exempt;
    TG_LOG(0026, APLOG_NOTICE, 0, s, "TlsGateState \"%s\": generation %u is in force%s: %s, %s%s",
           tg_conf_of_server(s)->main_conf->state, generation, again ? " again" : "",
           count_of_noun(pool, active->nelts, "override"), count_of_noun(pool, exempt, "exemption"),
           idle ? apr_psprintf(pool, "; %d expired or ignored", idle) : "");
    for (i = 0; i < active->nelts; i++) {
        log_override(s, pool, APR_ARRAY_IDX(active, i, const tg_state_override_t *));
    }
    tg_state_log_ignored(s, state);
}
