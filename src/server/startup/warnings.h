/* Warnings about schedules that cannot do what they say: the server lets no client in
 * that they are about, or they are over and nothing follows.
 */
#ifndef TG_SERVER_STARTUP_WARNINGS_H
#define TG_SERVER_STARTUP_WARNINGS_H

#include <httpd.h>

/** post_config, behind mod_ssl's: warns by what its contexts take. Once per start. */
int tg_warnings_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/**
 * check_config: in httpd -t, which makes no contexts, warns as far as the lines of the
 * configuration tell. Returns OK.
 */
int tg_warnings_check(apr_pool_t *pool, server_rec *s);

#endif
