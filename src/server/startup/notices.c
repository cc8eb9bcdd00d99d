/* Notices at start and at each transition: see notices.h. */
#include "notices.h"

#include "base/rows.h"
#include "server/base/conf.h"
#include "server/base/kept_warning.h"
#include "server/state/state_cache.h"

#include <apr_strings.h>
#include <http_core.h>

APLOG_USE_MODULE(tlsgate);

/** The most transitions logged at once for a schedule: the clock may have been set. */
#define TRANSITIONS_MAX 10

#define ENTRY(main_conf, i) APR_ARRAY_IDX((main_conf)->entries, i, const tg_server_schedule_t *)

/* Up to when transitions have been reported; it goes back with the clock. Only the parent reads and
 * writes it. */
static tg_instant_t reported;

static tg_instant_t current_second(void)
{
    return apr_time_sec(apr_time_now());
}

static void log_phase(server_rec *s, const tg_server_schedule_t *entry,
                      const tg_override_t *override, const char *how, tg_instant_t t)
{
    static const char *const uses[] = {
        " (no TlsGate line names it)",
        " (report-only)",
        "",
    };
    TG_ROWS_ARE(uses, TG_USES);
    const tg_schedule_t *schedule = entry->schedule;
    const char *use = uses[entry->use];
    char buf[TG_INSTANT_STRLEN];
    tg_phase_t next;
    const char *phase = tg_phase_name(tg_phase_at(schedule, override, t, TG_BUCKET_EVERYONE));
    tg_instant_t change = tg_phase_next_change(schedule, override, t, TG_BUCKET_EVERYONE, &next);

    if (change == TG_NEVER) {
        TG_LOG(0012, APLOG_NOTICE, 0, s, "schedule %s%s: %s%s, for good", schedule->name, use,
               phase, how);
    }
    else {
        TG_LOG(0013, APLOG_NOTICE, 0, s, "schedule %s%s: %s%s, next %s at %s", schedule->name, use,
               phase, how, tg_phase_name(next), tg_instant_format(change, buf));
    }
}

static void log_phases(server_rec *s, const tg_main_conf_t *main_conf,
                       const tg_override_set_t *overrides, tg_instant_t t)
{
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry = ENTRY(main_conf, i);

        log_phase(s, entry, tg_override_find(overrides, entry->schedule->name), "", t);
    }
}

/* A server that starts says it at notice, with the phase; the status page as httpd -t does. */
int tg_notices_check(server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    int level = ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST
                    ? APLOG_STARTUP | APLOG_WARNING
                    : APLOG_TRACE1;
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry = ENTRY(main_conf, i);

        if (entry->use == TG_USE_NONE) {
            TG_LOG_KEPT(0014, level, 0, s,
                        "%s:%d: <TlsGateSchedule \"%s\">: no TlsGate line names it, so it does "
                        "nothing; write TlsGate %s in the server, a <VirtualHost> or a "
                        "<Location>",
                        entry->directive->filename, entry->directive->line_num,
                        entry->schedule->name, entry->schedule->name);
        }
    }
    return OK;
}

/* A server whose sightings go nowhere, or NULL. */
static const server_rec *without_log(const server_rec *main_server)
{
    const server_rec *s = main_server;

    while (s && (tg_conf_of_server(s)->log || !tg_conf_has_gates(s))) {
        s = s->next;
    }
    return s;
}

int tg_notices_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    const tg_override_set_t *overrides = tg_state_cache_known(s, ptemp);
    const server_rec *silent;

    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK; /* the configuration is read twice at start: speak once */
    }
    reported = current_second();
    log_phases(s, main_conf, overrides, reported);
    silent = without_log(s);
    if (silent) {
        TG_LOG_KEPT(0015, APLOG_NOTICE, 0, s,
                    "no TlsGateLog for %s: deprecated connections are not logged",
                    silent->server_hostname ? silent->server_hostname : "the main server");
    }
    return OK;
}

static void log_transitions(server_rec *s, const tg_server_schedule_t *entry,
                            const tg_override_t *override, tg_instant_t from, tg_instant_t until)
{
    static const char since[] = " since ";
    char how[sizeof(since) + TG_INSTANT_STRLEN];
    int n;

    for (n = 0; n < TRANSITIONS_MAX; n++) {
        from = tg_phase_next_change(entry->schedule, override, from, TG_BUCKET_EVERYONE, NULL);
        if (from > until) {
            return;
        }
        tg_instant_format(from, apr_cpystrn(how, since, sizeof(how)));
        log_phase(s, entry, override, how, from);
    }
    log_phase(s, entry, override, ", after more transitions than are reported", until);
}

/* What was reported as reached lies ahead again, and is reported again when it comes. */
static void log_clock_back(server_rec *s, const tg_main_conf_t *main_conf,
                           const tg_override_set_t *overrides, tg_instant_t now)
{
    char from[TG_INSTANT_STRLEN], to[TG_INSTANT_STRLEN];

    TG_LOG(0050, APLOG_NOTICE, 0, s,
           "the clock went back from %s or later to %s: where each schedule stands now follows",
           tg_instant_format(reported, from), tg_instant_format(now, to));
    log_phases(s, main_conf, overrides, now);
}

int tg_notices_monitor(apr_pool_t *pool, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    const tg_override_set_t *overrides;
    tg_instant_t until = current_second();
    apr_pool_t *scratch;
    int i;

    /* The pool that is given lives as long as the configuration. */
    apr_pool_create(&scratch, pool);
    overrides = tg_state_cache_known(s, scratch);
    if (until < reported) {
        log_clock_back(s, main_conf, overrides, until);
        reported = until;
    }
    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry = ENTRY(main_conf, i);

        log_transitions(s, entry, tg_override_find(overrides, entry->schedule->name), reported,
                        until);
    }
    reported = until;
    apr_pool_destroy(scratch);
    return DECLINED;
}
