/* The configuration: how it is made, merged and resolved. */
#include "conf.h"

#include "log.h"
#include <apr_strings.h>
#include <http_core.h>

APLOG_USE_MODULE(tlsgate);

#define MAIN_CONF_KEY "mod_tlsgate:plan"

#define SCOPE(main_conf, i) APR_ARRAY_IDX((main_conf)->scopes, i, tg_scope_t *)
#define GATE(scope, i) APR_ARRAY_IDX((scope)->gates, i, tg_gate_ref_t *)

/* One per configuration pool. A vhost is created before it is merged, so it cannot come from the
 * main server's configuration. */
static tg_main_conf_t *main_conf_of_pool(apr_pool_t *pool)
{
    void *data = NULL;
    tg_main_conf_t *main_conf;

    apr_pool_userdata_get(&data, MAIN_CONF_KEY, pool);
    if (data) {
        return data;
    }
    main_conf = apr_pcalloc(pool, sizeof(*main_conf));
    main_conf->entries = apr_array_make(pool, 2, sizeof(tg_server_schedule_t *));
    main_conf->scopes = apr_array_make(pool, 4, sizeof(tg_scope_t *));
    main_conf->logs = apr_array_make(pool, 1, sizeof(tg_log_t *));
    main_conf->given = apr_hash_make(pool);
    apr_pool_userdata_setn(main_conf, MAIN_CONF_KEY, NULL, pool);
    return main_conf;
}

void *tg_conf_create_server(apr_pool_t *pool, server_rec *s)
{
    tg_server_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)s;
    conf->main_conf = main_conf_of_pool(pool);
    conf->identity = NULL;
    conf->privacy = TG_PRIVACY_UNSET;
    conf->log = NULL;
    conf->advice = NULL;
    conf->has_locations = 0;
    conf->support = NULL;
    return conf;
}

void *tg_conf_merge_server(apr_pool_t *pool, void *base_conf, void *add_conf)
{
    const tg_server_conf_t *base = base_conf, *add = add_conf;
    tg_server_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    conf->main_conf = add->main_conf;
    conf->identity = add->identity ? add->identity : base->identity;
    conf->privacy = add->privacy != TG_PRIVACY_UNSET ? add->privacy : base->privacy;
    conf->log = add->log ? add->log : base->log;
    conf->advice = add->advice ? add->advice : base->advice;
    conf->has_locations = base->has_locations || add->has_locations;
    conf->support = add->support ? add->support : base->support;
    return conf;
}

void *tg_conf_create_dir(apr_pool_t *pool, char *path)
{
    tg_dir_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)path;
    conf->scope = NULL;
    conf->page = TG_PAGES;
    return conf;
}

void *tg_conf_merge_dir(apr_pool_t *pool, void *base_conf, void *add_conf)
{
    const tg_dir_conf_t *base = base_conf, *add = add_conf;
    tg_dir_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    conf->scope = add->scope ? add->scope : base->scope;
    conf->has_handler = add->has_handler || base->has_handler;
    conf->page = add->has_handler ? add->page : base->page;
    return conf;
}

tg_server_conf_t *tg_conf_of_server(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &tlsgate_module);
}

const tg_scope_t *tg_conf_scope(const ap_conf_vector_t *per_dir_config)
{
    const tg_dir_conf_t *conf = ap_get_module_config(per_dir_config, &tlsgate_module);

    return conf ? conf->scope : NULL;
}

tg_privacy_t tg_conf_privacy(const tg_server_conf_t *conf)
{
    return conf->privacy == TG_PRIVACY_UNSET ? TG_PRIVACY_FULL : conf->privacy;
}

