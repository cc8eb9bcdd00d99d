/* The connection record: what the handshake made of a connection. */
#ifndef TG_CONNECTION_H
#define TG_CONNECTION_H

#include "conf.h"

/**
 * Written once, on the master connection, by the thread that did the handshake;
 * read-only from then on, also for the threads of HTTP/2 streams. Lives as long
 * as the connection.
 */
typedef struct {
    tg_protocol_t protocol;
    tg_traits_t traits;
    int suspect;             /**< some schedule may concern it; if not, nothing else is looked at */
    const char *cipher;      /**< NULL over cleartext */
    const char *server_name; /**< SNI; NULL if there was none or it is not suspect */
} tg_connection_t;

/** process_connection: fills the record, after the handshake and before any request. */
int tg_connection_process(conn_rec *c);

/** The record of the connection that a request came over; NULL if there is none. */
static inline const tg_connection_t *tg_connection_of(const conn_rec *c)
{
    return ap_get_module_config((c->master ? c->master : c)->conn_config, &tlsgate_module);
}

/**
 * The record of a request's connection, made now if a TLS module let the request
 * begin without it. Never NULL.
 */
const tg_connection_t *tg_connection_for(request_rec *r);

#endif
