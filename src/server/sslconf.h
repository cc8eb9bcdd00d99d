/* mod_ssl's directives, read from the configuration tree: what httpd -t can know of a
 * server that does not run.
 */
#ifndef TG_SSLCONF_H
#define TG_SSLCONF_H

#include "reach.h"

/**
 * The reach that a server will have, as far as SSLEngine, SSLProtocol and SSLCipherSuite
 * tell.
 * @return 1, or 0 if it speaks no TLS or cannot be known
 */
int tg_sslconf_reach(apr_pool_t *pool, const server_rec *s, tg_reach_t *reach);

#endif
