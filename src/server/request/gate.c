/* The gate: see gate.h. */
#include "gate.h"

#include "decision.h"
#include "headers.h"
#include "rejection.h"
#include "request_sighting.h"

#include "server/base/page_names.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

/* What modern clients never reach is kept out of the hooks that they pass. */
#define TG_COLD __attribute__((noinline, cold))

static int is_initial(const request_rec *r)
{
    return !r->main && !r->prev;
}

/* Our own pages and ACME challenges are always served, unless that very <Location> has a TlsGate
 * line. */
static int is_exempt_path(request_rec *r, const char *decoded_path)
{
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);

    if (!scope) {
        return 1;
    }
    if (tg_page_is(r)) {
        return !scope->gates_page;
    }
    return strncmp(decoded_path, TG_CONF_ACME_PATH "/", strlen(TG_CONF_ACME_PATH "/")) == 0 &&
           !scope->gates_acme;
}

/* Returns DECLINED, or the status of the rejection with its answer made. */
static TG_COLD int gate_request(request_rec *r, const tg_connection_t *conn,
                                const char *decoded_path)
{
    tg_decision_t *d = tg_decision_decide(r, &conn->transport, is_exempt_path(r, decoded_path));

    if (!d) {
        return DECLINED;
    }
    tg_request_sighting_arrange(r, d);
    tg_headers_add_filter(r);
    if (!d->status) {
        return DECLINED;
    }
    tg_rejection_prepare(r, d);
    return d->status;
}

/* The rest of the request is run from here, as ap_process_async_request() would: later quick
 * handlers, such as mod_cache's, answer before a <Location> is known, so they are skipped. */
static int run_request(request_rec *r)
{
    int status = ap_process_request_internal(r);

    return status == OK ? ap_invoke_handler(r) : status;
}

static TG_COLD int quick_gate(request_rec *r, const tg_connection_t *conn)
{
    tg_decision_t *d;

    if (tg_conf_of_server(r->server)->has_locations) {
        return run_request(r);
    }
    /* Whether this is an exempt path is not known yet: a rejection here only
     * means that one may follow. */
    d = tg_decision_decide(r, &conn->transport, 0);
    if (!d) {
        return DECLINED;
    }
    if (d->status) {
        return run_request(r);
    }
    tg_request_sighting_arrange(r, d);
    tg_headers_add_filter(r);
    return DECLINED;
}

int tg_gate_quick_handler(request_rec *r, int lookup)
{
    const tg_connection_t *conn = tg_connection_suspect(r);

    return conn && !lookup && is_initial(r) ? quick_gate(r, conn) : DECLINED;
}

/* The path as it will be once it is decoded: exempt paths are compared with that. */
static const char *decode_path(request_rec *r)
{
    const char *uri = r->uri ? r->uri : "";
    char *path;

    if (!ap_strchr_c(uri, '%')) {
        return uri; /* httpd has normalized it */
    }
    path = apr_pstrdup(r->pool, uri);
    ap_unescape_url_keep2f(path, 1);
    ap_normalize_path(path, AP_NORMALIZE_NOT_ABOVE_ROOT | AP_NORMALIZE_MERGE_SLASHES);
    return path;
}

/* A redirected request, and an answer that httpd made by itself, go on under the decision about
 * the initial one. */
static TG_COLD int follow_decision(request_rec *r, const tg_connection_t *conn)
{
    request_rec *initial = tg_decision_initial(r);
    tg_decision_t *d = tg_decision_unasked(initial, &conn->transport);

    if (d) {
        tg_request_sighting_arrange(initial, d);
        tg_decision_publish(r, d);
        tg_headers_add_filter(r);
    }
    return DECLINED;
}

void tg_gate_error_answer(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_suspect(r);

    if (conn && !r->main) {
        follow_decision(r, conn);
    }
}

/* 1 if the scope that the request is in leaves it open whether a schedule is concerned. */
static int is_concerned_here(request_rec *r, const tg_connection_t *conn)
{
    return conn && (!is_initial(r) || tg_decision_may_concern(r, &conn->transport));
}

/* One of our pages, or a connection that is suspect, or both. */
static TG_COLD int pre_translate(request_rec *r, const tg_connection_t *conn)
{
    /* Keeps ProxyPass / away from our pages: mod_proxy honours this variable. */
    if (tg_page_is(r)) {
        apr_table_setn(r->subprocess_env, "no-proxy", "1");
    }
    if (!is_concerned_here(r, conn)) {
        return DECLINED;
    }
    return is_initial(r) ? gate_request(r, conn, decode_path(r)) : follow_decision(r, conn);
}

int tg_gate_pre_translate(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_suspect(r);

    return conn ? pre_translate(r, conn) : DECLINED;
}

int tg_gate_pre_translate_pages(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_suspect(r);

    return conn || tg_page_is(r) ? pre_translate(r, conn) : DECLINED;
}

/* Our pages are not files: a <Directory> that denies access does not concern them. Their
 * <Location> and its <If> still apply. */
static TG_COLD int forget_directories(request_rec *r)
{
    ap_conf_vector_t *all = r->per_dir_config;
    int status;

    r->per_dir_config = r->server->lookup_defaults;
    status = ap_location_walk(r);
    if (status == OK) {
        status = ap_if_walk(r);
    }
    if (status == OK && !tg_page_is(r)) {
        r->per_dir_config = all; /* it was not a <Location> that named the page */
    }
    return status;
}

static TG_COLD int post_perdir(request_rec *r, const tg_connection_t *conn)
{
    int status = tg_page_is(r) ? forget_directories(r) : OK;

    if (status != OK) {
        return status;
    }
    return is_initial(r) && is_concerned_here(r, conn)
               ? gate_request(r, conn, r->uri ? r->uri : "")
               : DECLINED;
}

int tg_gate_post_perdir(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_suspect(r);

    return conn ? post_perdir(r, conn) : DECLINED;
}

int tg_gate_post_perdir_pages(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_suspect(r);

    return conn || tg_page_is(r) ? post_perdir(r, conn) : DECLINED;
}

/* The connection is another one than the request was decided on. */
static TG_COLD int gate_renewed(request_rec *r, const tg_connection_t *conn)
{
    tg_decision_reopen(r, &conn->transport);
    return conn->suspect == TG_SUSPECT_YES ? gate_request(r, conn, r->uri) : DECLINED;
}

int tg_gate_access(request_rec *r)
{
    const tg_connection_t *conn =
        r->connection->master ? NULL : tg_connection_renewed(r->connection);

    return conn && is_initial(r) ? gate_renewed(r, conn) : DECLINED;
}
