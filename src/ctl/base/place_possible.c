/* Where a request may be answered, by what a log tells of it: see place.h. A log may have a million
 * requests, and a plan thousands of servers: what is looked at are those that a request is about.
 */
#include "place_index.h"

#include "format/plan_scope.h"

#include <apr_strings.h>
#include <string.h>

#define SERVER(plan, i) (&APR_ARRAY_IDX((plan)->servers, i, tg_plan_server_t))
#define SCOPE(list, i) APR_ARRAY_IDX(list, i, const tg_plan_scope_t *)

/** Hosts whose servers are remembered. */
#define HOSTS_MAX 65536

/* What tells where a request goes, and the places so far. */
typedef struct {
    const tg_ctl_place_index_t *index;
    const char *path;
    const tg_plan_scope_t *main_scope; /* of the path, in the main server; or NULL */
    apr_array_header_t *places;
    apr_hash_t *known; /* the places, by what decides there */
    unsigned *lacks;
} possible_t;

static void add_possible(const possible_t *p, const char *server, const tg_plan_scope_t *line)
{
    const void *key[3] = { tg_ctl_place_settings(p->index, server), line->bindings,
                           tg_ctl_place_bindings(p->index, server) };

    if (!apr_hash_get(p->known, key, sizeof(key))) {
        apr_hash_set(p->known, apr_pmemdup(p->places->pool, key, sizeof(key)), sizeof(key), line);
        tg_ctl_place_add(p->places, p->index, server, line);
    }
}

/* The last one counts. */
static const tg_plan_scope_t *scope_of_path(const possible_t *p, const char *server)
{
    const apr_array_header_t *list = apr_hash_get(p->index->locations, server, APR_HASH_KEY_STRING);
    int i = list && p->path ? list->nelts : 0;

    while (i > 0 && !tg_plan_scope_is_within(SCOPE(list, i - 1), p->path)) {
        i--;
    }
    return i > 0 ? SCOPE(list, i - 1) : NULL;
}

/* The <Location>s of a server and of the main server that the path does not tell, in the order of
 * the plan. */
static void add_untold(const possible_t *p, const char *server)
{
    apr_hash_t *lists = p->path ? p->index->regexes : p->index->locations;
    const char *main_server = SERVER(p->index->plan, 0)->name;
    const apr_array_header_t *own = apr_hash_get(lists, server, APR_HASH_KEY_STRING);
    const apr_array_header_t *of_main = strcmp(server, main_server) == 0
                                            ? NULL
                                            : apr_hash_get(lists, main_server, APR_HASH_KEY_STRING);
    int i = 0, j = 0, n = own ? own->nelts : 0, m = of_main ? of_main->nelts : 0;

    *p->lacks |= n + m == 0 ? 0 : p->path ? TG_CTL_LACKS_REGEX : TG_CTL_LACKS_PATH;
    while (i < n || j < m) {
        int is_own = j == m || (i < n && SCOPE(own, i) < SCOPE(of_main, j));

        add_possible(p, server, is_own ? SCOPE(own, i) : SCOPE(of_main, j));
        i += is_own;
        j += !is_own;
    }
}

static void add_server(const possible_t *p, const tg_plan_server_t *server)
{
    tg_plan_scope_t own = { .server = server->name,
                            .bindings = (apr_array_header_t *)tg_ctl_place_bindings(p->index,
                                                                                    server->name) };
    const tg_plan_scope_t *line = scope_of_path(p, server->name);

    line = line ? line : p->main_scope;
    add_possible(p, server->name, line ? line : &own);
    add_untold(p, server->name);
}

/* The servers that answer to a host. Of const tg_plan_server_t *; in @p pool unless it is
 * remembered. */
static const apr_array_header_t *
servers_of_host(apr_pool_t *pool, const tg_ctl_place_index_t *index, const char *host)
{
    apr_array_header_t *servers = apr_hash_get(index->hosts, host, APR_HASH_KEY_STRING);
    apr_pool_t *memory = apr_hash_pool_get(index->hosts);
    int i, is_kept = apr_hash_count(index->hosts) < HOSTS_MAX;

    if (servers) {
        return servers;
    }
    servers = apr_array_make(is_kept ? memory : pool, 1, sizeof(const tg_plan_server_t *));
    for (i = 0; i < index->plan->servers->nelts; i++) {
        if (tg_ctl_place_is_meant(pool, SERVER(index->plan, i), host)) {
            APR_ARRAY_PUSH(servers, const tg_plan_server_t *) = SERVER(index->plan, i);
        }
    }
    if (is_kept) {
        apr_hash_set(index->hosts, apr_pstrdup(memory, host), APR_HASH_KEY_STRING, servers);
    }
    return servers;
}

apr_array_header_t *tg_ctl_places_possible(apr_pool_t *pool, const tg_ctl_place_index_t *index,
                                           const char *host, const char *path, unsigned *lacks)
{
    const tg_plan_t *plan = index->plan;
    possible_t possible = { .index = index,
                            .path = path,
                            .places = apr_array_make(pool, 2, sizeof(tg_ctl_place_t)),
                            .known = apr_hash_make(pool),
                            .lacks = lacks };
    const apr_array_header_t *servers = host ? servers_of_host(pool, index, host) : index->none;
    int i;

    *lacks = 0;
    if (plan->servers->nelts > 0) {
        possible.main_scope = scope_of_path(&possible, SERVER(plan, 0)->name);
    }
    for (i = 0; i < servers->nelts; i++) {
        add_server(&possible, APR_ARRAY_IDX(servers, i, const tg_plan_server_t *));
    }
    if (servers->nelts == 0) {
        *lacks |= host ? TG_CTL_LACKS_SERVER : TG_CTL_LACKS_HOST;
        for (i = 0; i < plan->servers->nelts; i++) {
            add_server(&possible, SERVER(plan, i));
        }
    }
    return possible.places;
}
