/* A page as plain text: see text_frame.h. */
#include "text_frame.h"

#include "base/rows.h"

#include <apr_strings.h>

static void add_text(apr_array_header_t *parts, const char *text)
{
    APR_ARRAY_PUSH(parts, const char *) = text;
}

static const char *dates_text(const tg_frame_t *frame, const tg_item_t *item)
{
    const char *distance = tg_frame_distance(frame, item);
    const char *text = "";

    if (item->from != TG_ALWAYS) {
        text = tg_instant_text(frame->pool, item->from);
    }
    if (item->until != TG_NEVER) {
        text = apr_pstrcat(frame->pool, text, *text ? " to " : "until ",
                           tg_instant_text(frame->pool, item->until), NULL);
    }
    if (distance) {
        text = apr_pstrcat(frame->pool, text, " (", distance, ")", NULL);
    }
    return item->value ? apr_pstrcat(frame->pool, text, *text ? ", " : "", item->value, NULL)
                       : text;
}

/* A sentence of ours after others; nothing for NULL. */
static void add_text_sentence(apr_array_header_t *parts, const char *sentence)
{
    if (sentence) {
        add_text(parts, ". ");
        add_text(parts, sentence);
    }
}

static void add_text_item(apr_array_header_t *parts, const tg_frame_t *frame, const tg_item_t *item)
{
    if (item->label) {
        add_text(parts, item->label);
        add_text(parts, ": ");
    }
    add_text(parts, item->kind == TG_ITEM_DATE ? dates_text(frame, item) : item->value);
    add_text_sentence(parts, item->more);
    add_text_sentence(parts, item->remedy);
    add_text(parts, "\n");
}

/* `account:A-20`, and what is known of it below. */
static void add_text_entry(apr_array_header_t *parts, const tg_frame_t *frame,
                           const tg_item_t *item)
{
    (void)frame;
    add_text(parts, item->label);
    add_text(parts, "\n  ");
    add_text(parts, item->value);
    add_text(parts, "\n");
}

static void add_text_detail(apr_array_header_t *parts, const tg_frame_t *frame,
                            const tg_item_t *item)
{
    (void)frame;
    add_text(parts, "  ");
    add_text(parts, item->value);
    add_text(parts, "\n");
}

static void (*const text_writers[])(apr_array_header_t *parts, const tg_frame_t *frame,
                                    const tg_item_t *item) = {
    add_text_item, add_text_item,  add_text_item,   add_text_item,   add_text_item,   add_text_item,
    add_text_item, add_text_entry, add_text_detail, add_text_detail, add_text_detail,
};
TG_ROWS_ARE(text_writers, TG_ITEMS);

const char *tg_frame_text(const tg_frame_t *frame)
{
    apr_array_header_t *parts = apr_array_make(frame->pool, 128, sizeof(const char *));
    const tg_item_t *part = NULL;
    int i;

    add_text(parts, frame->title);
    add_text(parts, "\n\n");
    add_text(parts, frame->lead);
    add_text(parts, "\n");
    for (i = 0; i < frame->items->nelts; i++) {
        const tg_item_t *item = &APR_ARRAY_IDX(frame->items, i, tg_item_t);

        if (item->kind == TG_ITEM_PART) {
            part = item;
            continue;
        }
        if (item->kind == TG_ITEM_MARKUP) {
            continue;
        }
        if (part) {
            add_text(parts, "\n");
            add_text(parts, part->label);
            add_text(parts, "\n");
            part = NULL;
        }
        text_writers[item->kind](parts, frame, item);
    }
    return apr_array_pstrcat(frame->pool, parts, 0);
}
