/* The warnings of the start: schedules without effect, outages that a schedule would cause, a stop
 * that a restart would forget, and what is missing without mod_ssl. */
#ifndef TG_SERVER_STARTUP_WARNINGS_H
#define TG_SERVER_STARTUP_WARNINGS_H

#include "reload_warning.h"

#include <httpd.h>

/** post_config, after mod_ssl's: warns by the versions that its contexts accept. Once per start. */
int tg_warnings_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/**
 * check_config: in httpd -t, which makes no contexts, warns as far as the directives show it.
 * @return OK
 */
int tg_warnings_check(apr_pool_t *pool, server_rec *s, const tg_reload_known_t *known);

#endif
