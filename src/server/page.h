/* The frame of our HTML pages: self-contained, readable, no script. */
#ifndef TG_PAGE_H
#define TG_PAGE_H

#include "accept.h"

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
} tg_page_t;

/** The page in HTML. Every text is escaped here. */
const char *tg_page_html(apr_pool_t *pool, const tg_page_t *page);

/** The same as plain text. */
const char *tg_page_text(apr_pool_t *pool, const tg_page_t *page);

/** The media type with its charset; @p json_type for TG_TYPE_JSON. */
const char *tg_page_type(tg_type_t type, const char *json_type);

/**
 * Sends a whole response body, with its type and length; nothing but those for HEAD.
 * @param json_type the media type to name for TG_TYPE_JSON
 */
void tg_page_send(request_rec *r, tg_type_t type, const char *json_type, const char *body);

#endif
