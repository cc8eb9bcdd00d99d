/* The places of a plan, found by what is asked: see place_index.h and place.h. */
#include "place_index.h"

#include "format/plan_scope.h"

#include <apr_strings.h>
#include <string.h>

#define LINE(plan, i) (&APR_ARRAY_IDX((plan)->lines, i, tg_plan_scope_t))
#define SERVER(plan, i) (&APR_ARRAY_IDX((plan)->servers, i, tg_plan_server_t))

/* What httpd does for a server that the plan does not describe. */
static const tg_plan_settings_t *unknown_settings(apr_pool_t *pool)
{
    tg_plan_settings_t *settings = apr_pcalloc(pool, sizeof(*settings));

    settings->is_tls = -1;
    settings->accepts = TG_TRAITS_TLS;
    settings->kept_out = apr_array_make(pool, 1, sizeof(tg_plan_kept_out_t));
    settings->identity = apr_array_make(pool, 1, sizeof(tg_plan_identity_t));
    return settings;
}

typedef struct tg_ctl_place_index_t plan_index_t;

static void push_line(apr_hash_t *lists, const tg_plan_scope_t *line)
{
    apr_array_header_t *list = apr_hash_get(lists, line->server, APR_HASH_KEY_STRING);

    if (!list) {
        list = apr_array_make(apr_hash_pool_get(lists), 2, sizeof(const tg_plan_scope_t *));
        apr_hash_set(lists, line->server, APR_HASH_KEY_STRING, list);
    }
    APR_ARRAY_PUSH(list, const tg_plan_scope_t *) = line;
}

static plan_index_t index_plan(apr_pool_t *pool, const tg_plan_t *plan)
{
    plan_index_t index = { .plan = plan,
                           .settings = apr_hash_make(pool),
                           .lines = apr_hash_make(pool),
                           .locations = apr_hash_make(pool),
                           .regexes = apr_hash_make(pool),
                           .unknown = unknown_settings(pool),
                           .none = apr_array_make(pool, 1, sizeof(const tg_binding_t *)) };
    int i;

    for (i = 0; i < plan->servers->nelts; i++) {
        apr_hash_set(index.settings, SERVER(plan, i)->name, APR_HASH_KEY_STRING,
                     SERVER(plan, i)->settings);
    }
    for (i = 0; i < plan->lines->nelts; i++) {
        if (!LINE(plan, i)->location) {
            apr_hash_set(index.lines, LINE(plan, i)->server, APR_HASH_KEY_STRING, LINE(plan, i));
            continue;
        }
        push_line(index.locations, LINE(plan, i));
        if (LINE(plan, i)->is_regex) {
            push_line(index.regexes, LINE(plan, i));
        }
    }
    return index;
}

const tg_ctl_place_index_t *tg_ctl_place_index(apr_pool_t *pool, const tg_plan_t *plan)
{
    plan_index_t *index = apr_palloc(pool, sizeof(*index));

    *index = index_plan(pool, plan);
    index->hosts = apr_hash_make(pool);
    return index;
}

const tg_plan_settings_t *tg_ctl_place_settings(const plan_index_t *index, const char *server)
{
    const tg_plan_settings_t *found = apr_hash_get(index->settings, server, APR_HASH_KEY_STRING);

    return found ? found : index->unknown;
}

const apr_array_header_t *tg_ctl_place_bindings(const plan_index_t *index, const char *server)
{
    const tg_plan_scope_t *line = apr_hash_get(index->lines, server, APR_HASH_KEY_STRING);

    return line ? line->bindings : index->none;
}

void tg_ctl_place_add(apr_array_header_t *places, const plan_index_t *index, const char *server,
                      const tg_plan_scope_t *line)
{
    tg_ctl_place_t *place = apr_array_push(places);

    place->settings = tg_ctl_place_settings(index, server);
    place->text = tg_plan_scope_text(places->pool, line);
    place->bindings = line->bindings;
    place->handshake = tg_ctl_place_bindings(index, server);
}

/* A <Location> of the main server is one of every virtual host; those that have the same settings
 * and the same lines need it once. */
static void add_everywhere(apr_array_header_t *places, const plan_index_t *index,
                           const tg_plan_t *plan, const tg_plan_scope_t *line)
{
    apr_hash_t *done = apr_hash_make(places->pool);
    int i;

    for (i = 0; i < plan->servers->nelts; i++) {
        const tg_plan_server_t *server = SERVER(plan, i);
        const void *pair[2] = { server->settings, tg_ctl_place_bindings(index, server->name) };

        if (!apr_hash_get(done, pair, sizeof(pair))) {
            apr_hash_set(done, apr_pmemdup(places->pool, pair, sizeof(pair)), sizeof(pair), server);
            tg_ctl_place_add(places, index, server->name, line);
        }
    }
}

apr_array_header_t *tg_ctl_places(apr_pool_t *pool, const tg_plan_t *plan)
{
    const plan_index_t index = index_plan(pool, plan);
    apr_array_header_t *places = apr_array_make(pool, 8, sizeof(tg_ctl_place_t));
    const char *first = plan->servers->nelts > 0 ? SERVER(plan, 0)->name : "";
    int i;

    for (i = 0; i < plan->lines->nelts; i++) {
        const tg_plan_scope_t *line = LINE(plan, i);

        if (line->location && strcmp(line->server, first) == 0) {
            add_everywhere(places, &index, plan, line);
        }
        else {
            tg_ctl_place_add(places, &index, line->server, line);
        }
    }
    return places;
}

/* --- of a host and a path --- */

/* A server is called `vhost NAME:PORT`; without a port in the question each of them is meant. */
int tg_ctl_place_is_meant(apr_pool_t *pool, const tg_plan_server_t *server, const char *host)
{
    const char *port = strrchr(host, ':');
    apr_size_t length, end = strlen(server->name);

    if (!port || strchr(port, ']')) {
        return tg_plan_server_has(server, host);
    }
    length = strlen(port);
    return end > length && strcmp(server->name + end - length, port) == 0 &&
           tg_plan_server_has(server, apr_pstrmemdup(pool, host, (apr_size_t)(port - host)));
}

static void add_place_at(apr_array_header_t *places, const plan_index_t *index,
                         const tg_plan_t *plan, const tg_plan_server_t *server, const char *path)
{
    const tg_plan_scope_t own = {
        server->name, NULL, 0, (apr_array_header_t *)tg_ctl_place_bindings(index, server->name)
    };
    const tg_plan_scope_t *line = tg_plan_scope_at(plan, server->name, path);

    tg_ctl_place_add(places, index, server->name, line ? line : &own);
}

apr_array_header_t *tg_ctl_places_at(apr_pool_t *pool, const tg_plan_t *plan, const char *host,
                                     const char *path)
{
    const plan_index_t index = index_plan(pool, plan);
    apr_array_header_t *places = apr_array_make(pool, 2, sizeof(tg_ctl_place_t));
    int i;

    for (i = 0; i < plan->servers->nelts; i++) {
        if (tg_ctl_place_is_meant(pool, SERVER(plan, i), host)) {
            add_place_at(places, &index, plan, SERVER(plan, i), path);
        }
    }
    return places;
}
