/* Names and facts from the IANA registries of TLS: cipher suites, groups, signature schemes,
 * alerts. */
#ifndef TG_TLS_REGISTRY_H
#define TG_TLS_REGISTRY_H

#include "trait.h"

/** The name of a cipher suite; NULL if the number is unknown. */
const char *tg_registry_cipher(unsigned number);

/**
 * The name of a cipher suite that OpenSSL calls @p openssl, such as `ECDHE-RSA-AES256-SHA`. Other
 * libraries use the registry's names: what is not known is returned as it is.
 */
const char *tg_registry_cipher_name(const char *openssl);

/**
 * The version that a library must know to offer that cipher suite: TLS 1.3, TLS 1.2,
 * or SSL 3.0 for all older ones, and for signalling values and unknown numbers.
 */
tg_protocol_t tg_registry_cipher_since(unsigned number);

/** The name of a group; NULL if the number is unknown. */
const char *tg_registry_group(unsigned number);

/** 1 if the group has a post-quantum key encapsulation; Kyber, which was the draft of one, too. */
int tg_registry_group_is_post_quantum(unsigned number);

/** 1 if it is one of those with Kyber: libraries that have ML-KEM no longer have them. */
int tg_registry_group_is_draft(unsigned number);

/** The post-quantum groups one after the other: the name of number @p i, from 0; NULL after the
 * last one. */
const char *tg_registry_post_quantum_group(int i);

/**
 * TG_TRAIT_KX_CLASSICAL, or 0: before TLS 1.3 there are no post-quantum groups (RFC 8446 section
 * 4.2.7 is what they are defined for).
 * @param protocol a version of TLS
 * @param group    its number; 0: unknown, which is no trait
 */
tg_traits_t tg_registry_group_trait(tg_protocol_t protocol, unsigned group);

/**
 * The number of a group by its name, whatever its case; 0, which no group has, if it is
 * unknown.
 */
unsigned tg_registry_group_number(const char *name);

/** The name of a signature scheme (RFC 8446 section 4.2.3); NULL if the number has none. */
const char *tg_registry_signature_scheme(unsigned number);

/** The name of an alert (RFC 8446 section 6, RFC 7507); or `unknown`. */
const char *tg_registry_alert(unsigned number);

#endif
