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

/** 1 if a client may be known by its certificate there. */
int tg_identity_has_certificate(const tg_server_conf_t *conf);

/**
 * The peer of a connection, as a server may show it; all that is known before a request.
 * Everything in it lives in c->pool.
 */
tg_identity_t tg_identity_of_peer(conn_rec *c, const server_rec *s);

/**
 * The client of a request as it may be shown, if nobody else can claim to be it: by a certificate that
 * was verified, or the user whom httpd has authenticated. NULL if not. For a handler: httpd has
 * authenticated by then.
 */
const char *tg_identity_proven(request_rec *r);

/** The client of a request. Everything in it lives in r->pool. */
tg_identity_t tg_identity_of(request_rec *r);

#endif
