/* Writing HTML: see html.h. */
#include "html.h"

#include "wording.h"

#include "base/relative.h"

#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* `2018-07-10T10:23:00Z` */
#define INSTANT_LENGTH (sizeof("2018-07-10T10:23:00Z") - 1)

void tg_html_begin(tg_html_t *html, apr_pool_t *pool, tg_instant_t now)
{
    html->pool = pool;
    html->parts = apr_array_make(pool, 128, sizeof(const char *));
    html->now = now;
}

const char *tg_html_end(const tg_html_t *html)
{
    return apr_array_pstrcat(html->pool, html->parts, 0);
}

void tg_html_raw(tg_html_t *html, const char *markup)
{
    APR_ARRAY_PUSH(html->parts, const char *) = markup;
}

void tg_html_text(tg_html_t *html, const char *text)
{
    tg_html_raw(html, apr_pescape_entity(html->pool, text, 0));
}

static void write_time(tg_html_t *html, tg_instant_t t, const char *words)
{
    tg_html_raw(html, "<time datetime=\"");
    tg_html_raw(html, tg_instant_text(html->pool, t));
    tg_html_raw(html, "\">");
    tg_html_raw(html, words);
    tg_html_raw(html, "</time>");
}

void tg_html_time(tg_html_t *html, tg_instant_t t)
{
    write_time(html, t, tg_wording_instant(html->pool, t));
}

void tg_html_interval(tg_html_t *html, tg_instant_t from, tg_instant_t until)
{
    apr_pool_t *pool = html->pool;

    if (strcmp(tg_wording_day(pool, from), tg_wording_day(pool, until)) != 0) {
        tg_html_time(html, from);
        tg_html_raw(html, " to ");
        tg_html_time(html, until);
        return;
    }
    write_time(
        html, from,
        apr_pstrcat(pool, tg_wording_day(pool, from), ", ", tg_wording_hour(pool, from), NULL));
    tg_html_raw(html, " to ");
    write_time(html, until, apr_pstrcat(pool, tg_wording_hour(pool, until), " UTC", NULL));
}

void tg_html_distance(tg_html_t *html, const char *words)
{
    tg_html_raw(html, " <span class=\"far\">(");
    tg_html_text(html, words);
    tg_html_raw(html, ")</span>");
}

/* What is found in a sentence at a place: its length, or 0. */
static apr_size_t instant_at(const char *s, tg_instant_t *t)
{
    char text[INSTANT_LENGTH + 1];
    tg_fault_t fault;

    if (!apr_isdigit(s[0])) {
        return 0;
    }
    apr_cpystrn(text, s, sizeof(text));
    return strlen(text) == INSTANT_LENGTH && text[INSTANT_LENGTH - 1] == 'Z' &&
                   tg_instant_parse(text, t, &fault)
               ? INSTANT_LENGTH
               : 0;
}

static apr_size_t protocol_at(const char *s, tg_protocol_t *protocol)
{
    int p;

    /* From the newest: TLSv1 is how the others begin. */
    for (p = TG_PROTOCOL_NEWEST; p >= (int)TG_PROTOCOL_OLDEST; p--) {
        const char *name = tg_protocol_name((tg_protocol_t)p);
        apr_size_t length = strlen(name);

        if (strncmp(s, name, length) == 0 && !apr_isalnum(s[length])) {
            *protocol = (tg_protocol_t)p;
            return length;
        }
    }
    return 0;
}

static void flush_plain(tg_html_t *html, const char *from, const char *to)
{
    if (to > from) {
        tg_html_text(html, apr_pstrmemdup(html->pool, from, (apr_size_t)(to - from)));
    }
}

static void write_sentence(tg_html_t *html, const char *sentence, int is_far)
{
    const char *s = sentence, *plain = sentence;
    tg_protocol_t protocol;
    tg_instant_t t;

    while (*s) {
        int is_start = s == sentence || !apr_isalnum(s[-1]);
        apr_size_t instant = is_start ? instant_at(s, &t) : 0;
        apr_size_t named = is_start && !instant ? protocol_at(s, &protocol) : 0;

        if (!instant && !named) {
            s++;
            continue;
        }
        flush_plain(html, plain, s);
        if (named) {
            tg_html_text(html, tg_wording_protocol(html->pool, protocol));
        }
        else {
            tg_html_time(html, t);
            if (is_far && t > html->now) {
                tg_html_distance(html, tg_relative_text(html->pool, t, html->now));
            }
        }
        s += instant + named;
        plain = s;
    }
    flush_plain(html, plain, s);
}

void tg_html_sentence(tg_html_t *html, const char *sentence)
{
    write_sentence(html, sentence, 0);
}

void tg_html_sentence_far(tg_html_t *html, const char *sentence)
{
    write_sentence(html, sentence, 1);
}

/* A word such as -Dhttps.protocols=TLSv1.2 does not break after its hyphen. */
void tg_html_words(tg_html_t *html, const char *words)
{
    while (*words) {
        apr_size_t blank = strspn(words, " ");
        apr_size_t length = strcspn(words + blank, " ");
        const char *word = apr_pstrmemdup(html->pool, words + blank, length);
        int is_option = word[0] == '-' && word[1];

        tg_html_raw(html, blank ? " " : "");
        tg_html_raw(html, is_option ? "<span class=\"word\">" : "");
        tg_html_text(html, word);
        tg_html_raw(html, is_option ? "</span>" : "");
        words += blank + length;
    }
}
