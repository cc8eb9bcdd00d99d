/* The answer to a rejected request: see reply.h. */
#include "reply.h"

#include "page.h"

#include "../policy/text.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>

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

/* What the schedules of this place deprecate, as far as it is told: to the outside
 * an unannounced schedule does not exist, and report-only enforces nothing. */
static tg_traits_t told_traits(const tg_request_t *rq)
{
    const apr_array_header_t *gates = rq->scope->gates;
    tg_traits_t traits = 0;
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const tg_gate_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_t *);
        tg_outcome_t o = tg_outcome_of(&gate->binding, &rq->subject);

        if (o.enforced && o.phase != TG_PHASE_OBSERVE) {
            traits |= gate->entry->schedule->traits;
        }
    }
    return traits;
}

/* The lowest version that is not deprecated here. A host that is to be retired still
 * asks for the version that the deciding schedule leaves. */
static tg_protocol_t needed_version(const tg_request_t *rq)
{
    tg_protocol_t used = rq->conn->protocol;
    tg_protocol_t needed = tg_protocol_needed(used, told_traits(rq));

    return needed != TG_PROTOCOLS
               ? needed
               : tg_protocol_needed(used, rq->decides->binding->schedule->traits);
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
static void set_upgrade(request_rec *r, const tg_request_t *rq, tg_protocol_t needed)
{
    if (rq->status == HTTP_UPGRADE_REQUIRED && needed != TG_PROTOCOLS) {
        apr_table_setn(r->err_headers_out, "Upgrade", tg_protocol_upgrade_token(needed));
        apr_table_setn(r->err_headers_out, "Connection", "Upgrade");
    }
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

static answer_t compose(request_rec *r, const tg_request_t *rq, tg_protocol_t needed)
{
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

/* A member of the problem, or nothing where the value is not known. */
static const char *member(request_rec *r, const char *name, const char *quoted)
{
    return quoted ? apr_pstrcat(r->pool, ",\"", name, "\":", quoted, NULL) : "";
}

static const char *quote(request_rec *r, const char *text)
{
    return text ? tg_text_quote(r->pool, text) : NULL;
}

/* RFC 9457: the members of the problem, then ours. Names, versions, phases, instants
 * and links were checked when the configuration was read: only sentences are quoted. */
static const char *problem_json(request_rec *r, const tg_request_t *rq, const answer_t *a)
{
    const char *info = a->schedule->info;

    return apr_pstrcat(
        r->pool, "{\"type\":\"", info ? info : "about:blank", "\",\"title\":\"", a->title,
        "\",\"status\":", apr_itoa(r->pool, rq->status), ",\"detail\":", quote(r, a->detail),
        ",\"protocol\":\"", a->protocol, "\",\"schedule\":\"", a->schedule->name, "\",\"phase\":\"",
        a->phase, "\"", member(r, "minimum_protocol", quote(r, a->needed)),
        member(r, "until", quote(r, a->until)), member(r, "advice", quote(r, a->advice)),
        member(r, "info", quote(r, info)), "}\n", NULL);
}

static const char *body_of(request_rec *r, const tg_request_t *rq, tg_type_t type,
                           tg_protocol_t needed)
{
    answer_t a = compose(r, rq, needed);
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

void tg_reply_prepare(request_rec *r, tg_request_t *rq)
{
    tg_protocol_t needed = needed_version(rq);
    const char *body;
    tg_type_t type;

    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    set_retry_after(r, rq);
    /* Of an HTTP/2 stream, only the stream ends; RFC 9113 section 8.2.2 forbids
     * Connection and Upgrade there. */
    if (!r->connection->master) {
        set_upgrade(r, rq, needed);
    }
    /* So that nobody reads the request body, however large. The connection of a
     * stream is its own. */
    r->connection->keepalive = AP_CONN_CLOSE;
    if (!ap_response_code_string(r, ap_index_of_response(rq->status))) {
        type = tg_accept_choose(r);
        rq->content_type = tg_page_type(type, "application/problem+json");
        body = body_of(r, rq, type, needed);
        rq->body_length = strlen(body);
        ap_custom_response(r, rq->status, body);
    }
}
