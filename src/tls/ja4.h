/* Fingerprints of an offer: JA4 and JA3.
 *
 * JA4 is FoxIO's "JA4: TLS Client Fingerprinting" (BSD 3-Clause); nothing else of the
 * JA4+ family is used. JA3 is Salesforce's.
 */
#ifndef TG_TLS_JA4_H
#define TG_TLS_JA4_H

#include "offer.h"

/** Characters of a JA4 with its NUL: `t13d1516h2_8daaf6152771_b186095e22b6`. */
#define TG_JA4_STRLEN 37

/** Hex digits of a JA3 with its NUL. */
#define TG_JA3_STRLEN 33

/**
 * The JA4 of an offer that came over TCP.
 * @return @p buf; NULL if the digest is not available
 */
const char *tg_ja4(const tg_offer_t *offer, char buf[TG_JA4_STRLEN]);

/**
 * 1 if two JA4 are of the same library, as far as they tell: the same ciphers and the same ALPN.
 * The version, and what depends on it or on the name of the server, are not compared: an extension
 * more or less.
 */
int tg_ja4_is_same_library(const char *a, const char *b);

/**
 * Whether a text may be how a JA4 of TLS over TCP begins.
 * @param at the first character that is wrong, counted from 0
 * @return NULL if it may; else what a JA4 has there, in words
 */
const char *tg_ja4_prefix_fault(const char *text, size_t *at);

/**
 * The JA3 of an offer.
 * @return @p buf; NULL if MD5 is not available, as under FIPS
 */
const char *tg_ja3(const tg_offer_t *offer, char buf[TG_JA3_STRLEN]);

#endif
