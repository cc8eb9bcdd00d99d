/* Traits: what a connection is, and what a schedule deprecates.
 *
 * Protocols, cleartext, unknown and key exchanges are bits, so that "does this
 * schedule concern this connection" is one AND.
 */
#ifndef TG_TLS_TRAIT_H
#define TG_TLS_TRAIT_H

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

/** A set of traits: bit tg_protocol_t for each protocol, then the rest. */
typedef uint32_t tg_traits_t;

#define TG_TRAIT_PROTOCOL(p) ((tg_traits_t)1 << (p))
#define TG_TRAIT_KX_RSA ((tg_traits_t)1 << 16)
#define TG_TRAIT_KX_DHE ((tg_traits_t)1 << 17)
/** Every connection, now and in time to come. */
#define TG_TRAIT_ANY UINT32_MAX
/** The versions that a handshake can be refused by. */
#define TG_TRAITS_TLS                                                                              \
    (TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3) | TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0) |                 \
     TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_1) | TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_2) |               \
     TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_3))

/** The spelling of httpd's SSLProtocol: `TLSv1`, or `cleartext`, `unknown`. */
const char *tg_protocol_name(tg_protocol_t protocol);

/** What RFC 9110 section 7.8 wants in Upgrade: `TLS/1.2`; NULL unless it is TLS. */
const char *tg_protocol_upgrade_token(tg_protocol_t protocol);

/** The number alone, as ECS `tls.version` has it: `1.2`; NULL unless SSL or TLS. */
const char *tg_protocol_version(tg_protocol_t protocol);

/** `tls` or `ssl`, as ECS `tls.version_protocol`; NULL unless SSL or TLS. */
const char *tg_protocol_family(tg_protocol_t protocol);

/** The protocol of that name, whatever its case; TG_PROTOCOLS if there is none. */
tg_protocol_t tg_protocol_parse(const char *name);

/**
 * Reads one trait: a protocol, `cleartext`, `unknown`, `any`, `kx=RSA` or `kx=DHE`.
 * Case does not matter.
 * @return its bits, or 0 if there is no such trait
 */
tg_traits_t tg_trait_parse(const char *name);

/**
 * The name of the trait at one bit; NULL where no trait stands.
 * @param bit 0 to 31
 */
const char *tg_trait_name(int bit);

/** Versions as they stand in a hello (RFC 8446 section 4.1.2). */
#define TG_WIRE_SSL2 0x0002U
#define TG_WIRE_SSL3 0x0300U
#define TG_WIRE_TLS1_2 0x0303U
#define TG_WIRE_TLS1_3 0x0304U

/** The protocol of a version as it stands in a hello; TG_PROTOCOLS if we know none. */
tg_protocol_t tg_protocol_of_wire(unsigned version);

/** The newest TLS or SSL version of a set; TG_PROTOCOL_UNKNOWN if it has none. */
tg_protocol_t tg_protocol_newest(tg_traits_t set);

/** Every name that tg_trait_parse reads, for messages. */
#define TG_TRAIT_NAMES                                                                             \
    "SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown any kx=RSA kx=DHE expr=..."

/**
 * The key exchange of a cipher, as a trait.
 * @param cipher an OpenSSL name (`ECDHE-RSA-AES128-SHA`) or an IANA name
 *               (`TLS_RSA_WITH_AES_128_CBC_SHA`); NULL means none
 * @return TG_TRAIT_KX_RSA, TG_TRAIT_KX_DHE, or 0 for any other
 */
tg_traits_t tg_trait_of_cipher(const char *cipher);

/**
 * The lowest version that a client must be able to use: at least the one it
 * used, and none that @p deprecated names. Without TLS today, TLSv1.2 is the
 * least that makes sense.
 * @return TG_PROTOCOLS if every version is deprecated
 */
tg_protocol_t tg_protocol_needed(tg_protocol_t used, tg_traits_t deprecated);

#endif
