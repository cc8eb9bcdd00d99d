/* Traits: what a connection is, and what a schedule deprecates.
 *
 * Protocols, cleartext, unknown and key exchanges are bits, so that "does this
 * schedule concern this connection" is one AND.
 */
#ifndef TG_TLS_TRAIT_H
#define TG_TLS_TRAIT_H

#include <apr_pools.h>
#include <stdint.h>

/** What a request came over. The order is from oldest to newest. */
typedef enum {
    TG_PROTOCOL_UNKNOWN, /**< a trusted balancer did not say */
    TG_PROTOCOL_CLEARTEXT,
    TG_PROTOCOL_SSL3,
    TG_PROTOCOL_TLS1_0,
    TG_PROTOCOL_TLS1_1,
    TG_PROTOCOL_TLS1_2,
    TG_PROTOCOL_TLS1_3,
    TG_PROTOCOLS
} tg_protocol_t;

/** The versions of SSL and TLS: all that follows cleartext. */
#define TG_PROTOCOL_OLDEST TG_PROTOCOL_SSL3
#define TG_PROTOCOL_NEWEST ((tg_protocol_t)(TG_PROTOCOLS - 1))

/** From this version on, a cipher does not determine the key exchange. */
#define TG_PROTOCOL_WITHOUT_KX TG_PROTOCOL_TLS1_3

/** A set of traits: bit tg_protocol_t for each protocol, then the rest. */
typedef uint32_t tg_traits_t;

#define TG_TRAIT_PROTOCOL(p) ((tg_traits_t)1 << (p))
#define TG_TRAIT_KX_RSA ((tg_traits_t)1 << 16)
#define TG_TRAIT_KX_DHE ((tg_traits_t)1 << 17)
/** No post-quantum group: every version before TLS 1.3, and TLS 1.3 with another group. */
#define TG_TRAIT_KX_CLASSICAL ((tg_traits_t)1 << 18)
#define TG_TRAIT_CIPHER_3DES ((tg_traits_t)1 << 19)
#define TG_TRAIT_CIPHER_RC4 ((tg_traits_t)1 << 20)
#define TG_TRAIT_CIPHER_CBC ((tg_traits_t)1 << 21)
/** A MAC with SHA-1. */
#define TG_TRAIT_CIPHER_SHA1 ((tg_traits_t)1 << 22)
/** Every connection, also one with traits that this version does not know. */
#define TG_TRAIT_ANY UINT32_MAX
/** The versions. */
#define TG_TRAITS_TLS (TG_TRAIT_PROTOCOL(TG_PROTOCOLS) - TG_TRAIT_PROTOCOL(TG_PROTOCOL_OLDEST))
/** The key exchanges of ciphers before TLS 1.3. */
#define TG_TRAITS_KX (TG_TRAIT_KX_RSA | TG_TRAIT_KX_DHE)
/** The classes of ciphers. */
#define TG_TRAITS_CLASS                                                                            \
    (TG_TRAIT_CIPHER_3DES | TG_TRAIT_CIPHER_RC4 | TG_TRAIT_CIPHER_CBC | TG_TRAIT_CIPHER_SHA1)
/** Those for which the cipher of a connection must be known. */
#define TG_TRAITS_CIPHER (TG_TRAITS_KX | TG_TRAITS_CLASS)
/** No trait that can be deprecated: this server has no post-quantum group to choose. */
#define TG_TRAIT_SERVER_CLASSICAL ((tg_traits_t)1 << 23)
/** Those that are known only when a handshake is over, and that a renegotiation changes. */
#define TG_TRAITS_NEGOTIATED (TG_TRAITS_CIPHER | TG_TRAIT_KX_CLASSICAL)

/** Those by which a handshake can be refused. */
#define TG_TRAITS_HANDSHAKE (TG_TRAITS_TLS | TG_TRAITS_NEGOTIATED)

/** The spelling of httpd's SSLProtocol: `TLSv1`, or `cleartext`, `unknown`. */
const char *tg_protocol_name(tg_protocol_t protocol);

/** For the header Upgrade (RFC 9110 section 7.8): `TLS/1.2`; NULL unless it is TLS. */
const char *tg_protocol_upgrade_token(tg_protocol_t protocol);

