/* mod_ssl's directives, read from the configuration tree: what httpd -t can know of a
 * server that does not run, and what mod_ssl's contexts do not tell of one that does.
 */
#ifndef TG_SERVER_STARTUP_MOD_SSL_CONF_H
#define TG_SERVER_STARTUP_MOD_SSL_CONF_H

#include "server/handshake/protocol_support.h"

/**
 * The reach that a server will have, as far as SSLEngine, SSLProtocol and SSLCipherSuite
 * tell.
 * @return 1, or 0 if it speaks no TLS or cannot be known
 */
int tg_mod_ssl_conf_reach(apr_pool_t *pool, const server_rec *s, tg_protocol_support_t *reach);

/** mod_ssl's init_server: notes the reach of a server that speaks TLS. */
int tg_mod_ssl_conf_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx);

#endif
