/* The decision about one request: see decision.h. */
#include "decision.h"

#include "future_path.h"

#include "server/base/log.h"
#include "server/state/state_cache.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

APLOG_USE_MODULE(tlsgate);

request_rec *tg_decision_initial(request_rec *r)
{
    while (r->main || r->prev) {
        r = r->main ? r->main : r->prev;
    }
    return r;
}

tg_decision_t *tg_decision_of(request_rec *r)
{
    const tg_gated_t *gated = tg_gated_of(tg_decision_initial(r));

    return gated ? gated->decision : NULL;
}

static tg_gated_t *make_gated(request_rec *r, const tg_connection_t *conn)
{
    tg_gated_t *gated = apr_pcalloc(r->pool, sizeof(*gated));

    gated->conn = conn;
    ap_set_module_config(r->request_config, &tlsgate_module, gated);
    return gated;
}

tg_gated_t *tg_gated_begin(request_rec *r)
{
    tg_gated_t *gated = tg_gated_of(r);
    const tg_connection_t *conn;

    if (gated) {
        return gated;
    }
    conn = tg_connection_suspect(r);
    return conn ? make_gated(r, conn) : NULL;
}

tg_gated_t *tg_gated_for(request_rec *r)
{
    tg_gated_t *gated = tg_gated_of(r);

    return gated ? gated : make_gated(r, tg_connection_for(r));
}

/* Where the request line could not be understood there is nothing but what the client wrote: a
 * query may hold secrets. */
static const char *path_as_written(request_rec *r)
{
    const char *path = r->uri;

    return path ? apr_pstrmemdup(r->pool, path, strcspn(path, "?")) : NULL;
}

/* As the client wrote it, but for what every path may be written in several ways. */
static const char *path_asked_for(request_rec *r)
{
    char *path = tg_future_path_sent(r);

    if (!path) {
        return path_as_written(r);
    }
    ap_normalize_path(path, AP_NORMALIZE_NOT_ABOVE_ROOT | AP_NORMALIZE_MERGE_SLASHES |
                                AP_NORMALIZE_DECODE_UNRESERVED);
    return path;
}

static const tg_override_set_t *overrides_for(request_rec *r, const char *client)
{
    const tg_override_set_t *set =
        tg_state_cache_overrides(r->server, r->pool, client, r->useragent_addr);
    const tg_connection_t *conn = tg_connection_of(r->connection);

    return conn && conn->behind_proxy ? tg_override_set_proxied(r->pool, set) : set;
}

static tg_decision_t *open_decision(request_rec *r, tg_gated_t *gated)
{
    tg_decision_t *d = gated->decision;

    if (!d) {
        d = apr_pcalloc(r->pool, sizeof(*d));
        d->over = &gated->conn->transport;
        d->path = tg_conf_of_server(r->server)->log ? path_asked_for(r) : NULL;
        d->identity = tg_identity_of(r);
        d->subject.now = apr_time_sec(r->request_time);
        d->subject.client = d->identity.key;
        d->subject.address = r->useragent_addr;
        d->subject.overrides = overrides_for(r, d->identity.key);
        gated->decision = d;
    }
    return d;
}

static int expr_holds(request_rec *r, const tg_server_schedule_t *entry)
{
    int i;

    for (i = 0; i < entry->exprs->nelts; i++) {
        const char *err = NULL;
        int rc = ap_expr_exec(r, APR_ARRAY_IDX(entry->exprs, i, ap_expr_info_t *), &err);

        if (err) {
            TG_LOG_REQUEST(0011, APLOG_WARNING, 0, r, "schedule %s: expr= cannot be evaluated: %s",
                           entry->schedule->name, err);
        }
        else if (rc > 0) {
            return 1;
        }
    }
    return 0;
}

static int is_deprecated_by(request_rec *r, const tg_transport_t *over, const tg_gate_ref_t *gate)
{
    return (gate->entry->schedule->traits & over->traits) != 0 || expr_holds(r, gate->entry);
}