/** The number alone, as ECS `tls.version` has it: `1.2`; NULL unless SSL or TLS. */
const char *tg_protocol_version(tg_protocol_t protocol);

/** `tls` or `ssl`, as ECS `tls.version_protocol`; NULL unless SSL or TLS. */
const char *tg_protocol_family(tg_protocol_t protocol);

/** The protocol of that name, whatever its case; TG_PROTOCOLS if there is none. */
tg_protocol_t tg_protocol_parse(const char *name);

/**
 * Reads one trait: a protocol, `cleartext`, `unknown`, `any`, a key exchange such as `kx=RSA`, or a
 * class of ciphers such as `cipher=CBC`.
 * Case does not matter.
 * @return its bits, or 0 if there is no such trait
 */
tg_traits_t tg_trait_parse(const char *name);

/**
 * The name of the trait at one bit; NULL if there is none.
 * @param bit 0 to 31
 */
const char *tg_trait_name(int bit);

/** Versions as written in a hello (RFC 8446 section 4.1.2). */
#define TG_WIRE_SSL2 0x0002U
#define TG_WIRE_SSL3 0x0300U
#define TG_WIRE_TLS1_2 0x0303U
#define TG_WIRE_NEWEST (TG_WIRE_SSL3 + (TG_PROTOCOL_NEWEST - TG_PROTOCOL_SSL3))

/** The protocol of a version as written in a hello; TG_PROTOCOLS if it is unknown here. */
tg_protocol_t tg_protocol_of_wire(unsigned version);

/** The newest TLS or SSL version of a set; TG_PROTOCOL_UNKNOWN if it has none. */
tg_protocol_t tg_protocol_newest(tg_traits_t set);

/** The oldest version of a set that is @p from or newer; TG_PROTOCOLS if it has none. */
tg_protocol_t tg_protocol_from(tg_traits_t set, int from);

/** Runs over the TLS and SSL versions of a set, from the oldest. */
#define TG_PROTOCOL_EACH(protocol, set)                                                            \
    for ((protocol) = tg_protocol_from((set), TG_PROTOCOL_OLDEST); (protocol) < TG_PROTOCOLS;      \
         (protocol) = tg_protocol_from((set), (int)(protocol) + 1))

/** The name of every protocol, for messages: `SSLv3 TLSv1 ... cleartext unknown`. */
const char *tg_protocol_names(apr_pool_t *pool);

/** `TLSv1.2 TLSv1.3`: the versions of a set, from the oldest; NULL if there is none. */
const char *tg_protocol_list(apr_pool_t *pool, tg_traits_t set);

/** Everything that TlsGateDeprecate accepts, for messages: all protocols, `any kx=RSA ...`. */
const char *tg_trait_names(apr_pool_t *pool);

/**
 * The traits of a cipher: its key exchange and its classes.
 * @param cipher an IANA name (`TLS_RSA_WITH_AES_128_CBC_SHA`), or an OpenSSL name
 *               (`AES128-SHA`), which tells the key exchange alone; NULL means none
 * @return bits of TG_TRAITS_CIPHER
 */
tg_traits_t tg_trait_of_cipher(const char *cipher);

/** What of TG_TRAITS_NEGOTIATED a connection over a version of TLS can have. */
tg_traits_t tg_trait_negotiable(tg_protocol_t protocol);

/**
 * 1 for a cipher before TLS 1.3 that any server with a certificate can use: neither
 * anonymous nor with a shared key, and not of export strength.
 * @param cipher an IANA name
 */
int tg_trait_cipher_is_common(const char *cipher);

/**
 * 1 for a cipher before TLS 1.3 whose key exchange is ECDHE or DHE, and not anonymous.
 * Likewise.
 */
int tg_trait_cipher_is_ephemeral(const char *cipher);

/**
 * The lowest version that a client must be able to use: at least the one it
 * used, and none of @p deprecated. Over plain HTTP, at least TLSv1.2.
 * @return TG_PROTOCOLS if every version is deprecated
 */
tg_protocol_t tg_protocol_needed(tg_protocol_t used, tg_traits_t deprecated);

#endif
