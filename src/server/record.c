/* From the decision about a request to a sighting in the log: see record.h. */
#include "record.h"

#include "request.h"
#include "sightlog.h"

/* The status that was sent. An internal redirect goes on with another request;
 * but where an ErrorDocument fails in turn, httpd sends the first error. */
static int sent_status(const request_rec *r)
{
    while (r->next && r->status == HTTP_OK) {
        r = r->next;
    }
    return r->status;
}

/* httpd wakes its own children with a request to itself; that is no client. Who
 * connects from another address cannot pass for it. */
static int is_wake_up_call(const request_rec *r)
{
    const char *ua = apr_table_get(r->headers_in, "User-Agent");

    return r->method_number == M_OPTIONS && strcmp(r->unparsed_uri, "*") == 0 && ua &&
           ap_strstr_c(ua, " (internal dummy connection)") &&
           apr_sockaddr_equal(r->connection->client_addr, r->connection->local_addr);
}

/* Before the request's pool goes: its status is final, and it is in the access log. */
static apr_status_t record(void *data)
{
    request_rec *r = data;
    const tg_request_t *rq = tg_request_of(r);
    tg_sighting_t s = { 0 };

    if (!rq || !rq->decides || is_wake_up_call(r)) {
        return APR_SUCCESS;
    }
    s.time = r->request_time;
    s.protocol = rq->conn->protocol;
    s.ip = rq->identity.ip;
    s.port = rq->identity.port;
    s.client = rq->identity.shown;
    s.user_id = rq->identity.user_id;
    s.identity_cut = rq->identity.cut;
    s.user_agent = apr_table_get(r->headers_in, "User-Agent");
    s.cipher = rq->conn->session->cipher;
    s.server_name = rq->conn->session->server_name;
    s.domain = r->hostname;
    s.path = rq->path;
    s.method = r->method;
    s.offer = rq->conn->offer;
    s.ja4 = rq->conn->session->ja4;
    s.cause = tg_request_cause(rq, rq->decides->binding->schedule, 0);
    s.advice = tg_request_advice(r, rq, s.cause);
    s.status = sent_status(r);
    s.test = rq->test;
    s.outcome = rq->decides;
    tg_sightlog_write(r->server, &s, r->pool);
    return APR_SUCCESS;
}

void tg_record_arrange(request_rec *r, tg_request_t *rq)
{
    if (!rq->recorded) {
        rq->recorded = 1;
        r = tg_request_initial(r);
        apr_pool_pre_cleanup_register(r->pool, r, record);
    }
}
