/* The gate: see gate.h. */
#include "gate.h"

#include "answerer.h"
#include "challenge.h"
#include "decision.h"
#include "future_path.h"
#include "headers.h"
#include "rejection.h"
#include "request_sighting.h"
#include "respond.h"

#include "server/base/page_names.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

/** The fixups of other modules run. */
#define FIXUPS_NOTE "mod_tlsgate:fixups"

static int is_initial(const request_rec *r)
{
    return !r->main && !r->prev;
}

/* What the path is left open for, unless that very <Location> has a TlsGate line. Whether the
 * intended handler answers is checked before it runs. */
static tg_open_t path_left_open(const request_rec *r, const char *token)
{
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);

    if (!scope) {
        return TG_OPEN_NOT;
    }
    if (tg_page_of(r) < TG_PAGES) {
        return scope->gates_page ? TG_OPEN_NOT : TG_OPEN_PAGE;
    }
    return token && !scope->gates_acme ? TG_OPEN_ACME : TG_OPEN_NOT;
}

/* Returns DECLINED, or the status of the rejection with its answer made. */
static TG_COLD int gate_request(request_rec *r, tg_gated_t *gated)
{
    const char *token = tg_challenge_token(r);
    tg_decision_t *d = tg_decision_decide(r, gated, path_left_open(r, token));

    if (!d) {
        return DECLINED;
    }
    d->token = token;
    tg_request_sighting_arrange(r, d);
    tg_headers_add_filter(r);
    return d->status ? tg_rejection_prepare(r, d) : DECLINED;
}

TG_COLD tg_decision_t *tg_gate_follow(request_rec *r)
{
    request_rec *initial = tg_decision_initial(r);
    tg_gated_t *gated = tg_gated_begin(initial);
    tg_decision_t *d = gated ? tg_decision_unasked(initial, gated) : NULL;

    if (d) {
        tg_request_sighting_arrange(initial, d);
        if (r != initial) {
            tg_decision_publish(r, d);
        }
        tg_headers_add_filter(r);
        if (d->status) {
            tg_respond_uncached(r);
        }
    }
    return d;
}

/* What httpd answers by itself, no handler answers. */
static TG_COLD void note_error(request_rec *r)
{
    tg_decision_t *d = tg_gate_follow(r);

    if (d) {
        d->answered = 1;
    }
}

void tg_gate_error_answer(request_rec *r)
{
    if (!r->main && !tg_connection_is_modern(r)) {
        note_error(r);
    }
}

/* Our pages take precedence over whatever else is configured for their path: they are translated
 * like a path that no other module claims. mod_proxy may have taken it before it was decoded. */
static TG_COLD int translate_page(request_rec *r)
{
    if (r->proxyreq == PROXYREQ_PROXY) {
        return DECLINED;
    }
    if (r->proxyreq == PROXYREQ_REVERSE) {
        r->proxyreq = PROXYREQ_NONE;
        r->filename = NULL;
        r->handler = NULL;
    }
    return ap_core_translate(r);
}

/* Not where no schedule of the scope that the request of a client is in may concern it. */
static TG_COLD int translate_suspect(request_rec *r)
{
    tg_gated_t *gated = tg_gated_begin(r);

    if (!gated) {
        return DECLINED;
    }
    if (!is_initial(r)) {
        tg_gate_follow(r);
        return DECLINED;
    }
    return tg_decision_is_due(r, gated) ? gate_request(r, gated) : DECLINED;
}

static apr_status_t record_unasked(void *data)
{
    tg_gate_follow(data);
    return APR_SUCCESS;
}

/* Before the request's pool goes, as the sighting itself. */
static TG_COLD int expect_answer(request_rec *r)
{
    tg_gated_t *gated = is_initial(r) ? tg_gated_begin(r) : NULL;

    if (gated) {
        gated->unasked = 1;
        apr_pool_pre_cleanup_register(r->pool, r, record_unasked);
    }
    return DECLINED;
}

int tg_gate_post_read(request_rec *r)
{
    return tg_connection_is_modern(r) ? DECLINED : expect_answer(r);
}

int tg_gate_translate(request_rec *r)
{
    return tg_connection_is_modern(r) ? DECLINED : translate_suspect(r);
}

int tg_gate_translate_pages(request_rec *r)
{
    int status = tg_gate_translate(r);

    return status == DECLINED && tg_page_of(r) < TG_PAGES ? translate_page(r) : status;
}

/** A path that no directory contains. */
#define NO_FILE "/dev/null/tlsgate"

/* Our pages are not files: a <Directory> that denies access does not concern them. Their <Location>
 * and its <If> still apply. From here on only the page may answer, which tg_handlers_answer()
 * ensures; if the request turns out not to be the page's, its directories are restored. */
