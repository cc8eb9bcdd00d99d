/* JSON: values that live as long as a pool, and what this project writes as a value. */
#ifndef TG_BASE_JSON_H
#define TG_BASE_JSON_H

#include "interval.h"

#include <apr_pools.h>
#include <jansson.h>

/** Gives the reference to the pool. @return @p json, which may be NULL */
json_t *tg_json_keep(apr_pool_t *pool, json_t *json);

/** A JSON string, or null for TG_ALWAYS and TG_NEVER. A new reference. */
json_t *tg_json_instant(tg_instant_t t);

/** A JSON string, or null for NULL. A new reference. */
json_t *tg_json_text(const char *text);

/** An object with `start` and `end`. A new reference. */
json_t *tg_json_interval(const tg_interval_t *interval);

/**
 * The document as text that ends with a newline, in @p pool; `{}` if there is none, because it has
 * a text that is not UTF-8, or no memory.
 * @param root its reference is taken
 */
const char *tg_json_print(apr_pool_t *pool, json_t *root, size_t flags);

/**
 * The document as one line for a file that people look at: every character that a terminal would
 * act on is escaped.
 * @param root its reference is taken
 */
const char *tg_json_print_line(apr_pool_t *pool, json_t *root);

#endif
