/* The frame of our HTML pages: self-contained, readable, no script. */
#ifndef TG_REPORT_HTML_FRAME_H
#define TG_REPORT_HTML_FRAME_H

#include <apr_pools.h>

/** One line of a page: a label and its value. A NULL value leaves the line out. */
typedef struct {
    const char *label;
    const char *value;
    int is_link; /**< the value is an absolute URL */
} tg_fact_t;

/** Facts that end with a NULL label; also as plain text. */
typedef struct {
    const char *title;
    const char *lead;       /**< one or two sentences */
    const tg_fact_t *facts; /**< or NULL */
} tg_frame_t;

/** The page in HTML. Every text is escaped here. */
const char *tg_frame_html(apr_pool_t *pool, const tg_frame_t *page);

/** The same as plain text. */
const char *tg_frame_text(apr_pool_t *pool, const tg_frame_t *page);

#endif
