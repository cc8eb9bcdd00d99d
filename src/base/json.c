/* JSON: see json.h. */
#include "json.h"

#include "utf8.h"

#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const char *tg_json_print_line(apr_pool_t *pool, json_t *root)
{
    const char *s = tg_json_print(pool, root, JSON_COMPACT);
    /* DEL, one byte, becomes six. */
    char *out = apr_palloc(pool, 6 * strlen(s) + 1), *end = out;
    size_t length;

    for (; *s; s += length) {
        unsigned code;

        length = tg_utf8_length((const unsigned char *)s);
        length = length ? length : 1;
        code = *s == '\n' ? 0 : tg_utf8_control((const unsigned char *)s, length);
        if (code) {
            end += sprintf(end, "\\u%04x", code);
        }
        else {
            memcpy(end, s, length);
            end += length;
        }
    }
    *end = '\0';
    return out;
}
