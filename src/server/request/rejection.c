/* The answer to a rejected request: see rejection.h. */
#include "rejection.h"

#include "rejection_body.h"
#include "respond.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>

/** After this many requests on a connection a rejection closes it. */
#define KEPT_REQUESTS_MAX 20

static tg_traits_t told_by(const tg_outcome_t *o)
{
    return o->enforced && o->phase != TG_PHASE_OBSERVE ? o->binding->schedule->traits : 0;
}

/* What the schedules of this scope deprecate, as far as clients may know. Those that deprecate this
 * connection were asked already. */
static tg_traits_t told_traits(const tg_decision_t *d)
{
    const apr_array_header_t *gates = d->scope->gates;
    tg_traits_t traits = 0;
    int i, n = 0;

    for (i = 0; i < gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *);

        if (n < d->count && d->outcomes[n].binding == &gate->binding) {
            traits |= told_by(&d->outcomes[n++]);
        }
        else {
            tg_outcome_t o = tg_outcome_of(&gate->binding, &d->subject);

            traits |= told_by(&o);
        }
    }
    return traits;
}

/* To the outside an unannounced schedule does not exist, and report-only enforces nothing:
 * neither counts. Where a host is retired, the schedule that decides can still be satisfied. */
static tg_protocol_t needed_protocol(const tg_decision_t *d, tg_reason_t reason)
{
    tg_protocol_t needed = tg_schedule_needed(reason, d->over->protocol, told_traits(d));

    return needed != TG_PROTOCOLS ? needed
                                  : tg_schedule_needed(reason, d->over->protocol,
                                                       d->decides->binding->schedule->traits);
}

static tg_rejection_terms_t terms_of(const tg_decision_t *d)
{
    tg_rejection_terms_t terms = { TG_REASONS, TG_PROTOCOLS, TG_NEVER };

    terms.reason =
        tg_schedule_reason(d->decides->binding->schedule, d->over->protocol, d->over->traits);
    terms.needed = needed_protocol(d, terms.reason);
    tg_verdict_retry(d->decides, d->outcomes, d->count, &d->subject, &terms.until);
    return terms;
}

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

static const char *body_of_rejection(request_rec *r, tg_decision_t *d,
                                     const tg_rejection_terms_t *terms, const char *title)
{
    tg_type_t type = tg_negotiate_type(r);
    tg_rejection_text_t text;
    const char *body;

    tg_rejection_text(r, d, terms, title, &text);
    body = tg_rejection_body(r, type, d, &text);
    body = type == TG_TYPE_JSON ? tg_respond_unmarked(r->pool, body) : body;
    tg_respond_guard(r->pool, r->err_headers_out, type);
    d->content_type = tg_respond_type(type, "application/problem+json");
    d->body_length = strlen(body);
    return body;
}

/* A client that comes again at once would cost a handshake each time, ten times as much as the
 * rejection. Only where a connection that waits for its next request holds no thread. The body of
 * a request is not read, however large. From Refuse on the next handshake is what is refused. An
 * HTTP/2 stream has a connection of its own. */
static int may_stay_open(const request_rec *r, const tg_decision_t *d)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    int is_async = 0;

    return d->decides->phase != TG_PHASE_REFUSE && r->connection->keepalives < KEPT_REQUESTS_MAX &&
           (!length || strcmp(length, "0") == 0) &&
           !apr_table_get(r->headers_in, "Transfer-Encoding") &&
           ap_mpm_query(AP_MPMQ_IS_ASYNC, &is_async) == APR_SUCCESS && is_async;
}

int tg_rejection_prepare(request_rec *r, tg_decision_t *d)
{
    tg_rejection_terms_t terms = terms_of(d);
    const char *title = tg_rejection_title(r, d, &terms);

    tg_respond_uncached(r);
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    set_retry_after(r, d, terms.until);
    /* Of an HTTP/2 stream, only the stream ends; RFC 9113 section 8.2.2 forbids
     * Connection and Upgrade there. */
    if (!r->connection->master) {
        set_upgrade(r, d, terms.needed);
        d->status_line = tg_rejection_status_line(r, d, &terms, title);
    }
    if (!may_stay_open(r, d)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    if (!ap_response_code_string(r, ap_index_of_response(d->status))) {
        ap_custom_response(r, d->status, body_of_rejection(r, d, &terms, title));
    }
    return d->status;
}
