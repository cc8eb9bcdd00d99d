/* Identity: how a client is named, from the sources that the operator trusts. */
#ifndef TG_SERVER_BASE_IDENTITY_H
#define TG_SERVER_BASE_IDENTITY_H

#include "conf.h"

/** The longest value of an identity, in bytes; more is cut. */
#define TG_IDENTITY_MAX 256

typedef struct {
    const char *key;     /**< `kind:value`, what decisions are made by */
    const char *shown;   /**< the same as it may be stored or shown */
    const char *user_id; /**< the value of an `account:`, else NULL */
    int cut;             /**< 1 if the value was longer than TG_IDENTITY_MAX */
    const char *ip;      /**< the address as it may be shown; NULL if it may not */
    unsigned port;       /**< of that address; 0 if it may not be shown, or is not known */
} tg_identity_t;

/**
 * Reads one argument of TlsGateIdentity.
 * @return 1, or 0 with @p fault filled
 */
int tg_identity_parse(cmd_parms *cmd, const char *arg, tg_identity_source_t **out,
                      tg_fault_t *fault);

/**
 * The peer of a connection, as a server may show it; all that is known before a request.
 * Everything in it lives in c->pool.
 */
tg_identity_t tg_identity_of_peer(conn_rec *c, const server_rec *s);

/** The client of a request. Everything in it lives in r->pool. */
tg_identity_t tg_identity_of(request_rec *r);

#endif
