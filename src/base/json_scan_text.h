/* Texts of JSON: where they end, and what their escapes mean. For json_scan.c. */
#ifndef TG_BASE_JSON_SCAN_TEXT_H
#define TG_BASE_JSON_SCAN_TEXT_H

#include "json_scan.h"

/** Reads a text, after its first quote. TG_JSON_SCAN_TEXT, or TG_JSON_SCAN_WRONG. */
tg_json_scan_kind_t tg_json_scan_text(tg_json_scan_t *scan, tg_json_scan_value_t *value);

#endif
