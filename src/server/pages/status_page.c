/* tlsgate-status: see status_page.h. */
#include "status_page.h"

#include "status_csv.h"
#include "status_report.h"

#include "base/rows.h"
#include "base/text.h"
#include "ledger/straggler_table.h"
#include "report/html_frame.h"
#include "server/base/page_names.h"
#include "server/request/request_count.h"
#include "server/request/respond.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <stdlib.h>

/** The version of Prometheus's text format. */
#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/** What `?format=` names. */
typedef enum {
    FORMAT_HTML,
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_PROMETHEUS,
    FORMAT_CSV,
    FORMATS
} format_t;

static const char *const format_names[] = { "html", "text", "json", "prometheus", "csv" };
TG_ROWS_ARE(format_names, FORMATS);

/* The value of a parameter of the query, decoded; NULL if it is not there. */
static const char *query_value(request_rec *r, const char *name)
{
    const char *rest = r->args ? r->args : "";
    size_t length = strlen(name);

    while (*rest) {
        char *pair = ap_getword(r->pool, &rest, '&');

        if (strncmp(pair, name, length) == 0 && pair[length] == '=') {
            char *value = pair + length + 1;

            return ap_unescape_urlencoded(value) == OK ? value : "";
        }
    }
    return NULL;
}

/* In the order of tg_type_t. */
static const format_t format_of_type[] = { FORMAT_JSON, FORMAT_HTML, FORMAT_TEXT };
TG_ROWS_ARE(format_of_type, TG_TYPES);

/* FORMATS: there is none of that name. */
static format_t wanted_format(request_rec *r)
{
    const char *name = query_value(r, "format");
    int format = 0;

    if (!name) {
        return format_of_type[tg_negotiate_type(r)];
    }
    while (format < FORMATS && strcmp(format_names[format], name) != 0) {
        format++;
    }
    return (format_t)format;
}

/* TG_STRAGGLERS_WHICH: there is none of that name. */
static tg_straggler_which_t which_of(const char *name)
{
    tg_straggler_which_t which = TG_STRAGGLERS_ALL + 1;

    while (which < TG_STRAGGLERS_WHICH && strcmp(tg_straggler_which(which), name) != 0) {
        which++;
    }
    return which;
}

static int is_sort(const char *name)
{
    int i = 0;

    while (tg_straggler_sorts(i) && strcmp(tg_straggler_sorts(i), name) != 0) {
        i++;
    }
    return tg_straggler_sorts(i) != NULL;
}

/* The number of a page of stragglers; 0 if there is no such page. */
static int read_page_number(const char *text, int *number)
{
    char *end;
    long page = strtol(text, &end, 10);

    *number = (int)page;
    return end > text && !*end && page >= 0 && page <= TG_STRAGGLERS_MAX / TG_STRAGGLERS_A_PAGE;
}

/* A field of a form that was left empty asks for nothing. */
static const char *given_value(request_rec *r, const char *name)
{
    const char *value = query_value(r, name);

    return value && *value ? value : NULL;
}

/* The page shows it again, so it must be as short and clean as a name that it looks for. */
static int is_name(request_rec *r, const char *value)
{
    int cut = 0;

    return !value || (strcmp(tg_text_clean_name(r->pool, value, TG_STRAGGLER_CLIENT_SIZE, &cut),
                             value) == 0 &&
                      !cut);
}

/* 0: the query makes no sense. */
static int read_straggler_query(request_rec *r, tg_straggler_query_t *query)
{
    const char *since = given_value(r, "since"), *page = given_value(r, "page");
    const char *only = given_value(r, "only");
    tg_fault_t fault;

    memset(query, 0, sizeof(*query));
    query->schedule = given_value(r, "schedule");
    query->client = given_value(r, "client");
    query->sort = given_value(r, "sort");
    query->only = only ? which_of(only) : TG_STRAGGLERS_ALL;
    query->recent = tg_report_recent_start(apr_time_sec(r->request_time));
    return is_name(r, query->schedule) && is_name(r, query->client) &&
           query->only < TG_STRAGGLERS_WHICH &&
           (!since || tg_instant_parse(since, &query->since, &fault)) &&
           (!query->sort || is_sort(query->sort)) &&
           (!page || read_page_number(page, &query->page));
}

/* For whoever asked otherwise: httpd adds it to its answer. */
static const char *known_values(apr_pool_t *pool)
{
    const char *sorts = "";
    int i;

    for (i = 0; tg_straggler_sorts(i); i++) {
        sorts = apr_pstrcat(pool, sorts, i ? ", " : "", tg_straggler_sorts(i), NULL);
    }
    return apr_pstrcat(
        pool, "The page takes sort (", sorts,
        "), only=would-break, since (such as 2027-01-01T00:00:00Z), page (a number), "
        "and client and schedule by their names.",
        NULL);
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

/* With the texts of clients as they are. */
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
TG_ROWS_ARE(senders, FORMATS);

int tg_status_page_answer(request_rec *r)
{
    tg_straggler_query_t query;
    format_t format;

    /* What looks at the numbers does not change them. */
    tg_request_count_not(r);
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS) {
        return tg_respond_by_core(r);
    }
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    format = wanted_format(r);
    if (format == FORMATS) {
        return HTTP_NOT_FOUND;
    }
    if (!read_straggler_query(r, &query)) {
        apr_table_setn(r->notes, "error-notes", known_values(r->pool));
        return HTTP_BAD_REQUEST;
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "Vary", "Accept");
    return senders[format](r, &query);
}
