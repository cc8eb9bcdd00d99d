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

int tg_record_log(request_rec *r)
{
    const tg_request_t *rq;
    tg_sighting_t s = { 0 };

    if (!tg_request_suspect(r)) {
        return DECLINED;
    }
    rq = tg_request_of(r);
    if (!rq || !rq->decides) {
        return DECLINED;
    }
    s.time = r->request_time;
    s.protocol = rq->conn->protocol;
    s.ip = rq->identity.ip;
    s.client = rq->identity.shown;
    s.user_id = rq->identity.user_id;
    s.user_agent = apr_table_get(r->headers_in, "User-Agent");
    s.cipher = rq->conn->cipher;
    s.server_name = rq->conn->server_name;
    s.domain = r->hostname;
    s.path = rq->path;
    s.method = r->method;
    s.advice = tg_request_advice(r, rq->conn->protocol);
    s.status = sent_status(r);
    s.test = rq->test;
    s.outcome = rq->decides;
    tg_sightlog_write(tg_conf_of_server(r->server), &s, r);
    return DECLINED;
}
