/* What the scanner of JSON makes of a text, as jansson would write it: for tests that compare both.
 */
#ifndef JSON_SCAN_TEST_H
#define JSON_SCAN_TEST_H

#include "base/json_scan.h"

#include <jansson.h>
#include <string.h>

static json_t *scanned_value(tg_json_scan_t *scan, const tg_json_scan_value_t *value);

/* The next member, of some names as one that is known. */
static inline int scanned_member(tg_json_scan_t *scan, int *count, tg_json_scan_value_t *name)
{
    static const char *const known[] = {
        "@timestamp", "client", "ip", "tls", "test", "n", "a", ""
    };
    size_t i;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (tg_json_scan_named(scan, count, known[i], strlen(known[i]))) {
            name->at = known[i];
            name->length = strlen(known[i]);
            return 1;
        }
    }
    return tg_json_scan_member(scan, count, name);
}

static inline json_t *scanned_object(tg_json_scan_t *scan)
{
    json_t *object = json_object(), *member;
    tg_json_scan_value_t name, value;
    int count = 0, more;

    while ((more = scanned_member(scan, &count, &name)) > 0) {
        (void)tg_json_scan_value(scan, &value);
        member = scanned_value(scan, &value);
        if (!member) {
            more = -1;
            break;
        }
        json_object_setn_new_nocheck(object, name.at, name.length, member);
    }
    if (more == 0) {
        return object;
    }
    json_decref(object);
    return NULL;
}

/* A new reference; NULL: it is not JSON. What is in an array is passed. */
static inline json_t *scanned_value(tg_json_scan_t *scan, const tg_json_scan_value_t *value)
{
    switch (value->kind) {
    case TG_JSON_SCAN_NULL:
        return json_null();
    case TG_JSON_SCAN_FALSE:
        return json_false();
    case TG_JSON_SCAN_TRUE:
        return json_true();
    case TG_JSON_SCAN_NUMBER:
        return json_integer(0);
    case TG_JSON_SCAN_TEXT:
        return json_stringn_nocheck(value->at, value->length);
    case TG_JSON_SCAN_OBJECT:
        return scanned_object(scan);
    case TG_JSON_SCAN_ARRAY:
        return tg_json_scan_pass(scan, TG_JSON_SCAN_ARRAY) ? json_array() : NULL;
    default:
        return NULL;
    }
}

/* The document; NULL: the scanner does not take it. */
static inline json_t *scanned_document(const char *at, size_t length, char *scratch)
{
    tg_json_scan_value_t value;
    tg_json_scan_t scan;
    json_t *document;

    tg_json_scan_begin(&scan, at, length, scratch);
    (void)tg_json_scan_value(&scan, &value);
    document = scanned_value(&scan, &value);
    if (document && tg_json_scan_is_end(&scan)) {
        return document;
    }
    json_decref(document);
    return NULL;
}

/* As the scanner is compared: numbers are 0, arrays are empty. A new reference. */
static inline json_t *compared(const json_t *value)
{
    const char *name;
    json_t *member, *object;

    if (json_is_number(value)) {
        return json_integer(0);
    }
    if (json_is_array(value)) {
        return json_array();
    }
    if (!json_is_object(value)) {
        return json_deep_copy(value);
    }
    object = json_object();
    json_object_foreach((json_t *)value, name, member)
    {
        json_object_set_new_nocheck(object, name, compared(member));
    }
    return object;
}

/* 1 if both say the same. jansson has no room for some numbers, which are JSON, and passes over a NUL
 * after a number, which is none. */
static inline int scans_as_jansson(const char *at, size_t length, char *scratch)
{
    json_error_t error;
    json_t *read = json_loadb(at, length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    json_t *scanned = scanned_document(at, length, scratch), *want = compared(read);
    int is_same = json_equal(scanned, want) || (!scanned && (!read || memchr(at, 0, length))) ||
                  (!read && json_error_code(&error) == json_error_numeric_overflow);

    json_decref(read);
    json_decref(want);
    json_decref(scanned);
    return is_same;
}

#endif
