/* A warning about certificates that are asked for too late to be an identity. */
#ifndef TG_SERVER_STARTUP_CERT_WARNING_H
#define TG_SERVER_STARTUP_CERT_WARNING_H

#include "server/base/conf.h"

/**
 * Warns about servers whose TlsGateIdentity has cert:subject, but which ask for a certificate only
 * where a request has been decided already: in a <Location> or <Directory>, by a renegotiation.
 * @param main_server the first of the list
 */
void tg_cert_warning(apr_pool_t *pool, const server_rec *main_server);

#endif
