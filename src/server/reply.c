/* The answer to a rejected request: see reply.h. */
#include "reply.h"

#include "page.h"

#include "../policy/plan.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

/* What the answer says, whatever its form. NULL where there is nothing to say. */
typedef struct {
    const char *protocol;
    const char *needed;
    const char *phase;
    const char *until; /* RFC 3339, if the client is served right after */
    const char *title;
    const char *detail;
    const char *advice;
    const tg_schedule_t *schedule;
} answer_t;

/* The lowest version that none of the schedules in force here deprecates. */
static tg_protocol_t needed_version(const tg_request_t *rq)
{
    return tg_protocol_needed(rq->conn->protocol, rq->scope->traits);
}

static void set_retry_after(request_rec *r, const tg_request_t *rq)
{
    tg_instant_t until;

    if (tg_outcome_retry(rq->decides, &rq->subject, &until)) {
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, until - rq->subject.now));
    }
}

/* RFC 9110 section 15.5.22: a 426 names the protocol to upgrade to. */
static void set_upgrade(request_rec *r, const tg_request_t *rq)
{
    tg_protocol_t needed = needed_version(rq);

    if (rq->status == HTTP_UPGRADE_REQUIRED && needed != TG_PROTOCOLS) {
        apr_table_setn(r->err_headers_out, "Upgrade", tg_protocol_upgrade_token(needed));
        apr_table_setn(r->err_headers_out, "Connection", "Upgrade");
    }
}

void tg_reply_prepare(request_rec *r, const tg_request_t *rq)
{
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    set_retry_after(r, rq);
    /* Of an HTTP/2 stream, only the stream ends; RFC 9113 section 8.2.2 forbids
     * Connection and Upgrade there. */
    if (!r->connection->master) {
        set_upgrade(r, rq);
    }
    /* So that nobody reads the request body, however large. The connection of a
     * stream is its own. */
    r->connection->keepalive = AP_CONN_CLOSE;
}

static const char *what_is_needed(request_rec *r, const tg_request_t *rq, tg_protocol_t needed)
{
    const tg_connection_t *conn = rq->conn;
    const tg_schedule_t *schedule = rq->decides->binding->schedule;

    if (conn->protocol == TG_PROTOCOL_CLEARTEXT && needed != TG_PROTOCOLS) {
        return apr_pstrcat(r->pool, "Use https with ", tg_protocol_name(needed), " or newer.",
                           NULL);
    }
    if (needed == TG_PROTOCOLS) {
        return "This host takes no more requests.";
    }
    if (schedule->traits & TG_TRAIT_PROTOCOL(conn->protocol)) {
        return apr_pstrcat(r->pool, "Use ", tg_protocol_name(needed), " or newer.", NULL);
    }
    if (schedule->traits & conn->traits) {
        return apr_pstrcat(r->pool, "Its key exchange (cipher ", conn->cipher,
                           ") is no longer accepted: use a cipher with ECDHE, or TLSv1.3.", NULL);
    }
    return "A condition of this server excludes it.";
}

/* What the title speaks of: the version if it is what is deprecated. */
static const char *what_is_deprecated(const tg_request_t *rq)
{
    const tg_connection_t *conn = rq->conn;
    tg_traits_t traits = rq->decides->binding->schedule->traits;

    if (traits & TG_TRAIT_PROTOCOL(conn->protocol)) {
        return conn->protocol == TG_PROTOCOL_CLEARTEXT ? "Plain HTTP"
                                                       : tg_protocol_name(conn->protocol);
    }
    return traits & conn->traits ? "The key exchange of this connection" : "This connection";
}

static const char *title_of(request_rec *r, const tg_request_t *rq)
{
    const char *what = what_is_deprecated(rq);

    if (rq->decides->binding->schedule->traits == TG_TRAIT_ANY) {
        return rq->decides->phase == TG_PHASE_TRIAL ? "This host is being retired"
                                                    : "This host has been retired";
    }
    return apr_pstrcat(r->pool, what,
                       rq->decides->phase == TG_PHASE_TRIAL ? " is not accepted during this trial"
                                                            : " is no longer accepted",
                       NULL);
}

