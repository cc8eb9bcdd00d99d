/* Texts of JSON: where they end, and what their escapes mean. For json_scan.h, whose types are
 * here. */
#ifndef TG_BASE_JSON_SCAN_TEXT_H
#define TG_BASE_JSON_SCAN_TEXT_H

#include <stddef.h>

/** What a value is. */
typedef enum {
    TG_JSON_SCAN_WRONG, /**< not JSON: nothing may be read after it */
    TG_JSON_SCAN_NULL,
    TG_JSON_SCAN_FALSE,
    TG_JSON_SCAN_TRUE,
    TG_JSON_SCAN_NUMBER,
    TG_JSON_SCAN_TEXT,
    TG_JSON_SCAN_OBJECT, /**< it is open: its members follow */
    TG_JSON_SCAN_ARRAY   /**< the same, with its values */
} tg_json_scan_kind_t;

/** A value. @p at points into the document, or into the scratch where there were escapes. */
typedef struct {
    tg_json_scan_kind_t kind;
    const char *at; /**< of a text without its quotes, or of a number */
    size_t length;
} tg_json_scan_value_t;

/** One document that is read, by one thread. No byte after its end is touched. */
typedef struct {
    const char *at, *end;
    char *scratch; /**< room for what is left of the document */
} tg_json_scan_t;

/** Reads a text, after its first quote. TG_JSON_SCAN_TEXT, or TG_JSON_SCAN_WRONG. */
tg_json_scan_kind_t tg_json_scan_text(tg_json_scan_t *scan, tg_json_scan_value_t *value);

#endif
