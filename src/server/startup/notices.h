/* What the error log says about the schedules, at start and at each transition. */
#ifndef TG_SERVER_STARTUP_NOTICES_H
#define TG_SERVER_STARTUP_NOTICES_H

#include <httpd.h>

/** check_config, in httpd -t: warns about schedules that nothing uses. Returns OK. */
int tg_notices_check(server_rec *s);

/** post_config: each schedule's phase and next change, once per start. */
int tg_notices_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** monitor: logs each transition since it last ran; runs in the parent only. */
int tg_notices_monitor(apr_pool_t *pool, server_rec *s);

#endif
