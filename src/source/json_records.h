/* A document of records, `{"Records":[{...},{...}]}`, cut into its records while it is read.
 *
 * Such a document is often one line, of many megabytes. No more than one record is kept at a time.
 * Braces, brackets and texts show where a record ends; its reader checks whether it is valid.
 * Several documents may follow one another.
 */
#ifndef TG_SOURCE_JSON_RECORDS_H
#define TG_SOURCE_JSON_RECORDS_H

#include "format/record.h"

#include <stddef.h>

/** The longest record that is read. */
#define TG_JSON_RECORD_MAX ((size_t)4 << 20)

/** How far a document is read. All zero: not begun. */
typedef struct {
    enum {
        TG_JSON_RECORDS_OUTSIDE, /**< before a document */
        TG_JSON_RECORDS_BETWEEN, /**< before a record or the end of the list */
        TG_JSON_RECORDS_WITHIN,  /**< a record begins at the next byte */
        TG_JSON_RECORDS_AFTER    /**< after the list */
    } place;
    size_t looked; /**< bytes of the record that were looked at */
    unsigned depth;
    int is_text, is_escaped;
} tg_json_records_t;

/** 1 if the bytes begin such a document, 0 if they do not; -1 if more of them are needed. */
int tg_json_records_is(const char *at, size_t length);

/**
 * Finds the next record. Anything else found where a record should begin is returned too, up to the
 * end of its line.
 * @param at     what is not used yet, and may be continued; the same bytes again after 0
 * @param used   receives how many bytes are done with, in any case
 * @param record receives it, if there is one; it points into the bytes
 * @return 1, or 0: more bytes are needed
 */
int tg_json_records_next(tg_json_records_t *records, const char *at, size_t length, size_t *used,
                         tg_span_t *record);

#endif
