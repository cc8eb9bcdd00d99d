/* The connection record: what the handshake made of a connection. */
#ifndef TG_SERVER_BASE_CONNECTION_H
#define TG_SERVER_BASE_CONNECTION_H

#include "conf.h"

#include "policy/cause.h"
#include "tls/ja4.h"

#include <openssl/ssl.h>

/** What a sighting says of a TLS session. NULL where there is none. */
typedef struct {
    const char *cipher;         /**< by its name at IANA */
    const char *library_cipher; /**< the same as the TLS library spells it */
    const char *server_name;    /**< SNI */
    tg_protocol_t known;        /**< tg_cause_evidence() of the offer */
    apr_uint32_t ja4_state;     /**< of ja4; changed atomically, by any thread */
    char ja4[TG_JA4_STRLEN];    /**< made when it is first asked for: tg_connection_ja4_of() */
} tg_session_t;

/** What a request came over: part of the decision about it. Read-only once a request was
 * decided by it. */
typedef struct {
    tg_protocol_t protocol;
    tg_traits_t traits;      /**< those of its cipher and group only if some schedule wants them */
    apr_uint16_t group;      /**< by its number at IANA; 0: none, unknown, or nobody asks */
    apr_uint32_t counted_at; /**< tg_ledger_place() of its modern requests; 0: each wants a look.
                                  Changed once, atomically, by any thread */
    tg_session_t *session;   /**< never NULL; all in it NULL if no schedule concerns it */
    const tg_offer_t
        *offer; /**< NULL if no hello was seen, or no part of the configuration needs it */
} tg_transport_t;

/**
 * Written on the master connection by the thread that does the handshake; read-only from
 * the end of the handshake on, also for the threads of HTTP/2 streams. Lives as long as
 * the connection.
 */
typedef struct {
    tg_traits_t seen_traits;   /**< those of transport; all of them until the handshake is over */
    unsigned behind_proxy : 1; /**< c->client_addr is a proxy's: see tg_override_set_proxied(). Set
                                    for hellos that may be refused */
    unsigned was_denied : 1;   /**< OpenSSL wanted something of `refused` */
    unsigned refused : 24;     /**< tg_traits_t: what no handshake of this connection may choose */
    unsigned is_ignored : 1;   /**< the ledger leaves out the address it comes from */
    unsigned offers_post_quantum : 1; /**< set for the census, as the next one is */
    unsigned newest_offered : 4;      /**< tg_census_kind_t.offered */
    apr_uint32_t counts_at;  /**< transport.counted_at after the first request, where upgrades are
                                 tracked */
    apr_uint32_t is_tracked; /**< its first request was looked at; atomically, by any thread */
    tg_transport_t transport;
    server_rec
        *server; /**< that the server name of the hello names; NULL if it was not looked up */
    SSL *ssl;    /**< NULL where no schedule asks for what a renegotiation changes */
    void *seen;  /**< the session of ssl that the record tells of: only compared. Until it is
                           filled the SSL of the handshake; NULL if not mod_ssl does it */
} tg_connection_t;

_Static_assert(TG_TRAITS_NEGOTIATED < 1U << 24, "tg_connection_t.refused has a bit for each");

/** The record of a connection whose handshake begins, made if there is none. */
tg_connection_t *tg_connection_open(conn_rec *c);

/**
 * What is called when a record was filled for the first time: the census, which is in a folder
 * above. For the parent, at start.
 */
void tg_connection_tell(void (*filled)(conn_rec *c, tg_connection_t *conn, SSL *ssl));

/** process_connection: fills the record, after the handshake and before any request. */
int tg_connection_process(conn_rec *c);

/** The record of the connection that a request came over; NULL if there is none. */
static inline const tg_connection_t *tg_connection_of(const conn_rec *c)
{
    return ap_get_module_config((c->master ? c->master : c)->conn_config, &tlsgate_module);
}

/**
 * The record of a request's connection, filled now if a TLS module let the request
 * begin without it. Never NULL.
 */
const tg_connection_t *tg_connection_for(request_rec *r);

/**
 * 1 if the session of a connection is no longer the one that its record describes: httpd
 * renegotiates where a <Location> has other ciphers, or wants a certificate.
 */
static inline int tg_connection_has_changed(conn_rec *c)
{
    const tg_connection_t *conn = ap_get_module_config(c->conn_config, &tlsgate_module);

    return conn && conn->ssl && SSL_get_session(conn->ssl) != conn->seen;
}

/**
 * The record of such a connection anew. Requests that are still being logged keep the old one.
 * To be called by the thread that serves the connection; HTTP/2 does not renegotiate.
 */
void tg_connection_renew(conn_rec *c);

/**
 * The record of a request's connection if some schedule of its server may concern it, or NULL. For
 * a server that the handshake was not made for, a copy that lives as long as the request.
 */
const tg_connection_t *tg_connection_suspect(request_rec *r);

/** 1 if it is known that no schedule of its server concerns a request: the only cost for modern
 * clients. */
static inline int tg_connection_is_modern(const request_rec *r)
{
    const tg_connection_t *conn = tg_connection_of(r->connection);
    const tg_server_conf_t *conf = ap_get_module_config(r->server->module_config, &tlsgate_module);

    return conn && (conn->seen_traits & conf->watched) == 0;
}

/** The JA4 of an offer, in @p pool; NULL if there is no offer. */
const char *tg_connection_ja4(apr_pool_t *pool, const tg_offer_t *offer);

/** The same for what a request came over: made once for a connection, or in @p pool. */
const char *tg_connection_ja4_of(apr_pool_t *pool, const tg_transport_t *over);

#endif
