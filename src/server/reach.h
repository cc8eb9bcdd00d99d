/* Reach: which TLS versions a server takes at all, and what stands in the way of the
 * others. It is read from mod_ssl's own SSL_CTX.
 */
#ifndef TG_REACH_H
#define TG_REACH_H

#include "conf.h"

#include <openssl/ssl.h>

/** What keeps a version out. */
typedef enum {
    TG_BLOCK_NONE,
    TG_BLOCK_LIBRARY,  /**< OpenSSL was built without it */
    TG_BLOCK_PROTOCOL, /**< SSLProtocol */
    TG_BLOCK_LEVEL,    /**< OpenSSL's security level */
    TG_BLOCK_CIPHERS,  /**< no cipher is left for it */
    TG_BLOCKS
} tg_block_t;

/** Made at start, read-only from then on. */
struct tg_reach_t {
    tg_traits_t versions;            /**< those that are taken */
    tg_traits_t range;               /**< those in SSLProtocol's range */
    tg_traits_t usable;              /**< those that nothing else stands in the way of */
    int own_range;                   /**< SSLProtocol is set for this server */
    tg_block_t blocks[TG_PROTOCOLS]; /**< for each protocol; only TLS versions mean something */
    int level;                       /**< OpenSSL's security level */
};

/** What a context takes. */
tg_reach_t tg_reach_of(SSL_CTX *ctx);

/**
 * The TLS versions that a server takes; all of them if it is not known.
 * @param first the server that the connection began with: where SNI picks one without an
 *              SSLProtocol of its own, mod_ssl leaves the range as it was
 */
tg_traits_t tg_reach_versions(const server_rec *s, const server_rec *first);

#endif
