/* The plan that runs, written beside the state file: whatever httpd.conf has become since
 * the start, tlsgatectl reads there what httpd does.
 */
#ifndef TG_SERVER_STARTUP_PLAN_FILE_H
#define TG_SERVER_STARTUP_PLAN_FILE_H

#include <httpd.h>

/** post_config: writes it, if there is a TlsGateState. What fails is a warning. */
int tg_plan_file_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

#endif
