/* JSON in its plainest form, read where it lies: what programs write for other programs. Reading a
 * large document this way takes a tenth of the time and no memory. What is not plain, such as a
 * string with an escape, is for jansson, which also finds the words for what is wrong.
 */
#ifndef TG_BASE_JSON_PLAIN_H
#define TG_BASE_JSON_PLAIN_H

#include <apr.h>
#include <jansson.h>

/** Where the reader is. No NUL is needed at the end. */
typedef struct {
    const char *at, *end;
} tg_json_plain_t;

/** A part of the document. */
typedef struct {
    const char *at; /**< NULL: there is none */
    apr_size_t length;
} tg_json_slice_t;

/** Skips white space and consumes @p c. 1, or 0 if something else follows. */
int tg_json_plain_take(tg_json_plain_t *p, char c);

/** The same for the string @p name, in which nothing needs an escape. */
int tg_json_plain_take_name(tg_json_plain_t *p, const char *name);

/** 1 if nothing but white space follows. */
int tg_json_plain_is_end(tg_json_plain_t *p);

/**
 * Consumes a string of well-formed UTF-8 without escapes. 1, or 0 if something else follows; the
 * reader has not moved then.
 */
int tg_json_plain_text(tg_json_plain_t *p, tg_json_slice_t *out);

/** Any value, by jansson. A new reference; NULL if it is not well-formed. */
json_t *tg_json_plain_value(tg_json_plain_t *p);

#endif
