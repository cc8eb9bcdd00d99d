/* The configuration: how it is made, merged and resolved. */
#include "conf.h"

#include "log.h"

#include "ledger/straggler_table.h"
#include "report/warning.h"

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
    main_conf->by_name = apr_hash_make(pool);
    main_conf->scopes = apr_array_make(pool, 4, sizeof(tg_scope_t *));
    main_conf->logs = apr_array_make(pool, 1, sizeof(tg_log_t *));
    main_conf->logs_by_spec = apr_hash_make(pool);
    main_conf->given = apr_hash_make(pool);
    main_conf->stragglers = TG_STRAGGLERS_DEFAULT;
    main_conf->warnings = apr_array_make(pool, 1, sizeof(tg_warning_t));
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
    conf->pages = NULL;
    conf->has_locations = 0;
    conf->watched = 0;
    conf->locations = NULL;
    conf->enforced = NULL;
    conf->ssl = NULL;
    conf->support = NULL;
    conf->ledger_distance = 0;
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
    conf->pages = add->pages ? add->pages : base->pages;
    conf->has_locations = base->has_locations || add->has_locations;
    conf->watched = base->watched | add->watched;
    conf->support = add->support ? add->support : base->support;
    conf->locations = add->locations ? add->locations : base->locations;
    conf->enforced = add->enforced ? add->enforced : base->enforced;
    conf->ssl = add->ssl ? add->ssl : base->ssl;
    conf->ledger_distance = add->ledger_distance ? add->ledger_distance : base->ledger_distance;
    return conf;
}

void *tg_conf_create_dir(apr_pool_t *pool, char *path)
{
    tg_dir_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)path;
    conf->scope = NULL;
    conf->has_handler = 0;
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

void tg_conf_add_entry(tg_main_conf_t *main_conf, tg_server_schedule_t *entry)
{
    APR_ARRAY_PUSH(main_conf->entries, tg_server_schedule_t *) = entry;
    apr_hash_set(main_conf->by_name, entry->schedule->name, APR_HASH_KEY_STRING, entry);
}

tg_server_schedule_t *tg_conf_entry(const tg_main_conf_t *main_conf, const char *name)
{
    return apr_hash_get(main_conf->by_name, name, APR_HASH_KEY_STRING);
}

/* Only for an error: it costs as much as there are schedules. */
static const char *names_of(apr_pool_t *pool, const tg_main_conf_t *main_conf)
{
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(const char *));
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        APR_ARRAY_PUSH(names, const char *) = apr_pstrcat(
            pool, i ? ", " : "",
            APR_ARRAY_IDX(main_conf->entries, i, tg_server_schedule_t *)->schedule->name, NULL);
    }
    return apr_array_pstrcat(pool, names, 0);
}

/* As with TlsGateRefuse. */
static int check_as_refuse(const tg_gate_ref_t *gate)
{
    if (!gate->binding.has_as || gate->binding.as != TG_PHASE_REFUSE ||
        tg_schedule_is_refusable(gate->binding.schedule)) {
        return 1;
    }
    TG_LOG(0001, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
           "%s:%d: TlsGate \"%s as=refuse\": only protocol versions, key exchanges and ciphers are "
           "known in the handshake, and the schedule deprecates more; use as=cutoff",
           gate->directive->filename, gate->directive->line_num, gate->name);
    return 0;
}

static int refuse_unknown(apr_pool_t *pool, const tg_main_conf_t *main_conf,
                          const tg_gate_ref_t *gate)
{
    const char *names = names_of(pool, main_conf);

    TG_LOG(0002, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
           "%s:%d: TlsGate \"%s\": there is no schedule of that name; %s%s",
           gate->directive->filename, gate->directive->line_num, gate->name,
           *names ? "use one of: " : "write <TlsGateSchedule NAME> first", names);
    return 0;
}

static int resolve_gate(apr_pool_t *pool, const tg_main_conf_t *main_conf, tg_gate_ref_t *gate)
{
    tg_use_t use = gate->binding.report_only ? TG_USE_REPORT_ONLY : TG_USE_ENFORCED;

    gate->entry = tg_conf_entry(main_conf, gate->name);
    if (!gate->entry) {
        return refuse_unknown(pool, main_conf, gate);
    }
    gate->binding.schedule = gate->entry->schedule;
    gate->entry->use = use > gate->entry->use ? use : gate->entry->use;
    if (gate->binding.has_as) {
        gate->entry->as_phases |= 1U << gate->binding.as;
    }
    tg_binding_join(&gate->entry->lines, &gate->binding);
    return check_as_refuse(gate);
}

