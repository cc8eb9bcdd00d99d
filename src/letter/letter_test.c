/* How a client's host is tested: see letter_test.h. */
#include "letter_test.h"

#include "base/shell.h"
#include "base/text.h"

#include <apr_strings.h>
#include <string.h>

#define HTTPS_PORT ":443"

/* The server of a host that has the page, one with TLS before others; NULL: none is known. */
static const tg_plan_server_t *server_with_page(const tg_plan_t *plan, const char *host,
                                                int needs_page)
{
    const tg_plan_server_t *found = NULL;
    int i;

    for (i = 0; i < plan->servers->nelts; i++) {
        const tg_plan_server_t *server = &APR_ARRAY_IDX(plan->servers, i, tg_plan_server_t);

        if ((server->verify || !needs_page) && tg_plan_server_has(server, host) &&
            (!found || (found->settings->is_tls < 1 && server->settings->is_tls == 1))) {
            found = server;
        }
    }
    return found;
}

/* `:8443`; empty for the port of https, for a server without a port in its name, and for one
 * without TLS, whose port is known only where its TLS ends. */
static const char *port_in_url(const tg_plan_server_t *server)
{
    const char *port = strrchr(server->name, ':');

    return port && server->settings->is_tls == 1 && strcmp(port, HTTPS_PORT) != 0 ? port : "";
}

static const char *test_url(apr_pool_t *pool, const tg_letter_facts_t *facts, const char *host)
{
    const tg_plan_server_t *server =
        facts->plan ? server_with_page(facts->plan, host, !facts->test_path) : NULL;
    const char *path = facts->test_path ? facts->test_path : server ? server->verify : NULL;

    if (!path || (facts->plan && !server) || !tg_text_is_domain(host)) {
        return NULL;
    }
    return apr_pstrcat(pool, "https://", host, server ? port_in_url(server) : "", path, NULL);
}

const char *tg_letter_test(apr_pool_t *pool, const tg_letter_facts_t *facts)
{
    tg_span_t hosts[TG_TALLY_KEPT_MAX];
    int i, n = tg_letter_texts(facts, TG_TALLY_HOST, hosts);
    const char *list = "";

    for (i = 0; i < n; i++) {
        const char *url = test_url(pool, facts, apr_pstrmemdup(pool, hosts[i].at, hosts[i].length));

        if (url) {
            list = apr_pstrcat(pool, list, *list ? "\n" : "", "curl -sS ", tg_shell_word(pool, url),
                               NULL);
        }
    }
    return list;
}
