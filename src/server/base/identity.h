/* Identity: how a client is named, from the sources that the operator trusts. */
#ifndef TG_SERVER_BASE_IDENTITY_H
#define TG_SERVER_BASE_IDENTITY_H

#include "conf.h"

#include "policy/identity.h"

/**
 * Reads one argument of TlsGateIdentity.
 * @return 1, or 0 with @p fault filled
 */
int tg_identity_parse(cmd_parms *cmd, const char *arg, tg_identity_source_t **out,
                      tg_fault_t *fault);

/**
 * What a source yields: the kind of client, and whether its value is hashed.
 * @return the source as TlsGateIdentity has it, without `hash:`. In @p pool
 */
const char *tg_identity_source_text(apr_pool_t *pool, const tg_identity_source_t *source,
                                    const char **kind, int *is_hashed);

/** By what a caller can be one whom nobody else can claim to be, from the weakest. */
typedef enum {
    TG_PROOF_NONE,       /**< by nothing: anyone can write a header, or a query */
    TG_PROOF_USER,       /**< as the user whom httpd has authenticated */
    TG_PROOF_CERTIFICATE /**< by a certificate that was verified */
} tg_proof_t;

/** The strongest that the TlsGateIdentity of a server has: see tg_identity_proven(). */
tg_proof_t tg_identity_proof(const tg_server_conf_t *conf);

/** 1 if a user who is authenticated need not have given a password: then that is no proof. */
int tg_identity_accepts_anyone(void);

/**
 * The peer of a connection, as a server may show it; all that is known before a request.
 * Everything in it lives in c->pool.
 */
tg_identity_t tg_identity_of_peer(conn_rec *c, const server_rec *s);

/**
 * The client of a request as it may be shown, if its identity is proven: by a verified certificate,
 * or as the user whom httpd has authenticated. NULL if it is not. For a handler: httpd has
 * authenticated by then.
 */
const char *tg_identity_proven(request_rec *r);

/** The client of a request. Everything in it lives in r->pool. */
tg_identity_t tg_identity_of(request_rec *r);

#endif
