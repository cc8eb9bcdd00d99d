/* Sightings: one record about one deprecated request, as one line of NDJSON. */
#ifndef TG_FORMAT_SIGHTING_H
#define TG_FORMAT_SIGHTING_H

#include "policy/cause.h"
#include "policy/verdict.h"

#include <apr_time.h>

/** The longest line, newline included: what POSIX writes to a pipe in one piece. */
#define TG_SIGHTING_MAX 4096

/**
 * What was seen. Strings may hold anything an outsider sent; NULL is absent.
 * Made and read by one thread; nothing in it is copied before it is written.
 */
typedef struct {
    apr_time_t time; /**< microseconds since 1970 */
    tg_protocol_t protocol;
    int failed;          /**< the handshake ended in a fatal alert of ours */
    unsigned alert;      /**< its number, if it did */
    const char *ip;      /**< in the form that privacy allows; NULL if it must not be told */
    unsigned port;       /**< of the client; 0 if it must not be told */
    const char *client;  /**< `kind:value`, likewise */
    const char *user_id; /**< the value of an `account:`, else NULL */
    int identity_cut;    /**< the identity was longer than it is kept */
    const char *user_agent;
    const char *cipher;
    const char *server_name; /**< SNI */
    const char *domain;      /**< Host */
    const char *path;        /**< without the query, which may hold secrets */
    const char *method;
    const char *advice;
    const tg_offer_t *offer;     /**< what the ClientHello told, or NULL */
    const char *ja4;             /**< likewise */
    tg_cause_t cause;            /**< likewise */
    int status;                  /**< of the response; 0 if there was none */
    int test;                    /**< a caller tested itself */
    const tg_outcome_t *outcome; /**< what was decided */
} tg_sighting_t;

/**
 * Writes the line, with its newline and a NUL behind it. Every text is made
 * valid UTF-8; what has to be cut so that the line fits is named in
 * `tlsgate.truncated`.
 * @param line TG_SIGHTING_MAX + 1 bytes
 * @param pool for scratch space
 * @return the length without the NUL; 0 if memory ran out
 */
apr_size_t tg_sighting_write(const tg_sighting_t *sighting, char *line, apr_pool_t *pool);

#endif
