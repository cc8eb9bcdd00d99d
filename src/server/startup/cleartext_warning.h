/* A warning about schedules of TLS versions that only hosts without TLS use. */
#ifndef TG_SERVER_STARTUP_CLEARTEXT_WARNING_H
#define TG_SERVER_STARTUP_CLEARTEXT_WARNING_H

#include "accepted.h"

/**
 * Warns about each schedule that deprecates only versions or key exchanges of TLS, and that no
 * host uses which speaks TLS by mod_ssl's directives. Says nothing without mod_ssl: another module
 * may speak TLS.
 */
void tg_cleartext_warning(apr_pool_t *pool, server_rec *main_server, const tg_accepted_t *accepted);

#endif
