/* A page in HTML: one file, one style, no script. */
#ifndef TG_REPORT_HTML_FRAME_H
#define TG_REPORT_HTML_FRAME_H

#include "frame.h"
#include "html.h"

/** The whole page. Every text is escaped. */
const char *tg_frame_html(const tg_frame_t *frame);

/** What is before and after the items of a page, for one that writes its own. */
void tg_frame_html_head(tg_html_t *html, const tg_frame_t *frame);
void tg_frame_html_foot(tg_html_t *html);

/**
 * The header Content-Security-Policy of such a page: nothing but its own style, and a form that
 * leads to the page itself if it has one. In @p pool.
 */
const char *tg_frame_policy(apr_pool_t *pool, int has_form);

#endif
