/* Which TLS versions each server accepts: see accepted.h. */
#include "accepted.h"

#include "mod_ssl_conf.h"

#include <apr_strings.h>
#include <http_core.h>

/** Of an address: the virtual host that httpd has last, and its place in httpd's list. */
typedef struct {
    const server_rec *server;
    int place;
} first_t;

const char *tg_accepted_address(apr_pool_t *pool, const server_addr_rec *address)
{
    return apr_psprintf(pool, "%u %s", (unsigned)address->host_port, address->virthost);
}

static apr_hash_t *firsts_of(apr_pool_t *pool, const server_rec *main_server)
{
    apr_hash_t *firsts = apr_hash_make(pool);
    const server_rec *s;
    const server_addr_rec *address;
    int place = 0;

    for (s = main_server->next; s; s = s->next) {
        place++;
        for (address = s->addrs; address; address = address->next) {
            const char *key = tg_accepted_address(pool, address);
            first_t *first = apr_hash_get(firsts, key, APR_HASH_KEY_STRING);

            if (!first) {
                first = apr_palloc(pool, sizeof(*first));
                apr_hash_set(firsts, key, APR_HASH_KEY_STRING, first);
            }
            first->server = s;
            first->place = place;
        }
    }
    return firsts;
}

/* The server that a connection begins with before SNI picks that one: the first in the
 * configuration, whose virtual hosts httpd keeps in reverse. */
static const server_rec *first_of_address(apr_hash_t *firsts, const server_rec *s)
{
    first_t last = { s, 0 };
    const server_addr_rec *address;

    for (address = s->addrs; address; address = address->next) {
        const char *key = tg_accepted_address(apr_hash_pool_get(firsts), address);
        const first_t *first = apr_hash_get(firsts, key, APR_HASH_KEY_STRING);

        last = first && first->place > last.place ? *first : last;
    }
    return last.server;
}

/* A version that is not accepted although nothing else blocks it is excluded by SSLProtocol. */
static void join_first(tg_protocol_support_t *support, const tg_protocol_support_t *first_support)
{
    tg_protocol_t p;

    support->versions = tg_protocol_support_joint(support, first_support);
    support->lacks_groups = first_support->lacks_groups; /* mod_ssl does not change them */
    TG_PROTOCOL_EACH (p, support->usable & ~support->versions) {
        if (support->blocks[p] != TG_BLOCK_LIBRARY) {
            support->blocks[p] = TG_BLOCK_PROTOCOL;
        }
    }
}

tg_accepted_t tg_accepted_open(apr_pool_t *pool, const server_rec *main_server)
{
    tg_accepted_t accepted = { firsts_of(pool, main_server), apr_hash_make(pool),
                               ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST };

    return accepted;
}

static const tg_protocol_support_t *own_support(const tg_accepted_t *accepted, const server_rec *s)
{
    return accepted->is_by_directive ? tg_mod_ssl_conf_support(accepted->known, s)
                                     : tg_conf_of_server(s)->support;
}

int tg_accepted_of(const tg_accepted_t *accepted, const server_rec *s, tg_protocol_support_t *out)
{
    const tg_protocol_support_t *own = own_support(accepted, s);
    const server_rec *first = own ? first_of_address(accepted->firsts, s) : s;
    const tg_protocol_support_t *begun = first == s ? NULL : own_support(accepted, first);

    if (!own) {
        return 0;
    }
    *out = *own;
    if (begun) {
        join_first(out, begun);
    }
    return 1;
}

int tg_accepted_is_tls(const tg_accepted_t *accepted, const server_rec *s)
{
    if (!ap_find_linked_module("mod_ssl.c")) {
        return -1;
    }
    return accepted->is_by_directive ? tg_mod_ssl_conf_may_speak_tls(s)
                                     : tg_conf_of_server(s)->support != NULL;
}
