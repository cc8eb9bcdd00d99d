/* The gate: see gate.h. */
#include "gate.h"

#include "headers.h"
#include "pages.h"
#include "reply.h"
#include "request.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

static const char acme_prefix[] = "/.well-known/acme-challenge/";

static int is_initial(const request_rec *r)
{
    return !r->main && !r->prev;
}

/* "Served" for our own pages and ACME challenges, unless a TlsGate line stands
 * in that very <Location>. */
static int is_exempt_path(request_rec *r, const char *decoded_path)
{
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);

    if (!scope) {
        return 1;
    }
    if (tg_pages_is(r)) {
        return !scope->gates_page;
    }
    return strncmp(decoded_path, acme_prefix, strlen(acme_prefix)) == 0 && !scope->gates_acme;
}

/* Returns DECLINED, or the status of the rejection with its headers set. */
static int gate(request_rec *r, const tg_connection_t *conn, const char *decoded_path)
{
    const tg_request_t *rq = tg_request_decide(r, conn, is_exempt_path(r, decoded_path));

    tg_headers_add_filter(r);
    if (!rq || !rq->status) {
        return DECLINED;
    }
    tg_reply_prepare(r, rq);
    return rq->status;
}

/* --- the hooks --- */

/* The rest of the request is run from here, as ap_process_async_request() would:
 * quick handlers behind this one, such as mod_cache's, answer before a <Location>
 * is known, so they are passed over; and the body of a rejection can be our own. */
static int run_request(request_rec *r)
{
    int status = ap_process_request_internal(r);
    const tg_request_t *rq;

    if (status == OK) {
        status = ap_invoke_handler(r);
    }
    rq = tg_request_of(r);
    if (rq && rq->status && status == rq->status) {
        return tg_reply_send(r, rq);
    }
    return status;
}

int tg_gate_quick_handler(request_rec *r, int lookup)
{
    const tg_connection_t *conn = tg_request_suspect(r);
    const tg_request_t *rq;

    if (!conn || lookup || !is_initial(r)) {
        return DECLINED;
    }
    if (tg_conf_of_server(r->server)->has_locations) {
        return run_request(r);
    }
    /* Whether this is an exempt path is not known yet: a rejection here only
     * means that one may follow. */
    rq = tg_request_decide(r, conn, 0);
    tg_headers_add_filter(r);
    return rq && rq->status ? run_request(r) : DECLINED;
}

/* The path as it will be once it is decoded: what an exempt path is told by. */
static const char *decoded(request_rec *r)
{
    char *path = apr_pstrdup(r->pool, r->uri ? r->uri : "");

    ap_unescape_url_keep2f(path, 1);
    ap_normalize_path(path, AP_NORMALIZE_NOT_ABOVE_ROOT | AP_NORMALIZE_MERGE_SLASHES);
    return path;
}

int tg_gate_pre_translate(request_rec *r)
{
    const tg_connection_t *conn;

    /* ProxyPass / does not take our pages: mod_proxy honours this variable. */
    if (tg_pages_is(r)) {
        apr_table_setn(r->subprocess_env, "no-proxy", "1");
    }
    conn = tg_request_suspect(r);
    if (!conn) {
        return DECLINED;
    }
    if (!is_initial(r)) {
        const tg_request_t *rq = tg_request_of(r);

        if (rq) {
            tg_request_publish(r, rq);
        }
        return DECLINED;
    }
    return gate(r, conn, decoded(r));
}

/* Our pages are no files: a <Directory> that denies access says nothing about
 * them. What their <Location> says stays. */
static int forget_directories(request_rec *r)
{
    r->per_dir_config = r->server->lookup_defaults;
    return ap_location_walk(r);
}

int tg_gate_post_perdir(request_rec *r)
{
    const tg_connection_t *conn = tg_request_suspect(r);

    if (tg_pages_is(r)) {
        int status = forget_directories(r);

        if (status != OK) {
            return status;
        }
    }
    if (!conn || !is_initial(r)) {
        return DECLINED;
    }
    return gate(r, conn, r->uri ? r->uri : "");
}
