/* What is on one of our pages: see frame.h. */
#include "frame.h"

#include "base/relative.h"

#include <apr_strings.h>
#include <string.h>

void tg_frame_begin(tg_frame_t *frame, apr_pool_t *pool, tg_instant_t now, const char *title)
{
    memset(frame, 0, sizeof(*frame));
    frame->pool = pool;
    frame->now = now;
    frame->title = title;
    frame->items = apr_array_make(pool, 24, sizeof(tg_item_t));
}

void tg_frame_add_date(tg_frame_t *frame, const tg_item_t *date)
{
    APR_ARRAY_PUSH(frame->items, tg_item_t) = *date;
}

void tg_frame_add_part(tg_frame_t *frame, tg_part_t part, const char *heading)
{
    tg_item_t item = { TG_FRAME_DATE, .label = heading, .part = part };

    item.kind = TG_ITEM_PART;
    tg_frame_add_date(frame, &item);
}

void tg_frame_add(tg_frame_t *frame, tg_item_kind_t kind, const char *label, const char *value)
{
    tg_item_t item = { TG_FRAME_DATE, .label = label, .value = value };

    item.kind = kind;
    if (value) {
        tg_frame_add_date(frame, &item);
    }
}

void tg_frame_add_instant(tg_frame_t *frame, const char *label, tg_instant_t t)
{
    tg_item_t item = { TG_FRAME_DATE, .label = label };

    if (t != TG_ALWAYS && t != TG_NEVER) {
        item.from = t;
        tg_frame_add_date(frame, &item);
    }
}

const char *tg_frame_distance(const tg_frame_t *frame, const tg_item_t *date)
{
    tg_instant_t now = frame->now;

    if (date->from != TG_ALWAYS && (now < date->from || date->until == TG_NEVER)) {
        return tg_relative_text(frame->pool, date->from, now);
    }
    if (now < date->until && date->until != TG_NEVER) {
        return date->is_off ? NULL
               : date->from == TG_ALWAYS
                   ? tg_relative_text(frame->pool, date->until, now)
                   : apr_pstrcat(frame->pool, "now, ends ",
                                 tg_relative_text(frame->pool, date->until, now), NULL);
    }
    return date->over <= now ? "over" : NULL;
}
