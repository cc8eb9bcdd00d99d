/* What is on one of our pages, whatever its form: a verdict, what to do about it, and the rest.
 *
 * html_frame.c and text_frame.c write it. A page is filled and written in its pool, by one thread.
 */
#ifndef TG_REPORT_FRAME_H
#define TG_REPORT_FRAME_H

#include "base/instant.h"

#include <apr_tables.h>

/** How good the verdict is: its colour beside its words. */
typedef enum { TG_TONE_PLAIN, TG_TONE_GOOD, TG_TONE_WARN, TG_TONE_BAD, TG_TONES } tg_tone_t;

/** What a part of a page is. */
typedef enum {
    TG_PART_SECTION,
    TG_PART_REMEDY, /**< a section that stands out */
    TG_PART_FOLD,   /**< a section that is opened by the reader */
    TG_PARTS
} tg_part_t;

typedef enum {
    TG_ITEM_PART,     /**< begins a part, which is left out if nothing follows */
    TG_ITEM_SENTENCE, /**< ours: its dates and protocols are written as people do; a label is what
                         it is about */
    TG_ITEM_ADVICE,   /**< the words of an operator, as they are */
    TG_ITEM_LINK,     /**< a label and a URL */
    TG_ITEM_FACT,     /**< a label and a value, as it is */
    TG_ITEM_DATE,     /**< a label and an instant, an interval, or a sentence of ours */
    TG_ITEM_MARKUP,   /**< a chart or a form, which is not escaped; plain text leaves it out */
    TG_ITEM_ENTRY,    /**< one of a list: a label that is its heading, and sentences of ours */
    TG_ITEM_ADVISED,  /**< of the entry before: what to do about it, as it is */
    TG_ITEM_DETAIL,   /**< of the entry before: the words of others, as they are */
    TG_ITEM_COMMAND,  /**< of the entry before: what it does, and a line to copy */
    TG_ITEMS
} tg_item_kind_t;

/** One item. Texts live as long as the page; NULL: there is none. */
typedef struct {
    tg_item_kind_t kind;
    tg_part_t part; /**< that it begins */
    const char *label;
    const char *value;
    tg_instant_t from;  /**< TG_ALWAYS: there is none */
    tg_instant_t until; /**< TG_NEVER: there is none */
    tg_instant_t over;  /**< from when a window is past; TG_NEVER: never */
    const char *more;   /**< an explanation after it: a sentence of ours */
    const char *remedy; /**< what to do about it: a sentence of ours */
    int is_off;         /**< a date on which nothing happens, as `more` explains */
} tg_item_t;

typedef struct {
    apr_pool_t *pool;
    tg_instant_t now;
    const char *host;    /**< whose page it is, or NULL */
    const char *verdict; /**< in a word or two, or NULL */
    tg_tone_t tone;      /**< of the verdict */
    const char *title;
    const char *lead;          /**< one or two sentences of ours */
    apr_array_header_t *items; /**< of tg_item_t */
} tg_frame_t;

/** An empty page with a title. */
void tg_frame_begin(tg_frame_t *frame, apr_pool_t *pool, tg_instant_t now, const char *title);

/** Begins a part of the page. */
void tg_frame_add_part(tg_frame_t *frame, tg_part_t part, const char *heading);

/** Adds an item of any other kind but a date; nothing without a value. */
void tg_frame_add(tg_frame_t *frame, tg_item_kind_t kind, const char *label, const char *value);

/** Adds an instant; nothing for TG_ALWAYS and TG_NEVER. */
void tg_frame_add_instant(tg_frame_t *frame, const char *label, tg_instant_t t);

/** Adds a row of dates as it is. */
void tg_frame_add_date(tg_frame_t *frame, const tg_item_t *date);

/** A row of dates without anything: `{ TG_FRAME_DATE, .label = ... }`. */
#define TG_FRAME_DATE .kind = TG_ITEM_DATE, .from = TG_ALWAYS, .until = TG_NEVER, .over = TG_NEVER

/** How far a row of dates is from now: `in 3 days`, `ends in 2 h`, `over`; NULL if that is said. */
const char *tg_frame_distance(const tg_frame_t *frame, const tg_item_t *date);

#endif
