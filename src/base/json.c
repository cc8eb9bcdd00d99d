/* JSON: see json.h. */
#include "json.h"

#include <apr_strings.h>
#include <stdlib.h>

static apr_status_t release_json(void *json)
{
    json_decref(json);
    return APR_SUCCESS;
}

json_t *tg_json_keep(apr_pool_t *pool, json_t *json)
{
    if (json) {
        apr_pool_cleanup_register(pool, json, release_json, apr_pool_cleanup_null);
    }
    return json;
}

json_t *tg_json_instant(tg_instant_t t)
{
    char buf[TG_INSTANT_STRLEN];

    return t == TG_ALWAYS || t == TG_NEVER ? json_null() : json_string(tg_instant_format(t, buf));
}

json_t *tg_json_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *tg_json_interval(const tg_interval_t *interval)
{
    json_t *root = json_object();

    json_object_set_new(root, "start", tg_json_instant(interval->start));
    json_object_set_new(root, "end", tg_json_instant(interval->end));
    return root;
}

const char *tg_json_print(apr_pool_t *pool, json_t *root, size_t flags)
{
    char *text = json_dumps(root, flags);
    const char *copy = text ? apr_pstrcat(pool, text, "\n", NULL) : "{}\n";

    free(text);
    json_decref(root);
    return copy;
}
