/* Which server a hello is for: see sni.h. */
#include "sni.h"

#include <http_config.h>
#include <http_vhost.h>

typedef struct {
    const char *name;
    server_rec *server;
} sni_search_t;

static int is_in_names(const apr_array_header_t *names, const char *name,
                       int (*differs)(const char *, const char *))
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        const char *alias = APR_ARRAY_IDX(names, i, const char *);

        if (alias && differs(name, alias) == 0) {
            return 1;
        }
    }
    return 0;
}

/* ServerName, ServerAlias, and ServerAlias with wildcards, as ssl_util_vhost_matches()
 * has it. Unlike for a Host header, the port does not count. */
static int match_server(void *baton, conn_rec *c, server_rec *s)
{
    sni_search_t *search = baton;

    (void)c;
    if ((s->server_hostname && strcasecmp(search->name, s->server_hostname) == 0) ||
        is_in_names(s->names, search->name, strcasecmp) ||
        is_in_names(s->wild_names, search->name, ap_strcasecmp_match)) {
        search->server = s;
        return 1;
    }
    return 0;
}

server_rec *tg_sni_server(conn_rec *c, const char *name)
{
    sni_search_t search = { name, c->base_server };

    if (name && *name) {
        ap_vhost_iterate_given_conn(c, match_server, &search);
    }
    return search.server;
}
