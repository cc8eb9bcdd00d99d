/* Sightings: a record of one deprecated request or failed handshake, as one line of NDJSON. */
#ifndef TG_FORMAT_SIGHTING_H
#define TG_FORMAT_SIGHTING_H

#include "policy/cause.h"
#include "policy/identity.h"
#include "policy/verdict.h"

#include <apr_time.h>

/** The longest line, newline included: what POSIX writes to a pipe atomically. */
#define TG_SIGHTING_MAX 4096

/**
 * What was seen. Texts may hold anything that an outsider sent; NULL is absent. Made and read
 * by one thread; nothing in it is copied before it is written.
 */
typedef struct {
#define SIGHTING_TEXT(object, name, member, max, gives_way, doc) const char *member;
#include "sighting.def"
    apr_time_t time; /**< microseconds since 1970 */
    tg_protocol_t protocol;
    int failed;                  /**< the handshake ended in a fatal alert from us */
    unsigned alert;              /**< its number, if it did */
    unsigned port;               /**< of the client; 0 if it must not be stored */
    int identity_cut;            /**< client and user_id were longer than they are kept */
    const tg_offer_t *offer;     /**< of the ClientHello, or NULL */
    tg_cause_t cause;            /**< why the client used what is deprecated */
    int status;                  /**< of the response; 0 if there was none */
    int test;                    /**< tlsgate-verify answered */
    const tg_outcome_t *outcome; /**< what was decided */
} tg_sighting_t;

/**
 * Sets what every sighting has: who came, over what, and what was decided. The rest is unset.
 * @param outcome is kept, as is all that @p identity points to
 * @param offer   or NULL
 */
tg_sighting_t tg_sighting_begin(const tg_outcome_t *outcome, const tg_identity_t *identity,
                                tg_protocol_t protocol, const tg_offer_t *offer);

/**
 * Writes the line, its newline and a NUL. Every text is made valid UTF-8; what is cut so that the
 * line fits is named in `tlsgate.truncated`.
 * @param line TG_SIGHTING_MAX + 1 bytes
 * @return the length without the NUL; 0 if it does not fit even when all texts are cut
 */
apr_size_t tg_sighting_write(const tg_sighting_t *sighting, char *line);

#endif
