/* What TLS library a client has, by the look of its hello. A guess: any program can send any
 * hello. */
#ifndef TG_TLS_LIBRARY_H
#define TG_TLS_LIBRARY_H

#include "offer.h"

/** A library, or some versions of one. */
typedef struct {
    const char *name;         /**< `OpenSSL 3.0 to 3.4` */
    const char *post_quantum; /**< what brought it post-quantum groups; NULL: not known here, or
                                   this one has them */
    int has_post_quantum;
} tg_library_t;

/** Every library that is told apart has this version, whatever it is configured to use. */
#define TG_LIBRARY_SINCE TG_PROTOCOL_TLS1_3

/**
 * The library whose hello with default groups or signature algorithms looks like that.
 * @return NULL if none is known, or if the offer is NULL
 */
const tg_library_t *tg_library_guess(const tg_offer_t *offer);

#endif
