/* Directives of mod_ssl and mod_remoteip, read from the configuration tree: for httpd -t, which
 * makes no contexts, and for what no context shows. */
#ifndef TG_SERVER_STARTUP_MOD_SSL_CONF_H
#define TG_SERVER_STARTUP_MOD_SSL_CONF_H

#include "server/handshake/protocol_support.h"

/** check_config: notes mod_ssl's directives of each server, in one pass over the tree. */
void tg_mod_ssl_conf_read(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *main_server);

/**
 * The versions that a server will accept, as far as SSLEngine, SSLProtocol and SSLCipherSuite
 * show.
 * @param known what was found for equal settings before, and is added to: a context is expensive
 * @return NULL if it speaks no TLS or cannot be known
 */
const tg_protocol_support_t *tg_mod_ssl_conf_support(apr_hash_t *known, const server_rec *s);

/** 0 if SSLEngine is off, or not set where no Listen line names https, which switches it on. */
int tg_mod_ssl_conf_may_speak_tls(const server_rec *s);

/** 1 or 0 as RemoteIPProxyProtocol in the section of a server says; -1 if no line says it there. */
int tg_mod_ssl_conf_proxied(const server_rec *s);

/** 1 if a header may say who the client of a server is (RemoteIPHeader). */
int tg_mod_ssl_conf_has_header(const server_rec *s);

/** mod_ssl's init_server: notes which versions a server accepts. */
int tg_mod_ssl_conf_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx);

#endif
