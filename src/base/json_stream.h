/* A JSON document given away piece by piece as it is made, in ASCII: for lists of millions, of
 * which no tree has to be built.
 *
 * Each member of the document has a line of its own, and so has each item of a list of lines;
 * anything else is without white space. Texts look as those of jansson with JSON_ENSURE_ASCII.
 */
#ifndef TG_BASE_JSON_STREAM_H
#define TG_BASE_JSON_STREAM_H

#include "instant.h"

#include <apr_pools.h>
#include <jansson.h>
#include <stddef.h>

/** Objects and arrays that are open at once, the document included. */
#define TG_JSON_STREAM_DEPTH_MAX 8

/** An object or array that is open. */
typedef struct {
    char bracket;   /**< that closes it */
    char has_lines; /**< what is in it stands on lines of its own */
    char is_filled; /**< something is in it */
} tg_json_stream_level_t;

/** Receives the next bytes of the document. */
typedef void tg_json_stream_take_t(void *taker, const char *bytes, size_t length);

/** One document. Written by one thread, between begin and end. */
typedef struct {
    tg_json_stream_take_t *take;
    void *taker;
    char *start, *at, *end; /**< what is not given away yet, and the room for more */
    tg_json_stream_level_t levels[TG_JSON_STREAM_DEPTH_MAX];
    int depth; /**< of the level that values go to; 0: the document */
} tg_json_stream_t;

/** Begins the document, an object. Its memory is in @p pool. */
void tg_json_stream_begin(tg_json_stream_t *stream, apr_pool_t *pool, tg_json_stream_take_t *take,
                          void *taker);

/** Ends the document and its last line, and gives away what is left. Nothing else is open. */
void tg_json_stream_end(tg_json_stream_t *stream);

/*
 * Each of these adds a value: to an object with a name, which is plain ASCII without quotes; to an
 * array with NULL for it.
 */

void tg_json_stream_open_object(tg_json_stream_t *stream, const char *name);
void tg_json_stream_open_array(tg_json_stream_t *stream, const char *name);

/** An array whose items have a line each; a member of the document. */
void tg_json_stream_open_lines(tg_json_stream_t *stream, const char *name);

/** Closes what was opened last. */
void tg_json_stream_close(tg_json_stream_t *stream);

/** A text of any length, which may have any bytes: those that are not UTF-8 become U+FFFD each. */
void tg_json_stream_text(tg_json_stream_t *stream, const char *name, const char *text,
                         size_t length);

void tg_json_stream_number(tg_json_stream_t *stream, const char *name, int64_t number);

/** 0: `false`; any other: `true`. */
void tg_json_stream_truth(tg_json_stream_t *stream, const char *name, int truth);

void tg_json_stream_null(tg_json_stream_t *stream, const char *name);

/** A string, or null for TG_ALWAYS and TG_NEVER. */
void tg_json_stream_instant(tg_json_stream_t *stream, const char *name, tg_instant_t t);

/** Any value. @param value its reference is taken; NULL becomes null */
void tg_json_stream_value(tg_json_stream_t *stream, const char *name, json_t *value);

#endif
