/* The gate for handlers that answer before httpd knows the <Location>: see quick_gate.h. */
#include "quick_gate.h"

#include "decision.h"
#include "future_path.h"
#include "gate.h"
#include "headers.h"
#include "request_sighting.h"
#include "respond.h"

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

/* 1 if the request would be served if that were its path. An expression may look at what is not
 * known yet. A path that is left open counts like any other. */
static int is_surely_served(request_rec *r, tg_gated_t *gated, const char *path)
{
    tg_future_path_left_t left;
    int served = 0;

    if (tg_future_path_enter(r, apr_pstrdup(r->pool, path), &left)) {
        const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);

        served = !scope || !scope->has_expr;
        if (served) {
            const tg_decision_t *d = tg_decision_decide(r, gated, TG_OPEN_NOT);

            served = !d || !d->status;
        }
    }
    tg_future_path_leave(r, &left);
    return served;
}

/* As the path was sent, which is what other quick handlers see, without its dots, and decoded. */
static int is_served_here(request_rec *r, tg_gated_t *gated)
{
    const char *encoded = tg_future_path_encoded(r);

    return r->parsed_uri.path && encoded &&
           (strcmp(encoded, r->uri) == 0 || is_surely_served(r, gated, r->uri)) &&
           is_surely_served(r, gated, encoded) && is_surely_served(r, gated, tg_future_path(r));
}

/* What a cache has for a path was stored under it and made for the path that a rewrite led to,
 * which only the translation knows. Where there may be one, all schedules of the server must serve
 * the request. */
static int may_be_cached(request_rec *r, tg_gated_t *gated)
{
    return tg_conf_of_server(r->server)->main_conf->paths_stay ||
           !tg_decision_rejects_somewhere(r, gated);
}

/* Others, which answer for the path as it is, or deny access to it. */
static int run_past_caches(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_quick_handler();
    int i, past = 0, status = DECLINED;

    /* Those after our own, which is before all others. */
    for (i = 0; hooks && i < hooks->nelts && status == DECLINED; i++) {
        const ap_LINK_quick_handler_t *hook = &APR_ARRAY_IDX(hooks, i, ap_LINK_quick_handler_t);

        if (past && !tg_respond_is_cache(hook->szName)) {
            status = hook->pFunc(r, 0);
        }
        past |= hook->pFunc == tg_quick_gate_handler;
    }
    return status;
}

static TG_COLD int quick_gate(request_rec *r)
{
    tg_gated_t *gated = tg_gated_begin(r);
    int status;

    if (!gated) {
        return DECLINED;
    }
    if (!is_served_here(r, gated)) {
        tg_decision_forget(r, gated);
        return run_request(r);
    }
    if (gated->decision) {
        tg_request_sighting_arrange(r, gated->decision);
        tg_headers_add_filter(r);
    }
    if (may_be_cached(r, gated)) {
        return DECLINED;
    }
    status = run_past_caches(r);
    return status == DECLINED ? run_request(r) : status;
}

/* The error document of a rejection does not come from a cache, which has a status of its own. Nor
 * does what only certain handlers may answer. */
static TG_COLD int follow_redirect(request_rec *r)
{
    const tg_decision_t *d = tg_gated_begin(r) ? tg_gate_follow(r) : NULL;

    return d && (d->status || d->spared) ? run_request(r) : DECLINED;
}

int tg_quick_gate_handler(request_rec *r, int lookup)
{
    if (tg_connection_is_modern(r) || lookup || r->main) {
        return DECLINED;
    }
    return r->prev ? follow_redirect(r) : quick_gate(r);
}
