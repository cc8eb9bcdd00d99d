/* A page in HTML: see html_frame.h. */
#include "html_frame.h"

#include "html_style.h"

#include "base/digest.h"
#include "base/rows.h"

#include <apr_strings.h>
#include <string.h>

/* Items of one group that follow each other are in one element. */
typedef enum {
    GROUP_NONE,
    GROUP_LINKS,
    GROUP_FACTS,
    GROUP_DATES,
    GROUP_ENTRIES,
    GROUPS
} item_group_t;

static const char *const group_begins[] = { "", "<ul>\n", "<dl>\n", "<table>\n",
                                            "<div class=\"list\">\n" };
static const char *const group_ends[] = { "", "</ul>\n", "</dl>\n", "</table>\n", "</div>\n" };
TG_ROWS_ARE(group_begins, GROUPS);
TG_ROWS_ARE(group_ends, GROUPS);

static const char *const tone_classes[] = { "plain", "good", "warn", "bad" };
TG_ROWS_ARE(tone_classes, TG_TONES);

/* How each part of a page begins, before and after its heading, and how it ends. */
static const struct {
    const char *begin;
    const char *begun;
    const char *end;
} part_tags[] = {
    { "<section>\n<h2>", "</h2>\n", "</section>\n" },
    { "<section class=\"remedy\">\n<h2>", "</h2>\n", "</section>\n" },
    { "<details>\n<summary>", "</summary>\n", "</details>\n" },
};
TG_ROWS_ARE(part_tags, TG_PARTS);

/* What is open. */
typedef struct {
    tg_html_t html;
    const tg_frame_t *frame;
    item_group_t group;
    const tg_item_t *part; /* begun; NULL: none */
    const tg_item_t *next; /* begins with the next item; NULL: none */
} page_writer_t;

/* Nothing is written of a part without items. */
static void note_part(page_writer_t *w, const tg_item_t *item)
{
    w->next = item;
}

static void add_sentence(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<p>");
    if (item->label) {
        tg_html_raw(&w->html, "<strong>");
        tg_html_text(&w->html, item->label);
        tg_html_raw(&w->html, "</strong>: ");
    }
    tg_html_sentence_far(&w->html, item->value);
    tg_html_raw(&w->html, "</p>\n");
}

static void add_advice(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<p class=\"advice\">");
    tg_html_words(&w->html, item->value);
    tg_html_raw(&w->html, "</p>\n");
}

static void add_link_item(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<li><a href=\"");
    tg_html_text(&w->html, item->value);
    tg_html_raw(&w->html, "\">");
    tg_html_text(&w->html, item->label);
    tg_html_raw(&w->html, "</a> <span class=\"more\">");
    tg_html_text(&w->html, item->value);
    tg_html_raw(&w->html, "</span></li>\n");
}

static void add_fact_item(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<dt>");
    tg_html_text(&w->html, item->label);
    tg_html_raw(&w->html, "</dt><dd>");
    tg_html_text(&w->html, item->value);
    tg_html_raw(&w->html, "</dd>\n");
}

static void add_markup(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, item->value);
}

static void add_entry(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<h3>");
    tg_html_text(&w->html, item->label);
    tg_html_raw(&w->html, "</h3>\n<p>");
    tg_html_sentence_far(&w->html, item->value);
    tg_html_raw(&w->html, "</p>\n");
}

static void add_detail(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<p class=\"detail\">");
    tg_html_words(&w->html, item->value);
    tg_html_raw(&w->html, "</p>\n");
}

static void add_advised(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<p class=\"advised\">");
    tg_html_words(&w->html, item->value);
    tg_html_raw(&w->html, "</p>\n");
}

static void add_command(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<details class=\"command\">\n<summary>");
    tg_html_text(&w->html, item->label);
    tg_html_raw(&w->html, "</summary>\n<pre><code>");
    tg_html_text(&w->html, item->value);
    tg_html_raw(&w->html, "</code></pre>\n</details>\n");
}

static void add_more(page_writer_t *w, const char *sentence)
{
    tg_html_raw(&w->html, " <span class=\"more\">");
    tg_html_sentence(&w->html, sentence);
    tg_html_raw(&w->html, "</span>");
}

static void add_interval_words(page_writer_t *w, const tg_item_t *item)
{
    const char *distance = tg_frame_distance(w->frame, item);
    int has_from = item->from != TG_ALWAYS, has_until = item->until != TG_NEVER;

    if (has_from && has_until) {
        tg_html_interval(&w->html, item->from, item->until);
    }
    else if (has_from) {
        tg_html_time(&w->html, item->from);
    }
    else if (has_until) {
        tg_html_raw(&w->html, "until ");
        tg_html_time(&w->html, item->until);
    }
    if (distance) {
        tg_html_distance(&w->html, distance);
    }
    if (item->value && (has_from || has_until)) {
        add_more(w, item->value);
    }
    else if (item->value) {
        tg_html_sentence_far(&w->html, item->value);
    }
    if (item->more) {
        add_more(w, item->more);
    }
    if (item->remedy) {
        tg_html_raw(&w->html, " <span class=\"advised\">");
        tg_html_sentence(&w->html, item->remedy);
        tg_html_raw(&w->html, "</span>");
    }
}