static const char *when_it_ends(request_rec *r, const answer_t *a)
{
    if (a->until) {
        return apr_pstrcat(r->pool, " This is a trial shutdown until ", a->until,
                           "; such requests will be rejected for good later.", NULL);
    }
    return strcmp(a->phase, "trial") == 0
               ? " This is a trial shutdown; such requests will be rejected for good later."
               : " This is permanent.";
}

static answer_t compose(request_rec *r, const tg_request_t *rq)
{
    tg_protocol_t needed = needed_version(rq);
    char buf[TG_INSTANT_STRLEN];
    tg_instant_t until;
    answer_t a = { 0 };

    a.schedule = rq->decides->binding->schedule;
    a.protocol = tg_protocol_name(rq->conn->protocol);
    a.needed = needed == TG_PROTOCOLS ? NULL : tg_protocol_name(needed);
    a.phase = tg_phase_name(rq->decides->phase);
    if (tg_outcome_retry(rq->decides, &rq->subject, &until)) {
        a.until = apr_pstrdup(r->pool, tg_instant_format(until, buf));
    }
    a.advice = tg_request_advice(r, rq->conn->protocol);
    a.title = title_of(r, rq);
    a.detail = apr_pstrcat(r->pool, "The request came over ", a.protocol, ". ",
                           what_is_needed(r, rq, needed), when_it_ends(r, &a), NULL);
    return a;
}

/* RFC 9457: the members of the problem, then ours. What is not known is left out. */
static const char *problem_json(request_rec *r, const tg_request_t *rq, const answer_t *a)
{
    const struct {
        const char *member;
        const char *value;
    } texts[] = {
        { "type", a->schedule->info ? a->schedule->info : "about:blank" },
        { "title", a->title },
        { "detail", a->detail },
        { "protocol", a->protocol },
        { "minimum_protocol", a->needed },
        { "schedule", a->schedule->name },
        { "phase", a->phase },
        { "until", a->until },
        { "advice", a->advice },
        { "info", a->schedule->info },
    };
    json_t *root = json_object();
    size_t i;

    json_object_set_new(root, "status", json_integer(rq->status));
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].value) {
            json_object_set_new(root, texts[i].member, json_string(texts[i].value));
        }
    }
    return tg_plan_print(r->pool, root, JSON_COMPACT);
}

static const char *body_of(request_rec *r, const tg_request_t *rq, tg_type_t type)
{
    answer_t a = compose(r, rq);
    const tg_fact_t facts[] = {
        { "Protocol used", a.protocol },
        { "Needed", a.needed },
        { "Phase", a.phase },
        { "Until", a.until },
        { "What to do", a.advice },
        { NULL, NULL },
    };
    const tg_page_t page = { a.title, a.detail, facts, a.schedule->info };

    switch (type) {
    case TG_TYPE_HTML:
        return tg_page_html(r->pool, &page);
    case TG_TYPE_TEXT:
        return tg_page_text(r->pool, &page);
    case TG_TYPE_JSON:
    case TG_TYPES:
        break;
    }
    return problem_json(r, rq, &a);
}

/* httpd keys ErrorDocument by the place of the status in its own table. */
static int has_error_document(request_rec *r, int status)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    int index = ap_index_of_response(status);

    return core->response_code_exprs &&
           apr_hash_get(core->response_code_exprs, &index, sizeof(index)) != NULL;
}

int tg_reply_send(request_rec *r, const tg_request_t *rq)
{
    tg_type_t type = tg_accept_choose(r);

    if (has_error_document(r, rq->status)) {
        return rq->status;
    }
    r->status = rq->status;
    /* As ap_send_error_response() does: "Header always" belongs to errors too. */
    ap_run_insert_error_filter(r);
    tg_page_send(r, type, "application/problem+json", body_of(r, rq, type));
    return DONE;
}
