/* Which TLS versions each server accepts in the end, counting in the virtual host that its
 * connections begin with: by mod_ssl's contexts at start, by its directives in httpd -t.
 */
#ifndef TG_SERVER_STARTUP_ACCEPTED_H
#define TG_SERVER_STARTUP_ACCEPTED_H

#include "server/handshake/protocol_support.h"

/** Lives as long as the pool that it was made from. One thread. */
typedef struct {
    apr_hash_t *firsts;  /**< by address: the virtual host that its connections begin with */
    apr_hash_t *known;   /**< what was found for equal directives before */
    int is_by_directive; /**< there are no contexts: httpd -t */
} tg_accepted_t;

/** @param main_server the first of the list */
tg_accepted_t tg_accepted_open(apr_pool_t *pool, const server_rec *main_server);

/** @return 1 with @p out filled; 0: it speaks no TLS, or that cannot be known */
int tg_accepted_of(const tg_accepted_t *accepted, const server_rec *s, tg_protocol_support_t *out);

/** 1 or 0 if it is known whether a server speaks TLS; -1 if it is not. */
int tg_accepted_is_tls(const tg_accepted_t *accepted, const server_rec *s);

/** One text for each address of a server: equal texts are one address. */
const char *tg_accepted_address(apr_pool_t *pool, const server_addr_rec *address);

#endif
