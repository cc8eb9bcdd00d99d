/* Writing HTML: every text is escaped here, and times are marked as such. */
#ifndef TG_REPORT_HTML_H
#define TG_REPORT_HTML_H

#include "base/instant.h"

#include <apr_tables.h>

/** A page that is being written, in its pool by one thread. */
typedef struct {
    apr_pool_t *pool;
    apr_array_header_t *parts; /**< of const char * */
    tg_instant_t now;          /**< of the request: what distances are counted from */
} tg_html_t;

void tg_html_begin(tg_html_t *html, apr_pool_t *pool, tg_instant_t now);

/** Everything that was written, in the pool. */
const char *tg_html_end(const tg_html_t *html);

/** Markup of ours, as it is; it must live as long as the pool. */
void tg_html_raw(tg_html_t *html, const char *markup);

/** Any text, escaped. */
void tg_html_text(tg_html_t *html, const char *text);

/** The same, where options of commands may be: they stay in one piece. */
void tg_html_words(tg_html_t *html, const char *words);

/** An instant as people write it, which does not break, and in RFC 3339 for programs. */
void tg_html_time(tg_html_t *html, tg_instant_t t);

/** Two of them: `Tue 10 Jul 2018, 09:00 to 10:23 UTC` if both are on one day. */
void tg_html_interval(tg_html_t *html, tg_instant_t from, tg_instant_t until);

/** How far it is from now: ` (in 3 days)`. */
void tg_html_distance(tg_html_t *html, const char *words);

/**
 * A sentence of ours: instants in RFC 3339 and protocols in the spelling of httpd are written as
 * people do. Escaped as well.
 */
void tg_html_sentence(tg_html_t *html, const char *sentence);

/** The same, with the distance of each instant that is to come. */
void tg_html_sentence_far(tg_html_t *html, const char *sentence);

#endif
