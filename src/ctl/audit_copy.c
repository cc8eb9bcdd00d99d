/* The audit lines of a store: see audit_copy.h. */
#include "audit_copy.h"

#include "ctl.h"

#include "../policy/plan.h"

#include <apr_strings.h>
#include <apr_time.h>

/* The line about a document that came without any. */
static json_t *bare_line(void)
{
    return json_pack("{s:o, s:s, s:s, s:n, s:n, s:n, s:s, s:s}", "time",
                     tg_plan_instant(apr_time_sec(apr_time_now())), "by", TG_CTL_NAME " follow",
                     "command", "follow", "schedule", "from", "to", "reason",
                     "it was not written by " TG_CTL_NAME ", so that there is no audit of it",
                     "outcome", "done");
}

static const char *line(const char *store, apr_pool_t *pool, json_t *root, int64_t revision)
{
    json_object_set_new(root, "store", json_string(store));
    json_object_set_new(root, "revision", json_integer(revision));
    return tg_plan_print(pool, root, JSON_COMPACT);
}

/* The lines of one change, each with where it is from. What is no line is left out. */
static void push_lines(const char *store, apr_array_header_t *lines,
                       const tg_ctl_etcd_audit_t *change)
{
    char *last, *text = apr_pstrdup(lines->pool, change->lines);

    for (text = apr_strtok(text, "\n", &last); text; text = apr_strtok(NULL, "\n", &last)) {
        json_t *root = json_loads(text, 0, NULL);

        if (json_is_object(root)) {
            APR_ARRAY_PUSH(lines, const char *) = line(store, lines->pool, root, change->revision);
        }
        else {
            json_decref(root);
        }
    }
}

const char *tg_ctl_audit_copy(apr_pool_t *pool, const char *store, const apr_array_header_t *audit,
                              int64_t *last)
{
    apr_array_header_t *lines = apr_array_make(pool, 16, sizeof(const char *));
    int64_t came = 0;
    int i;

    for (i = 0; i < audit->nelts; i++) {
        const tg_ctl_etcd_audit_t *change = &APR_ARRAY_IDX(audit, i, tg_ctl_etcd_audit_t);

        push_lines(store, lines, change);
        came = change->revision;
    }
    /* A full page may not be the last one. */
    if (audit->nelts >= TG_CTL_ETCD_PAGE) {
        *last = came;
    }
    else if (came != *last) {
        APR_ARRAY_PUSH(lines, const char *) = line(store, pool, bare_line(), *last);
    }
    return apr_array_pstrcat(pool, lines, 0);
}