int tg_decision_weigh(request_rec *r, const tg_decision_t *d, const apr_array_header_t *gates,
                      tg_outcome_t *outcomes)
{
    int i, n = 0;

    for (i = 0; i < gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *);

        if (is_deprecated_by(r, d->over, gate)) {
            outcomes[n++] = tg_outcome_of(&gate->binding, &d->subject);
        }
    }
    return n;
}

static void take_strictest(tg_decision_t *d)
{
    d->decides = d->count > 0 ? tg_verdict_decide(d->outcomes, d->count) : NULL;
    d->status = d->decides && tg_outcome_rejects(d->decides)
                    ? tg_outcome_status(d->decides, d->over->protocol, d->over->traits)
                    : 0;
}

static void enforce_nothing(tg_decision_t *d)
{
    int i;

    for (i = 0; i < d->count; i++) {
        d->outcomes[i].enforced = 0;
    }
    take_strictest(d);
}

static void decide_by_gates(request_rec *r, tg_decision_t *d, const apr_array_header_t *gates)
{
    d->outcomes = apr_pcalloc(r->pool, (apr_size_t)gates->nelts * sizeof(tg_outcome_t));
    d->count = tg_decision_weigh(r, d, gates, d->outcomes);
    take_strictest(d);
    d->spared = d->open != TG_OPEN_NOT && d->status != 0;
    if (d->open != TG_OPEN_NOT) {
        enforce_nothing(d);
    }
}

static const char *const variables[] = { "TLSGATE_PROTOCOL", "TLSGATE_SCHEDULE", "TLSGATE_PHASE",
                                         "TLSGATE_VERDICT",  "TLSGATE_CLIENT",   "TLSGATE_GROUP" };
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

void tg_decision_publish(request_rec *r, const tg_decision_t *d)
{
    const tg_outcome_t *o = d->decides;
    size_t i;

    if (o) {
        const char *const values[VARIABLES] = { tg_protocol_name(d->over->protocol),
                                                o->binding->schedule->name,
                                                tg_phase_name(o->phase),
                                                tg_action_name(o->action),
                                                d->identity.shown,
                                                tg_registry_group(d->over->group) };

        /* Most of the time nothing is set so early, and nothing has to be looked for. */
        void (*set)(apr_table_t *, const char *, const char *) =
            apr_is_empty_table(r->subprocess_env) ? apr_table_addn : apr_table_setn;

        for (i = 0; i < VARIABLES; i++) {
            if (values[i]) {
                set(r->subprocess_env, variables[i], values[i]);
            }
        }
    }
}

static void unset_variables(request_rec *r)
{
    size_t i;

    for (i = 0; i < VARIABLES; i++) {
        apr_table_unset(r->subprocess_env, variables[i]);
    }
}

/* Undoes what was decided for a scope that the request is no longer in. */
static void forget_decision(request_rec *r, tg_decision_t *d)
{
    if (d->decides) {
        unset_variables(r);
    }
    d->scope = NULL;
    d->decides = NULL;
    d->count = 0;
    d->status = 0;
    d->spared = 0;
}

void tg_decision_forget(request_rec *r, tg_gated_t *gated)
{
    if (gated->decision) {
        forget_decision(r, gated->decision);
    }
}

static int one_rejects(const tg_decision_t *d, const apr_array_header_t *gates)
{
    int i;

    for (i = 0; gates && i < gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *);
        const tg_schedule_t *schedule = gate->entry->schedule;

        if (schedule->has_expr || (schedule->traits & d->over->traits) != 0) {
            tg_outcome_t o = tg_outcome_of(&gate->binding, &d->subject);

            if (tg_outcome_rejects(&o)) {
                return 1;
            }
        }
    }
    return 0;
}

int tg_decision_rejects_somewhere(request_rec *r, tg_gated_t *gated)
{
    const tg_server_conf_t *conf = tg_conf_of_server(r->server);
    const tg_decision_t *d = open_decision(r, gated);

    return one_rejects(d, conf->enforced) || one_rejects(d, conf->main_conf->everywhere);
}

