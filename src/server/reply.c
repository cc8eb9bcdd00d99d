/* The answer to a rejected request: see reply.h. */
#include "reply.h"

#include "answer.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>

static void set_retry_after(request_rec *r, const tg_request_t *rq, tg_instant_t until)
{
    if (until != TG_NEVER) {
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, until - rq->subject.now));
    }
}

/* RFC 9110 section 15.5.22: a 426 names the protocol to upgrade to, also one that the
 * operator chose where no version helps. */
static void set_upgrade(request_rec *r, const tg_request_t *rq, tg_protocol_t needed)
{
    if (needed == TG_PROTOCOLS) {
        needed = tg_protocol_needed(rq->conn->protocol, rq->decides->binding->schedule->traits);
    }
    if (rq->status == HTTP_UPGRADE_REQUIRED && needed != TG_PROTOCOLS) {
        apr_table_setn(r->err_headers_out, "Upgrade", tg_protocol_upgrade_token(needed));
        apr_table_setn(r->err_headers_out, "Connection", "Upgrade");
    }
}

void tg_reply_prepare(request_rec *r, tg_request_t *rq)
{
    tg_protocol_t needed = tg_answer_needed(rq);
    tg_instant_t until = TG_NEVER;
    const char *body;
    tg_type_t type;

    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    tg_verdict_retry(rq->decides, rq->outcomes, rq->count, &rq->subject, &until);
    set_retry_after(r, rq, until);
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
        body = tg_answer_body(r, rq, type, needed, until);
        rq->body_length = strlen(body);
        ap_custom_response(r, rq->status, body);
    }
}
