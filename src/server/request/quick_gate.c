/* The gate for handlers that answer before httpd knows the <Location>: see quick_gate.h. */
#include "quick_gate.h"

#include "decision.h"
#include "headers.h"
#include "request_sighting.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

/* The rest of the request is run from here, as ap_process_async_request() would: later quick
 * handlers, such as mod_cache's, are skipped. */
static int run_request(request_rec *r)
{
    int status = ap_process_request_internal(r);

    return status == OK ? ap_invoke_handler(r) : status;
}

/* The path as ap_process_request_internal() will have it: before it is decoded, or after that.
 * NULL if it will be refused. */
static const char *path_to_be(request_rec *r, int decoded)
{
    const core_server_config *server = ap_get_core_module_config(r->server->module_config);
    const core_dir_config *dir = ap_get_core_module_config(r->server->lookup_defaults);
    unsigned int flags = AP_NORMALIZE_NOT_ABOVE_ROOT;
    char *path = apr_pstrdup(r->pool, r->uri);

    if (server->merge_slashes != AP_CORE_CONFIG_OFF) {
        flags |= AP_NORMALIZE_MERGE_SLASHES;
    }
    if (!ap_normalize_path(path, flags | AP_NORMALIZE_DECODE_UNRESERVED)) {
        return NULL;
    }
    if (!decoded) {
        return path;
    }
    if (dir->allow_encoded_slashes ? ap_unescape_url_keep2f(path, dir->decode_encoded_slashes) != OK
                                   : ap_unescape_url(path) != OK) {
        return NULL;
    }
    return ap_normalize_path(path, flags) ? path : NULL;
}

/* 1 if the request would be served if that were its path. An expression may look at what is not
 * known yet. A path that is left open for somebody counts as any other. */
static int is_surely_served(request_rec *r, const tg_connection_t *conn, const char *path)
{
    ap_conf_vector_t *dir = r->per_dir_config;
    char *uri = r->uri;
    int served = 0;

    if (!path) {
        return 0;
    }
    r->uri = apr_pstrdup(r->pool, path);
    r->per_dir_config = r->server->lookup_defaults;
    if (ap_location_walk(r) == OK) {
        const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);

        served = !scope || !scope->has_expr;
        if (served) {
            const tg_decision_t *d = tg_decision_decide(r, &conn->transport, TG_OPEN_NOT);

            served = !d || !d->status;
        }
    }
    r->uri = uri;
    r->per_dir_config = dir;
    return served;
}

static TG_COLD int quick_gate(request_rec *r, const tg_connection_t *conn)
{
    tg_decision_t *d;

    if (!tg_conf_scope(r->server->lookup_defaults) &&
        !tg_conf_of_server(r->server)->has_locations) {
        return DECLINED;
    }
    if (!r->parsed_uri.path || !is_surely_served(r, conn, path_to_be(r, 0)) ||
        !is_surely_served(r, conn, path_to_be(r, 1))) {
        return run_request(r);
    }
    d = tg_decision_of(r);
    if (d) {
        tg_request_sighting_arrange(r, d);
        tg_headers_add_filter(r);
    }
    return DECLINED;
}

/* The error document of a rejection does not come from a cache, which has a status of its own. */
static TG_COLD int follow_rejection(request_rec *r)
{
    const tg_decision_t *d = tg_decision_of(r);

    return d && d->status ? run_request(r) : DECLINED;
}

int tg_quick_gate_handler(request_rec *r, int lookup)
{
    const tg_connection_t *conn = tg_connection_is_modern(r) ? NULL : tg_connection_suspect(r);

    if (!conn || lookup || r->main) {
        return DECLINED;
    }
    return r->prev ? follow_rejection(r) : quick_gate(r, conn);
}
