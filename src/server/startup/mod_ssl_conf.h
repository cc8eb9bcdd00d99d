/* mod_ssl's directives, read from the configuration tree: for httpd -t, which makes no contexts,
 * and for what a context does not show. */
#ifndef TG_SERVER_STARTUP_MOD_SSL_CONF_H
#define TG_SERVER_STARTUP_MOD_SSL_CONF_H

#include "server/handshake/protocol_support.h"

/**
 * The versions that a server will accept, as far as SSLEngine, SSLProtocol and SSLCipherSuite
 * show.
 * @return 1, or 0 if it speaks no TLS or cannot be known
 */
int tg_mod_ssl_conf_support(apr_pool_t *pool, const server_rec *s, tg_protocol_support_t *support);

/** mod_ssl's init_server: notes which versions a server accepts. */
int tg_mod_ssl_conf_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx);

#endif