tg_server_schedule_t *tg_conf_entry(const tg_main_conf_t *main_conf, const char *name)
{
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        tg_server_schedule_t *entry = APR_ARRAY_IDX(main_conf->entries, i, tg_server_schedule_t *);

        if (strcmp(entry->schedule->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static const char *names_of(apr_pool_t *pool, const tg_main_conf_t *main_conf)
{
    const char *names = NULL;
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        const char *name =
            APR_ARRAY_IDX(main_conf->entries, i, tg_server_schedule_t *)->schedule->name;

        names = names ? apr_pstrcat(pool, names, ", ", name, NULL) : name;
    }
    return names;
}

/* As with TlsGateRefuse, which is allowed only in a schedule of TLS versions. */
static int check_as_refuse(const tg_gate_ref_t *gate)
{
    const tg_schedule_t *schedule = gate->binding.schedule;

    if (!gate->binding.has_as || gate->binding.as != TG_PHASE_REFUSE ||
        !(schedule->has_expr || (schedule->traits & ~TG_TRAITS_TLS))) {
        return 1;
    }
    TG_LOG(0001, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
           "%s:%d: TlsGate \"%s as=refuse\": only protocol versions are known in the "
           "handshake, and the schedule deprecates more; use as=cutoff",
           gate->directive->filename, gate->directive->line_num, gate->name);
    return 0;
}

static int resolve_gate(apr_pool_t *pool, const tg_main_conf_t *main_conf, tg_gate_ref_t *gate)
{
    const char *names = names_of(pool, main_conf);

    gate->entry = tg_conf_entry(main_conf, gate->name);
    if (gate->entry) {
        gate->binding.schedule = gate->entry->schedule;
        return check_as_refuse(gate);
    }
    TG_LOG(0002, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
           "%s:%d: TlsGate \"%s\": there is no schedule of that name; %s%s",
           gate->directive->filename, gate->directive->line_num, gate->name,
           names ? "use one of: " : "write <TlsGateSchedule NAME> first", names ? names : "");
    return 0;
}

static int resolve_scope(apr_pool_t *pool, tg_main_conf_t *main_conf, tg_scope_t *scope)
{
    int i;

    scope->traits = 0;
    scope->has_expr = 0;
    scope->bindings = apr_array_make(pool, scope->gates->nelts, sizeof(const tg_binding_t *));
    for (i = 0; i < scope->gates->nelts; i++) {
        tg_gate_ref_t *gate = GATE(scope, i);

        if (!resolve_gate(pool, main_conf, gate)) {
            return 0;
        }
        scope->traits |= gate->entry->schedule->traits;
        scope->has_expr |= gate->entry->schedule->has_expr;
        if (gate->entry->schedule->traits != TG_TRAIT_ANY) {
            main_conf->own_traits |= gate->entry->schedule->traits;
        }
        APR_ARRAY_PUSH(scope->bindings, const tg_binding_t *) = &gate->binding;
    }
    return 1;
}

static void mark_locations(const tg_scope_t *scope, server_rec *main_server)
{
    server_rec *s;

    for (s = main_server; s && scope->location; s = s->next) {
        if (s == scope->server || scope->server == main_server) {
            tg_conf_of_server(s)->has_locations = 1;
        }
    }
}

/* httpd lets a vhost without our directives share the main server's struct. Give each vhost its
 * own, because support and has_locations are per server. */
static void unshare_server_confs(apr_pool_t *pool, server_rec *main_server)
{
    const tg_server_conf_t *shared = tg_conf_of_server(main_server);
    server_rec *s;

    for (s = main_server->next; s; s = s->next) {
        if (tg_conf_of_server(s) == shared) {
            ap_set_module_config(s->module_config, &tlsgate_module,
                                 apr_pmemdup(pool, shared, sizeof(*shared)));
        }
    }
}

int tg_conf_resolve(apr_pool_t *pool, server_rec *main_server)
{
    tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;
    int i;

    unshare_server_confs(pool, main_server);
    main_conf->main_server = main_server;
    main_conf->traits = 0;
    main_conf->own_traits = 0;
    main_conf->has_expr = 0;
    main_conf->accepted = TG_TRAITS_TLS;
    for (i = 0; i < main_conf->scopes->nelts; i++) {
        tg_scope_t *scope = SCOPE(main_conf, i);

        if (!resolve_scope(pool, main_conf, scope)) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        main_conf->traits |= scope->traits;
        main_conf->has_expr |= scope->has_expr;
        mark_locations(scope, main_server);
    }
    /* A key exchange is known only from the cipher that is chosen in the end. */
    main_conf->keeps_offers =
        main_conf->has_verify || main_conf->has_expr || (main_conf->traits & TG_TRAITS_KX) != 0;
    return OK;
}

tg_use_t tg_conf_use(const tg_main_conf_t *main_conf, const tg_server_schedule_t *entry)
{
    tg_use_t use = TG_USE_NONE;
    int i, j;

    for (i = 0; i < main_conf->scopes->nelts; i++) {
        for (j = 0; j < SCOPE(main_conf, i)->gates->nelts; j++) {
            const tg_gate_ref_t *gate = GATE(SCOPE(main_conf, i), j);

            if (gate->entry == entry && use != TG_USE_ENFORCED) {
                use = gate->binding.report_only ? TG_USE_REPORT_ONLY : TG_USE_ENFORCED;
            }
        }
    }
    return use;
}

const char *tg_conf_server_name(apr_pool_t *pool, const server_rec *s)
{
    if (!s->is_virtual) {
        return "main server";
    }
    return apr_psprintf(pool, "vhost %s:%u", s->server_hostname ? s->server_hostname : "*",
                        (unsigned)(s->addrs ? s->addrs->host_port : s->port));
}

static void add_once(apr_array_header_t *gates, tg_gate_ref_t *gate)
{
    int i;

    for (i = 0; i < gates->nelts; i++) {
        if (APR_ARRAY_IDX(gates, i, tg_gate_ref_t *)->entry == gate->entry) {
            return;
        }
    }
    APR_ARRAY_PUSH(gates, tg_gate_ref_t *) = gate;
}

static void add_scope(apr_array_header_t *gates, const tg_scope_t *scope)
{
    int i;

    for (i = 0; scope && i < scope->gates->nelts; i++) {
        add_once(gates, GATE(scope, i));
    }
}

apr_array_header_t *tg_conf_gates_of_server(apr_pool_t *pool, const server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    apr_array_header_t *gates = apr_array_make(pool, 4, sizeof(tg_gate_ref_t *));
    int i;

    add_scope(gates, tg_conf_scope(s->lookup_defaults));
    for (i = 0; i < main_conf->scopes->nelts; i++) {
        const tg_scope_t *scope = SCOPE(main_conf, i);

        if (scope->location && (scope->server == s || scope->server == main_conf->main_server)) {
            add_scope(gates, scope);
        }
    }
    return gates;
}

const tg_binding_t *tg_conf_handshake_binding(const server_rec *s, const tg_schedule_t *schedule)
{
    const tg_scope_t *scope = tg_conf_scope(s->lookup_defaults);
    int i;

    for (i = 0; scope && i < scope->bindings->nelts; i++) {
        const tg_binding_t *binding = APR_ARRAY_IDX(scope->bindings, i, const tg_binding_t *);

        if (binding->schedule == schedule) {
            return binding;
        }
    }
    return NULL;
}
