/* tlsgate-status: see status_page.h. */
#include "status_page.h"

#include "status_csv.h"
#include "status_query.h"
#include "status_report.h"

#include "base/json.h"
#include "base/rows.h"
#include "report/html_frame.h"
#include "server/base/page_names.h"
#include "server/request/request_count.h"
#include "server/request/respond.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

/** The title of what is wrong with a query. */
#define PROBLEM "The query cannot be answered"

/** The version of Prometheus's text format. */
#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Programs get it as RFC 9457 has it. */
static const char *query_problem(apr_pool_t *pool, const char *detail)
{
    return tg_json_print(pool,
                         json_pack("{s:s, s:i, s:s, s:s}", "type", "about:blank", "status",
                                   HTTP_BAD_REQUEST, "title", PROBLEM, "detail", detail),
                         JSON_COMPACT);
}

static const char *query_page(request_rec *r, tg_type_t type, const char *detail)
{
    tg_frame_t frame;

    tg_frame_begin(&frame, r->pool, apr_time_sec(r->request_time), PROBLEM);
    frame.host = tg_page_host(r);
    frame.lead = detail;
    tg_frame_add(&frame, TG_ITEM_MARKUP, NULL,
                 "<p><a href=\"?\">The page without a query</a></p>\n");
    return tg_respond_frame(&frame, type);
}

/* In words of ours alone: what was sent is not repeated. */
static int send_problem(request_rec *r, tg_type_t type, const char *problem)
{
    const char *end = ap_strchr_c(problem, '?') ? "" : ".";
    char *detail = apr_pstrcat(r->pool, problem, end, NULL);

    detail[0] = (char)apr_toupper(detail[0]);
    r->status = HTTP_BAD_REQUEST;
    tg_respond_send(r, type, "application/problem+json",
                    type == TG_TYPE_JSON ? query_problem(r->pool, detail)
                                         : query_page(r, type, detail));
    return OK;
}

static int send_page(request_rec *r, const tg_report_t *report, tg_type_t type)
{
    tg_frame_t frame;

    tg_report_frame(&frame, r->pool, report);
    frame.host = tg_page_host(r);
    if (type == TG_TYPE_HTML) {
        apr_table_setn(r->headers_out, "Content-Security-Policy", tg_frame_policy(r->pool, 1));
    }
    tg_respond_send(r, type, NULL, tg_respond_frame(&frame, type));
    return OK;
}

static int send_html(request_rec *r, const tg_straggler_query_t *query)
{
    return send_page(r, tg_status_report(r, query), TG_TYPE_HTML);
}

/* It has the texts of clients unescaped, so no filter may interpret them. */
static int send_text(request_rec *r, const tg_straggler_query_t *query)
{
    tg_respond_unaltered(r);
    return send_page(r, tg_status_report(r, query), TG_TYPE_TEXT);
}

static int send_json(request_rec *r, const tg_straggler_query_t *query)
{
    tg_respond_send(r, TG_TYPE_JSON, "application/json",
                    tg_report_json(r->pool, tg_status_report(r, query)));
    return OK;
}

static int send_prometheus(request_rec *r, const tg_straggler_query_t *query)
{
    (void)query;
    tg_respond_send(r, TG_TYPES, PROMETHEUS_TYPE,
                    tg_report_prometheus(r->pool, tg_status_metrics(r)));
    return OK;
}

static int send_csv(request_rec *r, const tg_straggler_query_t *query)
{
    return tg_status_csv_send(r, tg_status_summary(r), query);
}

static int (*const senders[])(request_rec *r, const tg_straggler_query_t *query) = {
    send_html, send_text, send_json, send_prometheus, send_csv,
};
TG_ROWS_ARE(senders, TG_STATUS_FORMATS);

int tg_status_page_answer(request_rec *r)
{
    tg_status_query_t query;
    const char *problem;

    /* What looks at the numbers does not change them. */
    tg_request_count_not(r);
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS) {
        return tg_respond_by_core(r);
    }
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    tg_respond_unstored(r);
    problem = tg_status_query_read(r, &query);
    return problem ? send_problem(r, query.type, problem)
                   : senders[query.format](r, &query.stragglers);
}
