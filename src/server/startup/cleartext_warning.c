/* Schedules of TLS versions where there is no TLS: see cleartext_warning.h. */
#include "cleartext_warning.h"

#include "format/plan.h"
#include "server/base/conf.h"
#include "server/base/kept_warning.h"

#include <apr_hash.h>

APLOG_USE_MODULE(tlsgate);

/* Adds the schedules that a server uses. */
static void add_used(apr_hash_t *used, apr_pool_t *pool, const server_rec *s)
{
    const apr_array_header_t *gates = tg_conf_gates_of_server(pool, s);
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const char *name = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *)->entry->schedule->name;

        apr_hash_set(used, name, APR_HASH_KEY_STRING, name);
    }
}

/* The names of the schedules that hosts use which speak TLS. */
static apr_hash_t *used_over_tls(apr_pool_t *pool, const server_rec *s,
                                 const tg_accepted_t *accepted)
{
    apr_hash_t *used = apr_hash_make(pool);
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    for (; s; s = s->next) {
        if (tg_accepted_is_tls(accepted, s) && tg_conf_has_gates(s)) {
            add_used(used, scratch, s);
            apr_pool_clear(scratch);
        }
    }
    apr_pool_destroy(scratch);
    return used;
}

static int is_about_tls(const tg_schedule_t *schedule)
{
    return schedule->traits && !(schedule->traits & ~(TG_TRAITS_TLS | TG_TRAITS_NEGOTIATED)) &&
           !schedule->has_expr;
}

void tg_cleartext_warning(apr_pool_t *pool, server_rec *main_server, const tg_accepted_t *accepted)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;
    apr_hash_t *used = used_over_tls(pool, main_server, accepted);
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry =
            APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *);
        const tg_schedule_t *schedule = entry->schedule;

        if (entry->use != TG_USE_NONE && is_about_tls(schedule) &&
            !apr_hash_get(used, schedule->name, APR_HASH_KEY_STRING)) {
            TG_LOG_KEPT(
                0054, APLOG_STARTUP | APLOG_WARNING, 0, main_server,
                "%s:%d: <TlsGateSchedule \"%s\">: it deprecates %s, but every host that uses it "
                "speaks plain HTTP, so it never applies; write TlsGate %s in the hosts "
                "with SSLEngine on, or deprecate cleartext",
                entry->directive->filename, entry->directive->line_num, schedule->name,
                tg_plan_traits(pool, schedule), schedule->name);
        }
    }
}
