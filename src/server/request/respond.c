/* Sending one of our pages: see respond.h. */
#include "respond.h"

#include "report/html_frame.h"
#include "report/text_frame.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>

const char *tg_respond_type(tg_type_t type, const char *json_type)
{
    switch (type) {
    case TG_TYPE_HTML:
        return "text/html; charset=utf-8";
    case TG_TYPE_TEXT:
        return "text/plain; charset=utf-8";
    case TG_TYPE_JSON:
    case TG_TYPES:
        break;
    }
    return json_type;
}

const char *tg_respond_unmarked(apr_pool_t *pool, const char *text)
{
    static const char escaped[] = "\\u003c";
    apr_size_t found = 0;
    const char *s;
    char *copy, *to;

    for (s = text; (s = ap_strchr_c(s, '<')) != NULL; s++) {
        found++;
    }
    if (!found) {
        return text;
    }
    copy = to = apr_palloc(pool, strlen(text) + found * (sizeof(escaped) - 2) + 1);
    for (s = text; *s; s++) {
        if (*s == '<') {
            to = apr_cpystrn(to, escaped, sizeof(escaped));
        }
        else {
            *to++ = *s;
        }
    }
    *to = '\0';
    return copy;
}

void tg_respond_unaltered(request_rec *r)
{
    ap_filter_t *filter = r->output_filters;

    while (filter) {
        ap_filter_t *next = filter->next;

        if (filter->frec->ftype < AP_FTYPE_CONTENT_SET) {
            ap_remove_output_filter(filter);
        }
        filter = next;
    }
}

void tg_respond_unstored(request_rec *r)
{
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "Vary", "Accept");
}

void tg_respond_uncached(request_rec *r)
{
    apr_table_setn(r->subprocess_env, "no-cache", "1");
}

const char *tg_respond_frame(const tg_frame_t *frame, tg_type_t type)
{
    return type == TG_TYPE_HTML ? tg_frame_html(frame) : tg_frame_text(frame);
}

void tg_respond_guard(apr_pool_t *pool, apr_table_t *headers, tg_type_t type)
{
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
    if (type == TG_TYPE_HTML && !apr_table_get(headers, "Content-Security-Policy")) {
        apr_table_setn(headers, "Content-Security-Policy", tg_frame_policy(pool, 0));
    }
}

void tg_respond_send(request_rec *r, tg_type_t type, const char *json_type, const char *body)
{
    apr_size_t length;

    body = type == TG_TYPE_JSON ? tg_respond_unmarked(r->pool, body) : body;
    length = strlen(body);
    tg_respond_guard(r->pool, r->headers_out, type);
    tg_respond_uncached(r);
    ap_set_content_type(r, tg_respond_type(type, json_type));
    ap_set_content_length(r, (apr_off_t)length);
    if (!r->header_only) {
        ap_rwrite(body, (int)length, r);
    }
}

int tg_respond_by_core(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_handler();
    int i;

    /* The last of core's: it has another, which begins an upgrade to HTTP/2. */
    for (i = hooks ? hooks->nelts - 1 : -1; i >= 0; i--) {
        const ap_LINK_handler_t *hook = &APR_ARRAY_IDX(hooks, i, ap_LINK_handler_t);

        if (hook->szName && strcmp(hook->szName, "core.c") == 0) {
            return hook->pFunc(r);
        }
    }
    return HTTP_NOT_FOUND;
}

int tg_respond_is_cache(const char *hook)
{
    return hook && strcmp(hook, "mod_cache.c") == 0;
}

int tg_respond_past_caches(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_handler();
    int i, past = 0, status = DECLINED;

    /* Those after our own, which is before mod_cache's. */
    for (i = 0; hooks && i < hooks->nelts && status == DECLINED; i++) {
        const ap_LINK_handler_t *hook = &APR_ARRAY_IDX(hooks, i, ap_LINK_handler_t);

        if (past && !tg_respond_is_cache(hook->szName)) {
            status = hook->pFunc(r);
        }
        past |= hook->szName && ap_strstr_c(hook->szName, "mod_tlsgate.c");
    }
    return status == DECLINED ? HTTP_NOT_FOUND : status;
}
