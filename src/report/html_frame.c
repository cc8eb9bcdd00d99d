/* The frame of our HTML pages: see html_frame.h. */
#include "html_frame.h"

#include <apr_escape.h>
#include <apr_strings.h>

static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                           "<meta name=\"viewport\" content=\"width=device-width\"><title>";
static const char style[] =
    "</title><style>body{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em;"
    "color:#222;background:#fff}dt{font-weight:bold}dd{margin:0 0 .5em}</style></head><body>\n<h1>";

static const char *escape_html(apr_pool_t *pool, const char *text)
{
    return apr_pescape_entity(pool, text, 0);
}

static const char *fact_html(apr_pool_t *pool, const tg_fact_t *fact)
{
    const char *value = escape_html(pool, fact->value);

    if (fact->is_link) {
        value = apr_pstrcat(pool, "<a href=\"", value, "\">", value, "</a>", NULL);
    }
    return apr_pstrcat(pool, "<dt>", escape_html(pool, fact->label), "</dt><dd>", value, "</dd>\n",
                       NULL);
}

const char *tg_frame_html(apr_pool_t *pool, const tg_frame_t *page)
{
    const char *title = escape_html(pool, page->title);
    const char *body = apr_pstrcat(pool, head, title, style, title, "</h1>\n<p>",
                                   escape_html(pool, page->lead), "</p>\n<dl>\n", NULL);
    const tg_fact_t *fact;

    for (fact = page->facts; fact && fact->label; fact++) {
        if (fact->value) {
            body = apr_pstrcat(pool, body, fact_html(pool, fact), NULL);
        }
    }
    return apr_pstrcat(pool, body, "</dl>\n</body></html>\n", NULL);
}

const char *tg_frame_text(apr_pool_t *pool, const tg_frame_t *page)
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
