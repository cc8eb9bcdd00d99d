/* Refusing a key exchange or a class of ciphers: OpenSSL chooses for this connection as if the
 * server had none of it, in the server's own order and at its own security level.
 *
 * OpenSSL asks the security callback of a context about each cipher and group that client and
 * server have in common, before it chooses one. Unlike a list of ciphers or groups that is set for
 * one connection, it does not have to be made from the lists of the host, which OpenSSL does not
 * tell all, and which mod_ssl changes once it knows the server name.
 */
#ifndef TG_SERVER_HANDSHAKE_EXCHANGE_H
#define TG_SERVER_HANDSHAKE_EXCHANGE_H

#include "server/base/conf.h"

#include <openssl/ssl.h>

/** At start: prepares the context of a server where a schedule refuses some of it one day. */
void tg_exchange_prepare(apr_pool_t *pool, const server_rec *s, SSL_CTX *ctx);

/**
 * Refuses these traits (of TG_TRAITS_NEGOTIATED) in all handshakes of a connection.
 * To be called before OpenSSL reads the hello, by the thread that does the handshake.
 */
void tg_exchange_refuse(conn_rec *c, SSL *ssl, tg_traits_t traits);

#endif