static TG_COLD int forget_directories(request_rec *r)
{
    ap_conf_vector_t *all = r->per_dir_config;
    int status;

    r->per_dir_config = r->server->lookup_defaults;
    status = ap_location_walk(r);
    if (status == OK) {
        status = ap_if_walk(r);
    }
    if (status == OK && tg_page_of(r) == TG_PAGES) {
        r->per_dir_config = all; /* it was not a <Location> that named the page */
    }
    else {
        /* Neither a file of that name nor one with a similar name: some modules look into its
         * directory. */
        r->filename = apr_pstrdup(r->pool, NO_FILE);
        r->finfo.filetype = APR_UNKFILE;
    }
    return status;
}

/* mod_proxy took the path before it was decoded, as ProxyPass with mapping= does. Its backend
 * decodes it, so what applies to the decoded path counts as well. */
static int decide_for_backend(request_rec *r, tg_gated_t *gated)
{
    tg_future_path_left_t left;
    int status = DECLINED;

    if (tg_future_path_enter(r, tg_future_path_of_all(r), &left) && tg_decision_is_due(r, gated)) {
        status = gate_request(r, gated);
    }
    tg_future_path_leave(r, &left);
    return status;
}

static TG_COLD int decide_again(request_rec *r)
{
    tg_gated_t *gated = is_initial(r) ? tg_gated_begin(r) : NULL;
    int status = DECLINED;

    if (gated && r->proxyreq == PROXYREQ_REVERSE && strchr(r->uri, '%') &&
        !tg_future_path_has_come(r)) {
        status = decide_for_backend(r, gated);
    }
    return status == DECLINED && gated && tg_decision_is_due(r, gated) ? gate_request(r, gated)
                                                                       : status;
}

int tg_gate_post_perdir(request_rec *r)
{
    return tg_connection_is_modern(r) ? DECLINED : decide_again(r);
}

int tg_gate_post_perdir_pages(request_rec *r)
{
    int status = tg_page_of(r) < TG_PAGES ? forget_directories(r) : OK;

    return status == OK ? tg_gate_post_perdir(r) : status;
}

/* A Redirect in the <Location> of a page is not the page, and would answer clients that are to be
 * rejected. What denies access still does. */
static TG_COLD int run_fixups(request_rec *r)
{
    int status;

    apr_table_setn(r->notes, FIXUPS_NOTE, "");
    status = ap_run_fixups(r);
    if (ap_is_HTTP_REDIRECT(status)) {
        apr_table_unset(r->headers_out, "Location");
        status = OK;
    }
    return status == OK ? ap_invoke_handler(r) : status;
}

int tg_gate_fixups_pages(request_rec *r)
{
    int status;

    if (tg_page_of(r) == TG_PAGES || r->main || apr_table_get(r->notes, FIXUPS_NOTE)) {
        return DECLINED;
    }
    status = run_fixups(r);
    return status == OK ? DONE : status;
}

/* The error document of a rejection: a cache would change its status. */
static int answer_rejected(request_rec *r)
{
    if (r->handler && tg_page_parse(r->handler) < TG_PAGES) {
        return DECLINED;
    }
    return tg_challenge_is_file(r) ? tg_respond_by_core(r) : tg_respond_past_caches(r);
}

/* Of a file that is sent although its request would be rejected, such as an error document with
 * server-side includes: what it includes is a file as well. */
static TG_COLD int before_part(request_rec *r)
{
    const tg_decision_t *d = tg_decision_of(r);

    if (!d || !d->spared || d->open == TG_OPEN_PAGE) {
        return DECLINED;
    }
    return tg_challenge_is_file(r) ? tg_respond_by_core(r) : HTTP_FORBIDDEN;
}

static TG_COLD int before_handler(request_rec *r)
{
    tg_decision_t *d = tg_decision_of(r);

    if (r->main) {
        return before_part(r);
    }
    if (!d) {
        return DECLINED;
    }
    /* Content negotiation begins a new filter chain. */
    tg_headers_add_filter(r);
    if (d->status) {
        return answer_rejected(r);
    }
    return d->spared ? tg_answerer_check(r, d) : DECLINED;
}

int tg_gate_before_handler(request_rec *r)
{
    return tg_gated_of(r) ? before_handler(r) : DECLINED;
}

/* The connection is another one than the request was decided on. */
static TG_COLD int gate_renewed(request_rec *r)
{
    tg_gated_t *gated;

    tg_connection_renew(r->connection);
    gated = is_initial(r) ? tg_decision_reopen(r) : NULL;
    return gated ? gate_request(r, gated) : DECLINED;
}

int tg_gate_access(request_rec *r)
{
    return tg_connection_has_changed(r->connection) ? gate_renewed(r) : DECLINED;
}
