/* The handshake: what is read from it, and how it is refused.
 *
 * mod_ssl owns OpenSSL's ClientHello callback. This is done beside it, with the message
 * callback of the one connection, which sees the hello before OpenSSL chooses a version.
 */
#ifndef TG_SERVER_HANDSHAKE_HANDSHAKE_H
#define TG_SERVER_HANDSHAKE_HANDSHAKE_H

#include <httpd.h>
#include <mod_ssl_openssl.h>

/** mod_ssl's pre_handshake: listens for the hello of a client. */
int tg_handshake_begin(conn_rec *c, SSL *ssl, int is_proxy);

#endif
