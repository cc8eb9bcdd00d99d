/* Values of JSON that live as long as a pool: see json.h. */
#include "json.h"

static apr_status_t release(void *json)
{
    json_decref(json);
    return APR_SUCCESS;
}

json_t *tg_json_keep(apr_pool_t *pool, json_t *json)
{
    if (json) {
        apr_pool_cleanup_register(pool, json, release, apr_pool_cleanup_null);
    }
    return json;
}
