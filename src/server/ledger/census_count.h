/* The census: counts what connections offer and get. */
#ifndef TG_SERVER_LEDGER_CENSUS_COUNT_H
#define TG_SERVER_LEDGER_CENSUS_COUNT_H

#include "server/base/connection.h"
#include "tls/hello.h"

/** Counts a hello, and notes in the record of its connection what is counted at the end of the
 * handshake. */
void tg_census_count_hello(const conn_rec *c, tg_connection_t *conn, const tg_hello_t *hello);

/** Counts a connection whose handshake is over, also one without TLS, which only is marked. */
void tg_census_count_connection(conn_rec *c, tg_connection_t *conn, SSL *ssl);

/**
 * Counts a handshake that failed.
 * @param refused by whom, or NULL: by no schedule
 */
void tg_census_count_failure(const conn_rec *c, const server_rec *server, tg_protocol_t protocol,
                             unsigned alert, const tg_outcome_t *refused);

#endif
