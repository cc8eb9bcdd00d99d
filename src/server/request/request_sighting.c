/* From the decision about a request to a sighting in the log: see request_sighting.h. */
#include "request_sighting.h"

#include "decision.h"

#include "server/ledger/ledger_memory.h"
#include "server/ledger/straggler_memory.h"
#include "server/record/sightlog.h"
#include "server/record/under_way.h"
#include "tls/registry.h"

#include <http_protocol.h>

/* The status that was sent, by whichever part of the request sent it: an ErrorDocument that is
 * proxied has one of its own, and where one fails in turn, httpd sends the first error. */
static int sent_status(const request_rec *r, const tg_decision_t *d)
{
    if (d->sent_by) {
        return d->sent_by->status;
    }
    while (r->next && r->status == HTTP_OK) {
        r = r->next;
    }
    return r->status;
}

/* The same request is served again as the first stream of the HTTP/2 connection that it asked
 * for, and is recorded as that. */
static int becomes_stream(const request_rec *r)
{
    return r->status == HTTP_SWITCHING_PROTOCOLS && !r->connection->master &&
           strncmp(ap_get_protocol(r->connection), "h2", 2) == 0;
}

/* httpd wakes its own children with a request to itself, which is not a client. A connection from
 * another address cannot pass for one. */
static int is_wake_up_call(const request_rec *r)
{
    const char *ua = apr_table_get(r->headers_in, "User-Agent");

    return r->method_number == M_OPTIONS && r->unparsed_uri && strcmp(r->unparsed_uri, "*") == 0 &&
           ua && ap_strstr_c(ua, " (internal dummy connection)") &&
           apr_sockaddr_equal(r->connection->client_addr, r->connection->local_addr);
}

int tg_request_is_no_clients(const request_rec *r)
{
    return is_wake_up_call(r) || becomes_stream(r);
}

static void write_sighting(request_rec *r, const tg_decision_t *d)
{
    tg_sighting_t s;

    /* JA4, cause and advice are worked out for a line only. */
    if (!d || !d->decides || !tg_conf_of_server(r->server)->log || tg_request_is_no_clients(r)) {
        return;
    }
    s = tg_sighting_begin(d->decides, &d->identity, d->over->protocol, d->over->offer);
    s.time = r->request_time;
    s.user_agent = apr_table_get(r->headers_in, "User-Agent");
    s.cipher = d->over->session->cipher;
    s.library_cipher = d->over->session->library_cipher;
    s.curve = tg_registry_group(d->over->group);
    s.server_name = d->over->session->server_name;
    s.domain = r->hostname;
    s.path = d->path;
    s.method = r->method;
    s.ja4 = tg_connection_ja4_of(r->pool, d->over);
    s.cause = tg_decision_cause(d, d->decides->binding->schedule, 0);
    s.advice = tg_decision_advice(r, d, s.cause);
    s.status = sent_status(r, d);
    s.test = d->test;
    tg_sightlog_write(r->server, &s);
}

/* Each schedule that deprecates the request has the client among its stragglers; a test of its own
 * connection makes it none. */
static void note_straggler(request_rec *r, const tg_decision_t *d)
{
    const tg_gated_t *gated = tg_gated_of(r);
    tg_straggler_sight_t sight = { 0 };
    int i;

    if (!d || !d->decides || d->test || (gated && gated->uncounted) ||
        !tg_straggler_memory_has_table() || tg_request_is_no_clients(r) ||
        tg_ledger_ignores(tg_conf_of_server(r->server)->main_conf, r->useragent_addr)) {
        return;
    }
    sight.client = d->identity.shown;
    sight.user_agent = apr_table_get(r->headers_in, "User-Agent");
    sight.ja4 = tg_connection_ja4_of(r->pool, d->over);
    sight.host = r->hostname;
    sight.protocol = d->over->protocol;
    sight.time = apr_time_sec(r->request_time);
    for (i = 0; i < d->count; i++) {
        sight.schedule = d->outcomes[i].binding->schedule->name;
        sight.cause = tg_decision_cause(d, d->outcomes[i].binding->schedule, 0);
        sight.rejected = tg_outcome_rejects(&d->outcomes[i]);
        tg_straggler_memory_add(r->pool, &sight);
    }
}

/* Before the request's pool goes: its status is final, and it is in the access log. */
static apr_status_t record_request(void *data)
{
    request_rec *r = data;
    const tg_decision_t *d = tg_decision_of(r);

    write_sighting(r, d);
    note_straggler(r, d);
    if (d && d->awaited) {
        tg_under_way_end();
    }
    return APR_SUCCESS;
}

/* A page that is part of an answer decides for itself alone, which is not a decision about the
 * request. */
void tg_request_sighting_arrange(request_rec *r, tg_decision_t *d)
{
    if (!d->recorded && d == tg_decision_of(r)) {
        d->recorded = 1;
        r = tg_decision_initial(r);
        d->awaited = d->decides && tg_conf_of_server(r->server)->log;
        if (d->awaited) {
            tg_under_way_begin();
        }
        apr_pool_pre_cleanup_register(r->pool, r, record_request);
    }
}
