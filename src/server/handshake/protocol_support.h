/* Which TLS versions a server accepts at all, and what blocks the others. Read from mod_ssl's own
 * SSL_CTX. */
#ifndef TG_SERVER_HANDSHAKE_PROTOCOL_SUPPORT_H
#define TG_SERVER_HANDSHAKE_PROTOCOL_SUPPORT_H

#include "server/base/conf.h"

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

/** What blocks a version, and what to write to change that, for a message. */
const char *tg_block_reason(tg_block_t block);
const char *tg_block_fix(tg_block_t block);

/** The number of the alert that a client gets which offers nothing newer; 0: it depends. */
int tg_block_alert(tg_block_t block, tg_protocol_t protocol);

/** One more than the highest of what tg_trait_of_cipher() gives, without what is below it. */
#define TG_CIPHER_SETS (TG_TRAITS_CIPHER / TG_TRAIT_KX_RSA + 1)

/** Made at start, read-only from then on. */
struct tg_protocol_support_t {
    tg_traits_t versions;            /**< those that are accepted */
    tg_traits_t limits;              /**< those between its lowest and highest version */
    tg_traits_t off;                 /**< those that an option switches off */
    tg_traits_t usable;              /**< those that nothing else blocks */
    int own_limits;                  /**< SSLProtocol is set for this server */
    int known;                       /**< all this could be found out */
    tg_block_t blocks[TG_PROTOCOLS]; /**< for each protocol; only TLS versions mean something */
    unsigned char has_ciphers[TG_CIPHER_SETS]; /**< 1 if there is a cipher before TLS 1.3 with just
                                                    those traits, divided by TG_TRAIT_KX_RSA */
};

/** OpenSSL's options that switch off a version and every older one. */
uint64_t tg_protocol_support_options(tg_protocol_t newest);

/**
 * What a context accepts. Its certificates are not considered: with only such as TLS 1.3 cannot
 * use, the result says too much.
 */
tg_protocol_support_t tg_protocol_support_of(SSL_CTX *ctx);

/** 1 if a server has a cipher before TLS 1.3 without any of these traits. */
int tg_protocol_support_has_cipher_without(const tg_protocol_support_t *support,
                                           tg_traits_t traits);

/**
 * The versions that a server accepts where the connection began with another one: mod_ssl then
 * adds the options of the one that SNI picks, and uses its limits only if it has an SSLProtocol.
 */
tg_traits_t tg_protocol_support_joint(const tg_protocol_support_t *support,
                                      const tg_protocol_support_t *first_support);

/**
 * The TLS versions that a server accepts; all of them if it is not known.
 * @param first the server that the connection began with
 */
tg_traits_t tg_protocol_support_versions(const server_rec *s, const server_rec *first);

#endif
