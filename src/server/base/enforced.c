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

apr_array_header_t *tg_enforced_by(apr_pool_t *pool, const tg_scope_t *scope,
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
