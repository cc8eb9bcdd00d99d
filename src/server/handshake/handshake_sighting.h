/* Sightings of failed handshakes: clients that were turned away before a request. */
#ifndef TG_SERVER_HANDSHAKE_HANDSHAKE_SIGHTING_H
#define TG_SERVER_HANDSHAKE_HANDSHAKE_SIGHTING_H

#include "policy/handshake_verdict.h"
#include "server/base/conf.h"
#include "server/base/identity.h"
#include "tls/offer.h"

#include <openssl/ssl.h>

/**
 * A handshake that may fail. Made when its hello is read; read and written only by the
 * thread that does the handshake; lives as long as the connection.
 */
typedef struct {
    conn_rec *c;
    server_rec *server;      /**< that the hello is for */
    const char *server_name; /**< SNI, or NULL */
    const tg_offer_t *offer; /**< or NULL */
    tg_protocol_t protocol;  /**< that would be negotiated, or else the newest on offer */
    tg_identity_t identity;  /**< of the peer */
    tg_subject_t subject;
    const tg_outcome_t *decides; /**< of the schedules that it concerns */
    tg_refusal_t refusal;        /**< what it has to do without */
} tg_handshake_sighting_t;

/**
 * What is known of a handshake once its hello was read; nothing is decided yet.
 * @param name SNI, copied; or NULL
 * @param protocol that would be negotiated, or else the newest on offer
 */
tg_handshake_sighting_t *tg_handshake_sighting_make(conn_rec *c, server_rec *server,
                                                    const char *name, const tg_offer_t *offer,
                                                    tg_protocol_t protocol);

/**
 * Waits for the fatal alert that ends it, and writes a sighting when that goes out. Does nothing
 * if the client has closed already.
 */
void tg_handshake_sighting_watch(SSL *ssl, tg_handshake_sighting_t *failure);

/** open_logs: the rate limit, which all processes share. */
int tg_handshake_sighting_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                               server_rec *s);

/** How many the rate limit left out since httpd was started. */
apr_uint32_t tg_handshake_sighting_left_out(void);

/** monitor: reports in the error log what the rate limit left out since the last report. */
int tg_handshake_sighting_monitor(apr_pool_t *pool, server_rec *s);

#endif
