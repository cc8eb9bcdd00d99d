/* What is enforced somewhere: see enforced.h. */
#include "enforced.h"

#include <apr_strings.h>

#define GATE(scope, i) APR_ARRAY_IDX((scope)->gates, i, tg_gate_ref_t *)

static void note_enforced(apr_array_header_t *enforced, apr_hash_t *known, const tg_scope_t *scope)
{
    int i;

    for (i = 0; scope && i < scope->gates->nelts; i++) {
        const tg_gate_ref_t *gate = GATE(scope, i);
        const char *use =
            apr_psprintf(enforced->pool, "%s %d", gate->name,
                         gate->binding.has_as ? (int)gate->binding.as : (int)TG_PHASES);

        if (!gate->binding.report_only && !apr_hash_get(known, use, APR_HASH_KEY_STRING)) {
            apr_hash_set(known, use, APR_HASH_KEY_STRING, use);
            APR_ARRAY_PUSH(enforced, const tg_gate_ref_t *) = gate;
        }
    }
}

static apr_array_header_t *enforced_by(apr_pool_t *pool, const tg_scope_t *scope,
                                       const apr_array_header_t *locations)
{
    apr_array_header_t *enforced = apr_array_make(pool, 2, sizeof(const tg_gate_ref_t *));
    apr_hash_t *known = apr_hash_make(pool);
    int i;

    note_enforced(enforced, known, scope);
    for (i = 0; locations && i < locations->nelts; i++) {
        note_enforced(enforced, known, APR_ARRAY_IDX(locations, i, const tg_scope_t *));
    }
    return enforced;
}

void tg_enforced_find(apr_pool_t *pool, const server_rec *main_server)
{
    const apr_array_header_t *all = tg_conf_of_server(main_server)->locations;
    const server_rec *s;

    tg_conf_of_server(main_server)->main_conf->everywhere = enforced_by(pool, NULL, all);
    for (s = main_server; s; s = s->next) {
        tg_server_conf_t *conf = tg_conf_of_server(s);

        conf->enforced = enforced_by(pool, tg_conf_scope(s->lookup_defaults),
                                     s == main_server ? NULL : conf->locations);
    }
}
