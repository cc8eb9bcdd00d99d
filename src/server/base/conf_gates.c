/* The schedules that a server names, in the order of the configuration: see conf.h. */
#include "conf.h"

#include <apr_strings.h>
#include <http_core.h>

/** The gates of a server, and the same by the names of their schedules. */
typedef struct {
    apr_array_header_t *gates;
    apr_hash_t *by_name;
} tg_gate_list_t;

static void add_scope(tg_gate_list_t *list, const tg_scope_t *scope)
{
    int i;

    for (i = 0; scope && i < scope->gates->nelts; i++) {
        tg_gate_ref_t *gate = APR_ARRAY_IDX(scope->gates, i, tg_gate_ref_t *);

        if (!apr_hash_get(list->by_name, gate->name, APR_HASH_KEY_STRING)) {
            apr_hash_set(list->by_name, gate->name, APR_HASH_KEY_STRING, gate);
            APR_ARRAY_PUSH(list->gates, tg_gate_ref_t *) = gate;
        }
    }
}

static const tg_scope_t *location_of(const apr_array_header_t *locations, int i)
{
    return locations && i < locations->nelts ? APR_ARRAY_IDX(locations, i, const tg_scope_t *)
                                             : NULL;
}

apr_array_header_t *tg_conf_gates_of_server(apr_pool_t *pool, const server_rec *s)
{
    const server_rec *main_server = tg_conf_of_server(s)->main_conf->main_server;
    const apr_array_header_t *all = tg_conf_of_server(main_server)->locations;
    const apr_array_header_t *own = s == main_server ? NULL : tg_conf_of_server(s)->locations;
    tg_gate_list_t list = { apr_array_make(pool, 4, sizeof(tg_gate_ref_t *)), apr_hash_make(pool) };
    int i = 0, j = 0;

    add_scope(&list, tg_conf_scope(s->lookup_defaults));
    while (location_of(all, i) || location_of(own, j)) { /* in the order of the configuration */
        const tg_scope_t *a = location_of(all, i), *b = location_of(own, j);
        int is_all = a && (!b || a->index < b->index);

        add_scope(&list, is_all ? a : b);
        i += is_all;
        j += !is_all;
    }
    return list.gates;
}
