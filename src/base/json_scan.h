/* JSON read as a stream of values, where it lies: strictly as RFC 8259 has it, nothing allocated.
 *
 * For the lines of logs, which are many: jansson reads a tenth as much in the same time. What is
 * read is judged as jansson judges it (t/unit/json_scan.c compares): texts are UTF-8 without
 * escaped NULs or half surrogates, and nothing follows the document. A number may be larger than
 * jansson has room for.
 */
#ifndef TG_BASE_JSON_SCAN_H
#define TG_BASE_JSON_SCAN_H

#include "json_scan_text.h"

/** Objects and arrays in one another that are read. */
#define TG_JSON_DEPTH_MAX 2048

/**
 * Begins a document.
 * @param scratch room for as many bytes as the document has
 */
void tg_json_scan_begin(tg_json_scan_t *scan, const char *at, size_t length, char *scratch);

/** The next value: of an array or a member, or the document itself. */
tg_json_scan_kind_t tg_json_scan_value(tg_json_scan_t *scan, tg_json_scan_value_t *value);

/**
 * The name of the next member of the object that is open; its value follows.
 * @param count how many were read before; is counted up
 * @return 1; 0: the object is closed; -1: not JSON
 */
int tg_json_scan_member(tg_json_scan_t *scan, int *count, tg_json_scan_value_t *name);

/**
 * The same where it is known which member mostly comes: faster than to read its name.
 * @param name of it, in which nothing needs an escape
 * @return 1; 0: it is not that one, or not written in the plainest way, and nothing was read
 */
int tg_json_scan_named(tg_json_scan_t *scan, int *count, const char *name, size_t length);

/** The rest of an object or array that was opened. 1, or 0: not JSON. */
int tg_json_scan_pass(tg_json_scan_t *scan, tg_json_scan_kind_t opened);

/** 1 if nothing but white space follows. */
int tg_json_scan_is_end(tg_json_scan_t *scan);

#endif