/* A row that is past, is off, or open now, has a class; its words say the same. */
static const char *row_class(const tg_frame_t *frame, const tg_item_t *item)
{
    if (item->over <= frame->now) {
        return " class=\"past\"";
    }
    if (item->is_off) {
        return " class=\"off\"";
    }
    return item->from <= frame->now && item->until != TG_NEVER && frame->now < item->until
               ? " class=\"now\""
               : "";
}

static void add_date_row(page_writer_t *w, const tg_item_t *item)
{
    tg_html_raw(&w->html, "<tr");
    tg_html_raw(&w->html, row_class(w->frame, item));
    tg_html_raw(&w->html, "><th scope=\"row\">");
    tg_html_text(&w->html, item->label);
    tg_html_raw(&w->html, "</th><td>");
    add_interval_words(w, item);
    tg_html_raw(&w->html, "</td></tr>\n");
}

/* Of each kind of item. */
static const struct {
    item_group_t group;
    void (*add)(page_writer_t *w, const tg_item_t *item);
} item_writers[] = {
    { GROUP_NONE, note_part },      { GROUP_NONE, add_sentence },   { GROUP_NONE, add_advice },
    { GROUP_LINKS, add_link_item }, { GROUP_FACTS, add_fact_item }, { GROUP_DATES, add_date_row },
    { GROUP_NONE, add_markup },     { GROUP_ENTRIES, add_entry },   { GROUP_ENTRIES, add_advised },
    { GROUP_ENTRIES, add_detail },  { GROUP_ENTRIES, add_command },
};
TG_ROWS_ARE(item_writers, TG_ITEMS);

static void enter_group(page_writer_t *w, item_group_t group)
{
    if (w->group != group) {
        tg_html_raw(&w->html, group_ends[w->group]);
        tg_html_raw(&w->html, group_begins[group]);
        w->group = group;
    }
}

static void leave_part(page_writer_t *w)
{
    enter_group(w, GROUP_NONE);
    if (w->part) {
        tg_html_raw(&w->html, part_tags[w->part->part].end);
    }
    w->part = NULL;
}

static void enter_part(page_writer_t *w, const tg_item_t *part)
{
    leave_part(w);
    tg_html_raw(&w->html, part_tags[part->part].begin);
    tg_html_text(&w->html, part->label);
    tg_html_raw(&w->html, part_tags[part->part].begun);
    w->part = part;
    w->next = NULL;
}

void tg_frame_html_head(tg_html_t *html, const tg_frame_t *frame)
{
    tg_html_raw(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                      "<title>");
    tg_html_sentence(html, frame->title);
    tg_html_raw(html, "</title><style>");
    tg_html_raw(html, tg_html_style);
    tg_html_raw(html, "</style></head><body>\n");
    if (frame->host) {
        tg_html_raw(html, "<header><p>");
        tg_html_text(html, frame->host);
        tg_html_raw(html, "</p></header>\n");
    }
    tg_html_raw(html, "<main>\n");
    if (frame->verdict) {
        tg_html_raw(html, "<p class=\"verdict ");
        tg_html_raw(html, tone_classes[frame->tone]);
        tg_html_raw(html, "\">");
        tg_html_text(html, frame->verdict);
        tg_html_raw(html, "</p>\n");
    }
    tg_html_raw(html, "<h1>");
    tg_html_sentence(html, frame->title);
    tg_html_raw(html, "</h1>\n<p class=\"lead\">");
    tg_html_sentence_far(html, frame->lead);
    tg_html_raw(html, "</p>\n");
}

void tg_frame_html_foot(tg_html_t *html)
{
    tg_html_raw(html, "</main>\n<footer><p>As of ");
    tg_html_time(html, html->now);
    tg_html_raw(html, ", by the clock of this server.</p></footer>\n</body></html>\n");
}

const char *tg_frame_html(const tg_frame_t *frame)
{
    page_writer_t w = { .frame = frame, .group = GROUP_NONE, .part = NULL, .next = NULL };
    int i;

    tg_html_begin(&w.html, frame->pool, frame->now);
    tg_frame_html_head(&w.html, frame);
    for (i = 0; i < frame->items->nelts; i++) {
        const tg_item_t *item = &APR_ARRAY_IDX(frame->items, i, tg_item_t);

        if (w.next && item->kind != TG_ITEM_PART) {
            enter_part(&w, w.next);
        }
        enter_group(&w, item_writers[item->kind].group);
        item_writers[item->kind].add(&w, item);
    }
    leave_part(&w);
    tg_frame_html_foot(&w.html);
    return tg_html_end(&w.html);
}

const char *tg_frame_policy(apr_pool_t *pool, int has_form)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    unsigned char hash[EVP_MAX_MD_SIZE * 2]; /* base64 */
    const EVP_MD *sha256 = tg_digest_get(TG_DIGEST_SHA256);

    /* Without the digest, which every libcrypto has, the page has no style. */
    hash[0] = '\0';
    if (sha256 && EVP_Digest(tg_html_style, strlen(tg_html_style), digest, &length, sha256, NULL)) {
        EVP_EncodeBlock(hash, digest, (int)length);
    }
    return apr_pstrcat(pool, "default-src 'none'; style-src 'sha256-", (const char *)hash,
                       "'; base-uri 'none'; form-action '", has_form ? "self" : "none",
                       "'; frame-ancestors 'none'", NULL);
}
