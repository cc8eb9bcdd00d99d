/* The lines at a place: see plan_scope.h. */
#include "plan_scope.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <string.h>

/** How many places a sentence names. */
#define NAMED_MAX 3

#define LINE(plan, i) (&APR_ARRAY_IDX((plan)->lines, i, tg_plan_scope_t))

/* As httpd walks through them: the whole path, or as far as a slash. */
int tg_plan_scope_is_within(const tg_plan_scope_t *line, const char *path)
{
    apr_size_t length = strlen(line->location);

    if (line->is_regex) {
        return 0;
    }
    if (apr_fnmatch_test(line->location)) {
        return apr_fnmatch(line->location, path, APR_FNM_PATHNAME) == APR_SUCCESS;
    }
    while (length > 0 && line->location[length - 1] == '/') {
        length--;
    }
    return strncmp(line->location, path, length) == 0 &&
           (path[length] == '\0' || path[length] == '/') &&
           (line->location[length] == '\0' || path[length] == '/');
}

/* The last one counts. Without a path: the lines of the server itself. */
static const tg_plan_scope_t *last_scope(const tg_plan_t *plan, const char *server,
                                         const char *path)
{
    const tg_plan_scope_t *found = NULL;
    int i;

    for (i = 0; i < plan->lines->nelts; i++) {
        const tg_plan_scope_t *line = LINE(plan, i);

        if (strcmp(line->server, server) == 0 &&
            (path ? line->location && tg_plan_scope_is_within(line, path) : !line->location)) {
            found = line;
        }
    }
    return found;
}

/* Those of the main server come before those of a virtual host. */
const tg_plan_scope_t *tg_plan_scope_at(const tg_plan_t *plan, const char *server, const char *path)
{
    const tg_plan_scope_t *found = path ? last_scope(plan, server, path) : NULL;

    if (path && !found && plan->servers->nelts > 0) {
        found =
            last_scope(plan, APR_ARRAY_IDX(plan->servers, 0, const tg_plan_server_t).name, path);
    }
    return found ? found : last_scope(plan, server, NULL);
}

const char *tg_plan_scope_text(apr_pool_t *pool, const tg_plan_scope_t *scope)
{
    return scope->location
               ? apr_pstrcat(pool, scope->server, " <Location ", scope->location, ">", NULL)
               : scope->server;
}

const char *tg_plan_places_text(apr_pool_t *pool, const apr_array_header_t *places)
{
    const char *text = "";
    int i;

    for (i = 0; i < places->nelts && i < NAMED_MAX; i++) {
        text = apr_pstrcat(pool, text, i ? ", " : "", APR_ARRAY_IDX(places, i, const char *), NULL);
    }
    return i < places->nelts ? apr_psprintf(pool, "%s and %d more", text, places->nelts - i) : text;
}
