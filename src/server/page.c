/* The frame of our pages: see page.h. */
#include "page.h"

#include <apr_strings.h>
#include <http_protocol.h>

static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                           "<meta name=\"viewport\" content=\"width=device-width\"><title>";
static const char style[] =
    "</title><style>body{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em;"
    "color:#222;background:#fff}dt{font-weight:bold}dd{margin:0 0 .5em}</style></head><body>\n<h1>";

static const char *fact_html(apr_pool_t *pool, const tg_fact_t *fact)
{
    const char *value = ap_escape_html(pool, fact->value);

    if (fact->is_link) {
        value = apr_pstrcat(pool, "<a href=\"", value, "\">", value, "</a>", NULL);
    }
    return apr_pstrcat(pool, "<dt>", ap_escape_html(pool, fact->label), "</dt><dd>", value,
                       "</dd>\n", NULL);
}

const char *tg_page_html(apr_pool_t *pool, const tg_page_t *page)
{
    const char *title = ap_escape_html(pool, page->title);
    const char *body = apr_pstrcat(pool, head, title, style, title, "</h1>\n<p>",
                                   ap_escape_html(pool, page->lead), "</p>\n<dl>\n", NULL);
    const tg_fact_t *fact;

    for (fact = page->facts; fact && fact->label; fact++) {
        if (fact->value) {
            body = apr_pstrcat(pool, body, fact_html(pool, fact), NULL);
        }
    }
    return apr_pstrcat(pool, body, "</dl>\n</body></html>\n", NULL);
}

const char *tg_page_text(apr_pool_t *pool, const tg_page_t *page)
{
    const char *body = apr_pstrcat(pool, page->title, "\n\n", page->lead, "\n\n", NULL);
    const tg_fact_t *fact;

    for (fact = page->facts; fact && fact->label; fact++) {
        if (fact->value) {
            body = apr_pstrcat(pool, body, fact->label, ": ", fact->value, "\n", NULL);
        }
    }
    return body;
}

const char *tg_page_type(tg_type_t type, const char *json_type)
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

void tg_page_send(request_rec *r, tg_type_t type, const char *json_type, const char *body)
{
    apr_size_t length = strlen(body);

    ap_set_content_type(r, tg_page_type(type, json_type));
    ap_set_content_length(r, (apr_off_t)length);
    if (!r->header_only) {
        ap_rwrite(body, (int)length, r);
    }
}
