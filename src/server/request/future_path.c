/* The path of a request to come: see future_path.h. ap_process_request_internal() does the same. */
#include "future_path.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

static unsigned int flags_of(const request_rec *r)
{
    const core_server_config *server = ap_get_core_module_config(r->server->module_config);

    return AP_NORMALIZE_NOT_ABOVE_ROOT |
           (server->merge_slashes != AP_CORE_CONFIG_OFF ? AP_NORMALIZE_MERGE_SLASHES : 0);
}

/* As AllowEncodedSlashes has it. */
static int decode_path(const request_rec *r, char *path)
{
    const core_dir_config *dir = ap_get_core_module_config(r->server->lookup_defaults);

    return dir->allow_encoded_slashes ? ap_unescape_url_keep2f(path, dir->decode_encoded_slashes)
                                      : ap_unescape_url(path);
}

char *tg_future_path_encoded(request_rec *r)
{
    char *path = apr_pstrdup(r->pool, r->uri);

    return ap_normalize_path(path, flags_of(r) | AP_NORMALIZE_DECODE_UNRESERVED) ? path : NULL;
}

char *tg_future_path(request_rec *r)
{
    char *path = tg_future_path_encoded(r);

    return path && decode_path(r, path) == OK && ap_normalize_path(path, flags_of(r)) ? path : NULL;
}

char *tg_future_path_sent(request_rec *r)
{
    const char *sent = r->unparsed_uri;
    apr_uri_t uri;

    while (sent && sent[0] == '/' && sent[1] == '/') {
        sent++; /* no name of a host follows: httpd takes it for a path too */
    }
    return r->parsed_uri.path && sent && apr_uri_parse(r->pool, sent, &uri) == APR_SUCCESS
               ? uri.path
               : NULL;
}

int tg_future_path_has_come(request_rec *r)
{
    char *now = r->uri, *sent = tg_future_path_sent(r), *decoded;

    /* A slash that AllowEncodedSlashes leaves encoded is one to a backend. */
    if (!sent || ap_strcasestr(sent, "%2f")) {
        return 0;
    }
    r->uri = sent;
    decoded = tg_future_path(r);
    r->uri = now;
    return decoded && strcmp(decoded, now) == 0;
}

char *tg_future_path_of_all(request_rec *r)
{
    char *path = apr_pstrdup(r->pool, r->uri);

    ap_unescape_url_keep2f(path, 1);
    ap_normalize_path(path, flags_of(r));
    return path;
}

char *tg_future_path_decoded(request_rec *r)
{
    char *path = tg_future_path(r);

    return path ? path : tg_future_path_of_all(r);
}

int tg_future_path_enter(request_rec *r, char *path, tg_future_path_left_t *left)
{
    left->uri = r->uri;
    left->dir = r->per_dir_config;
    if (!path) {
        return 0;
    }
    r->uri = path;
    r->per_dir_config = r->server->lookup_defaults;
    return ap_location_walk(r) == OK;
}

void tg_future_path_leave(request_rec *r, const tg_future_path_left_t *left)
{
    r->uri = left->uri;
    r->per_dir_config = left->dir;
}
