/* Values of JSON that live as long as a pool. */
#ifndef TG_BASE_JSON_H
#define TG_BASE_JSON_H

#include <apr_pools.h>
#include <jansson.h>

/** Gives the reference to the pool. @return @p json, which may be NULL */
json_t *tg_json_keep(apr_pool_t *pool, json_t *json);

#endif
