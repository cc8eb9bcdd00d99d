/* The audit lines of a store: see follow_audit.h. */
#include "follow_audit.h"

#include "base/json.h"
#include "base/program.h"
#include "store/audit.h"

#include <apr_strings.h>
#include <apr_time.h>

static const char *line_from_store(apr_pool_t *pool, const char *store, json_t *root,
                                   int64_t revision)
{
    json_object_set_new(root, "store", json_string(store));
    json_object_set_new(root, "revision", json_integer(revision));
    return tg_json_print_line(pool, root);
}

const char *tg_follow_audit(apr_pool_t *pool, const char *store, const tg_store_change_t *change)
{
    apr_array_header_t *lines = apr_array_make(pool, 2, sizeof(const char *));
    char *last, *text = apr_pstrdup(pool, change->lines);

    for (text = apr_strtok(text, "\n", &last); text; text = apr_strtok(NULL, "\n", &last)) {
        json_t *root = json_loads(text, 0, NULL);

        if (json_is_object(root)) {
            APR_ARRAY_PUSH(lines, const char *) =
                line_from_store(pool, store, root, change->revision);
        }
        else {
            json_decref(root);
        }
    }
    return apr_array_pstrcat(pool, lines, 0);
}

const char *tg_follow_audit_none(apr_pool_t *pool, const char *store, int64_t revision)
{
    json_t *root =
        json_pack("{s:o, s:s, s:s, s:n, s:n, s:n, s:s, s:s}", "time",
                  tg_json_instant(apr_time_sec(apr_time_now())), "by", TG_PROGRAM_NAME " follow",
                  "command", "follow", "schedule", "from", "to", "reason",
                  "there is no audit of it: it was not written by " TG_PROGRAM_NAME
                  ", or its audit was removed",
                  "outcome", TG_AUDIT_WRITTEN);

    return line_from_store(pool, store, root, revision);
}
