/* The answer to a rejected request: see rejection.h. */
#include "rejection.h"

#include "rejection_body.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>

static void set_retry_after(request_rec *r, const tg_decision_t *d, tg_instant_t until)
{
    if (until != TG_NEVER) {
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, until - d->subject.now));
    }
}

/* RFC 9110 section 15.5.22: a 426 names the protocol to upgrade to, also one that the
 * operator chose where no version helps. */
static void set_upgrade(request_rec *r, const tg_decision_t *d, tg_protocol_t needed)
{
    if (needed == TG_PROTOCOLS) {
        needed = tg_protocol_needed(d->over->protocol, d->decides->binding->schedule->traits);
    }
    if (d->status == HTTP_UPGRADE_REQUIRED && needed != TG_PROTOCOLS) {
        apr_table_setn(r->err_headers_out, "Upgrade", tg_protocol_upgrade_token(needed));
        apr_table_setn(r->err_headers_out, "Connection", "Upgrade");
    }
}

void tg_rejection_prepare(request_rec *r, tg_decision_t *d)
{
    tg_protocol_t needed = tg_rejection_needed(d);
    tg_instant_t until = TG_NEVER;
    const char *body;
    tg_type_t type;

    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    tg_verdict_retry(d->decides, d->outcomes, d->count, &d->subject, &until);
    set_retry_after(r, d, until);
    /* Of an HTTP/2 stream, only the stream ends; RFC 9113 section 8.2.2 forbids
     * Connection and Upgrade there. */
    if (!r->connection->master) {
        set_upgrade(r, d, needed);
    }
    /* So that nobody reads the request body, however large. The connection of a
     * stream is its own. */
    r->connection->keepalive = AP_CONN_CLOSE;
    if (!ap_response_code_string(r, ap_index_of_response(d->status))) {
        type = tg_negotiate_type(r);
        d->content_type = tg_respond_type(type, "application/problem+json");
        body = tg_rejection_body(r, d, type, needed, until);
        d->body_length = strlen(body);
        ap_custom_response(r, d->status, body);
    }
}