static void note_refused(tg_scope_t *scope, const tg_binding_t *binding)
{
    tg_traits_t traits = binding->schedule->traits & TG_TRAITS_NEGOTIATED;
    tg_instant_t from = tg_binding_refuses_from(binding);

    if (traits && from != TG_NEVER) {
        scope->refused |= traits;
        scope->refused_from = from < scope->refused_from ? from : scope->refused_from;
    }
}

static int resolve_scope(apr_pool_t *pool, tg_main_conf_t *main_conf, tg_scope_t *scope)
{
    int i;

    scope->traits = 0;
    scope->has_expr = 0;
    scope->refused = 0;
    scope->refused_from = TG_NEVER;
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
        note_refused(scope, &gate->binding);
        APR_ARRAY_PUSH(scope->bindings, const tg_binding_t *) = &gate->binding;
    }
    return 1;
}

static void add_location(apr_pool_t *pool, const tg_scope_t *scope)
{
    tg_server_conf_t *conf = tg_conf_of_server(scope->server);

    if (!conf->locations) {
        conf->locations = apr_array_make(pool, 2, sizeof(const tg_scope_t *));
    }
    APR_ARRAY_PUSH(conf->locations, const tg_scope_t *) = scope;
}

static tg_traits_t traits_of_scope(const tg_scope_t *scope)
{
    return !scope ? 0 : scope->has_expr ? TG_TRAIT_ANY : scope->traits;
}

static tg_traits_t traits_of_locations(const apr_array_header_t *locations)
{
    tg_traits_t traits = 0;
    int i;

    for (i = 0; locations && i < locations->nelts; i++) {
        traits |= traits_of_scope(APR_ARRAY_IDX(locations, i, const tg_scope_t *));
    }
    return traits;
}

/* A vhost has the <Location>s of the main server as well. */
static void mark_servers(const server_rec *main_server)
{
    const apr_array_header_t *all = tg_conf_of_server(main_server)->locations;
    tg_traits_t inherited = traits_of_locations(all);
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        tg_server_conf_t *conf = tg_conf_of_server(s);

        conf->has_locations = all || conf->locations;
        conf->watched = inherited | traits_of_locations(conf->locations) |
                        traits_of_scope(tg_conf_scope(s->lookup_defaults));
    }
}

/* httpd lets a vhost without our directives share the main server's struct. Give each vhost its
 * own, because support and what is marked are per server. */
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

/* Where no schedule applies, only TlsGateCensus on has something counted. */
static void mark_counted(tg_main_conf_t *main_conf)
{
    int applies = main_conf->traits != 0 || main_conf->has_expr;

    main_conf->counts_requests = applies || main_conf->census == TG_CENSUS_ON;
    main_conf->counts_connections =
        main_conf->counts_requests && main_conf->census != TG_CENSUS_OFF;
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
        scope->index = i;
        if (scope->location) {
            add_location(pool, scope);
        }
    }
    mark_servers(main_server);
    mark_counted(main_conf);
    return OK;
}

const char *tg_conf_server_name(apr_pool_t *pool, const server_rec *s)
{
    if (!s->is_virtual) {
        return "main server";
    }
    return apr_psprintf(pool, "vhost %s:%u", s->server_hostname ? s->server_hostname : "*",
                        (unsigned)(s->addrs ? s->addrs->host_port : s->port));
}

static int locations_have_gates(const apr_array_header_t *locations)
{
    int i;

    for (i = 0; locations && i < locations->nelts; i++) {
        if (APR_ARRAY_IDX(locations, i, const tg_scope_t *)->gates->nelts > 0) {
            return 1;
        }
    }
    return 0;
}

int tg_conf_has_gates(const server_rec *s)
{
    const tg_scope_t *scope = tg_conf_scope(s->lookup_defaults);
    const tg_server_conf_t *conf = tg_conf_of_server(s);

    return (scope && scope->gates->nelts > 0) || locations_have_gates(conf->locations) ||
           locations_have_gates(tg_conf_of_server(conf->main_conf->main_server)->locations);
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
