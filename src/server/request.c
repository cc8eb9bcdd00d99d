/* The decision about one request: see request.h. */
#include "request.h"

#include "live.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>

APLOG_USE_MODULE(tlsgate);

const tg_connection_t *tg_request_suspected(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_for(r);

    return conn->suspect == TG_SUSPECT_YES ? conn : NULL;
}

request_rec *tg_request_initial(request_rec *r)
{
    while (r->main || r->prev) {
        r = r->main ? r->main : r->prev;
    }
    return r;
}

tg_request_t *tg_request_of(request_rec *r)
{
    return ap_get_module_config(tg_request_initial(r)->request_config, &tlsgate_module);
}

static tg_request_t *open_decision(request_rec *r, const tg_connection_t *conn)
{
    tg_request_t *rq = ap_get_module_config(r->request_config, &tlsgate_module);

    if (!rq) {
        rq = apr_pcalloc(r->pool, sizeof(*rq));
        rq->conn = conn;
        rq->path = apr_pstrdup(r->pool, r->parsed_uri.path ? r->parsed_uri.path : r->uri);
        rq->identity = tg_identity_of(r);
        rq->subject.now = apr_time_sec(r->request_time);
        rq->subject.client = rq->identity.key;
        rq->subject.address = r->useragent_addr;
        rq->subject.overrides = tg_live_overrides(r->server, r->pool);
        ap_set_module_config(r->request_config, &tlsgate_module, rq);
    }
    return rq;
}

static int expr_holds(request_rec *r, const tg_entry_t *entry)
{
    int i;

    for (i = 0; i < entry->exprs->nelts; i++) {
        const char *err = NULL;
        int rc = ap_expr_exec(r, APR_ARRAY_IDX(entry->exprs, i, ap_expr_info_t *), &err);

        if (err) {
            ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                          "schedule %s: expr= cannot be evaluated: %s", entry->schedule->name, err);
        }
        else if (rc > 0) {
            return 1;
        }
    }
    return 0;
}

static int deprecates(request_rec *r, const tg_connection_t *conn, const tg_gate_t *gate)
{
    return (gate->entry->schedule->traits & conn->traits) != 0 || expr_holds(r, gate->entry);
}

int tg_request_weigh(request_rec *r, const tg_request_t *rq, const apr_array_header_t *gates,
                     tg_outcome_t *outcomes)
{
    int i, n = 0;

    for (i = 0; i < gates->nelts; i++) {
        const tg_gate_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_t *);

        if (deprecates(r, rq->conn, gate)) {
            outcomes[n++] = tg_outcome_of(&gate->binding, &rq->subject);
        }
    }
    return n;
}

static int status_of(const tg_request_t *rq)
{
    const tg_schedule_t *schedule = rq->decides->binding->schedule;
    tg_status_kind_t kind =
        rq->decides->phase == TG_PHASE_TRIAL ? TG_STATUS_TRIAL : TG_STATUS_CUTOFF;

    return tg_schedule_status(schedule, kind, rq->conn->protocol, rq->conn->traits);
}

static void decide(request_rec *r, tg_request_t *rq, const apr_array_header_t *gates)
{
    int i;

    rq->outcomes = apr_pcalloc(r->pool, (apr_size_t)gates->nelts * sizeof(tg_outcome_t));
    rq->count = tg_request_weigh(r, rq, gates, rq->outcomes);
    for (i = 0; rq->exempt_path && i < rq->count; i++) {
        rq->outcomes[i].enforced = 0;
    }
    rq->decides = rq->count > 0 ? tg_verdict_decide(rq->outcomes, rq->count) : NULL;
    rq->status = rq->decides && tg_outcome_rejects(rq->decides) ? status_of(rq) : 0;
}

/* A variable may end up in a header, which httpd refuses to send with one of these. */
static const char *without_controls(apr_pool_t *pool, const char *text)
{
    const char *s = text;
    char *copy;

    while (*s && !apr_iscntrl(*s)) {
        s++;
    }
    if (!*s) {
        return text;
    }
    text = copy = apr_pstrdup(pool, text);
    for (; *copy; copy++) {
        if (apr_iscntrl(*copy)) {
            *copy = '?';
        }
    }
    return text;
}

static const char *const variables[] = { "TLSGATE_PROTOCOL", "TLSGATE_SCHEDULE", "TLSGATE_PHASE",
                                         "TLSGATE_VERDICT", "TLSGATE_CLIENT" };
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

void tg_request_publish(request_rec *r, const tg_request_t *rq)
{
    const tg_outcome_t *o = rq->decides;
    size_t i;

    if (o) {
        const char *const values[VARIABLES] = { tg_protocol_name(rq->conn->protocol),
                                                o->binding->schedule->name, tg_phase_name(o->phase),
                                                tg_action_name(o->action),
                                                without_controls(r->pool, rq->identity.shown) };

        for (i = 0; i < VARIABLES; i++) {
            apr_table_setn(r->subprocess_env, variables[i], values[i]);
        }
    }
}

static void unpublish(request_rec *r)
{
    size_t i;

    for (i = 0; i < VARIABLES; i++) {
        apr_table_unset(r->subprocess_env, variables[i]);
    }
}

/* Takes back what was decided for a scope that the request is not in any more. */
static void undecide(request_rec *r, tg_request_t *rq)
{
    if (rq->decides) {
        unpublish(r);
    }
    rq->scope = NULL;
    rq->decides = NULL;
    rq->count = 0;
    rq->status = 0;
}

tg_request_t *tg_request_decide(request_rec *r, const tg_connection_t *conn, int exempt_path)
{
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);
    tg_request_t *rq = tg_request_of(r);

    if (rq && rq->scope != scope) {
        undecide(r, rq);
    }
    if (!scope || (scope->gates->nelts == 0 && !rq)) {
        return rq;
    }
    rq = open_decision(r, conn);
    if (rq->scope != scope || rq->exempt_path != exempt_path) {
        undecide(r, rq);
        rq->scope = scope;
        rq->exempt_path = exempt_path;
        decide(r, rq, scope->gates);
        tg_request_publish(r, rq);
    }
    return rq;
}

tg_request_t *tg_request_test(request_rec *r, const apr_array_header_t *gates)
{
    tg_request_t *rq;

    r = tg_request_initial(r);
    rq = open_decision(r, tg_connection_for(r));
    rq->test = 1;
    if (rq->count == 0) {
        rq->exempt_path = 1;
        decide(r, rq, gates);
    }
    return rq;
}

tg_cause_t tg_request_cause(const tg_request_t *rq, const tg_schedule_t *schedule, int told)
{
    tg_cause_t cause = tg_cause_of(rq->conn->offer, rq->conn->session->known, rq->conn->protocol,
                                   rq->conn->traits, 1, schedule);

    return told && cause == TG_CAUSE_SERVER_CAPPED ? TG_CAUSE_NONE : cause;
}

const char *tg_request_advice(request_rec *r, const tg_request_t *rq, tg_cause_t cause)
{
    return tg_advice_find(tg_conf_of_server(r->server)->advice,
                          apr_table_get(r->headers_in, "User-Agent"), tg_cause_name(cause),
                          rq->conn->protocol);
}