static int may_concern(const tg_scope_t *scope, const tg_transport_t *over)
{
    return scope->has_expr || (scope->traits & over->traits) != 0;
}

int tg_decision_is_due(const request_rec *r, const tg_gated_t *gated)
{
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);

    return (scope && may_concern(scope, &gated->conn->transport)) || gated->decision;
}

tg_decision_t *tg_decision_decide(request_rec *r, tg_gated_t *gated, tg_open_t open)
{
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);
    tg_decision_t *d = gated->decision;

    if (d && d->scope != scope) {
        forget_decision(r, d);
    }
    if (!scope || (!d && !may_concern(scope, &gated->conn->transport))) {
        return d;
    }
    d = open_decision(r, gated);
    if (d->scope != scope || d->open != open || scope->has_expr) {
        forget_decision(r, d);
        d->scope = scope;
        d->open = open;
        decide_by_gates(r, d, scope->gates);
        tg_decision_publish(r, d);
    }
    return d;
}

tg_decision_t *tg_decision_unasked(request_rec *r, tg_gated_t *gated)
{
    ap_conf_vector_t *all = r->per_dir_config;
    tg_decision_t *d = gated->decision;
    char *uri = r->uri;

    /* What has a file name, or what stands for one, has been at the gate. */
    if ((d && d->scope) || r->filename) {
        return d;
    }
    if (uri && *uri == '/') {
        r->uri = tg_future_path_decoded(r);
        ap_location_walk(r);
    }
    d = tg_decision_decide(r, gated, TG_OPEN_NOT);
    if (d && d->scope) {
        d->spared = d->status != 0;
        enforce_nothing(d);
        tg_decision_publish(r, d);
    }
    r->uri = uri;
    r->per_dir_config = all;
    return d;
}

tg_gated_t *tg_decision_reopen(request_rec *r)
{
    tg_gated_t *gated = tg_gated_of(r);
    const tg_connection_t *conn = tg_connection_suspect(r);
    tg_decision_t *d = gated ? gated->decision : NULL;

    if (!gated) {
        return conn ? make_gated(r, conn) : NULL;
    }
    gated->conn = conn ? conn : tg_connection_for(r);
    if (d) {
        forget_decision(r, d);
        d->over = &gated->conn->transport;
        d->identity = tg_identity_of(r);
        d->subject.client = d->identity.key;
        d->subject.overrides = overrides_for(r, d->identity.key);
    }
    return conn ? gated : NULL;
}

void tg_decision_close(request_rec *r, tg_decision_t *d)
{
    const tg_scope_t *scope = d->scope;

    if (scope) {
        forget_decision(r, d);
        d->scope = scope;
        d->open = TG_OPEN_NOT;
        decide_by_gates(r, d, scope->gates);
        tg_decision_publish(r, d);
    }
}

/* Neither a part of another answer nor an error document is the caller's own test. */
static int is_asked_for(const request_rec *r)
{
    for (; r->prev; r = r->prev) {
        if (r->main || r->prev->status != HTTP_OK) {
            return 0;
        }
    }
    return !r->main;
}

tg_decision_t *tg_decision_test(request_rec *r, const apr_array_header_t *gates)
{
    int test = is_asked_for(r);
    tg_gated_t *gated;
    tg_decision_t *d;

    r = tg_decision_initial(r);
    gated = tg_gated_begin(r);
    d = open_decision(r, gated ? gated : make_gated(r, tg_connection_for(r)));
    d->test |= test;
    if (d->count == 0 && !test) {
        d = apr_pmemdup(r->pool, d, sizeof(*d)); /* what it is a part of is not deprecated here */
    }
    if (d->count == 0) {
        d->open = TG_OPEN_PAGE;
        decide_by_gates(r, d, gates);
        d->spared = 0;
    }
    return d;
}
