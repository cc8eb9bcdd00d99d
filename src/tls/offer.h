/* The offer: what is kept of a ClientHello, small enough to keep for each connection.
 *
 * Numbers instead of bytes, without GREASE and without data that is not needed later.
 * Fingerprints, causes and pages are made from it.
 */
#ifndef TG_TLS_OFFER_H
#define TG_TLS_OFFER_H

#include "hello.h"

#include <apr_pools.h>

/** The most numbers that one offer keeps. A hello with more of them is not kept; no
 * known TLS library sends a third of it. */
#define TG_OFFER_NUMBERS_MAX 512

/** The lists of an offer, each in the order of the hello. */
typedef enum {
    TG_OFFER_CIPHERS,
    TG_OFFER_EXTENSIONS,
    TG_OFFER_GROUPS,
    TG_OFFER_SIGNATURE_ALGORITHMS,
    TG_OFFER_POINT_FORMATS,
    TG_OFFER_LISTS
} tg_offer_list_t;

/** Read-only once made; in the pool that it was made in. */
typedef struct {
    uint16_t legacy_version;  /**< of tg_hello_t */
    uint16_t max_version;     /**< of tg_hello_t */
    uint8_t versions;         /**< bits of tg_traits_t: those that the client means to offer */
    unsigned fallback : 1;    /**< TLS_FALLBACK_SCSV */
    unsigned compression : 1; /**< more than null */
    char alpn[2];             /**< first and last character for JA4; "00" without */
    uint16_t counts[TG_OFFER_LISTS]; /**< how long each list is */
    uint16_t numbers[];              /**< the lists, one after the other */
} tg_offer_t;

/** The offer of a hello; NULL if it has more than TG_OFFER_NUMBERS_MAX numbers. */
const tg_offer_t *tg_offer_make(apr_pool_t *pool, const tg_hello_t *hello);

/** One list and its length. */
const uint16_t *tg_offer_list(const tg_offer_t *offer, tg_offer_list_t list, int *n);

/** 1 if that list has that number. */
int tg_offer_has(const tg_offer_t *offer, tg_offer_list_t list, unsigned number);

/** The newest version on offer; TG_PROTOCOL_UNKNOWN if it has no known one. */
tg_protocol_t tg_offer_newest(const tg_offer_t *offer);

/** 1 if a group with a post-quantum key exchange is on offer. */
int tg_offer_post_quantum(const tg_offer_t *offer);

/** The same for one that is no draft. */
int tg_offer_post_quantum_final(const tg_offer_t *offer);

/** 1 if an ephemeral key exchange is on offer: (EC)DHE, or TLS 1.3. */
int tg_offer_ephemeral(const tg_offer_t *offer);

#endif
