/* Looking at the state file every second, also while no client connects: by mod_watchdog, or
 * without it whenever a client connects.
 */
#ifndef TG_SERVER_STATE_STATE_WATCH_H
#define TG_SERVER_STATE_STATE_WATCH_H

#include <httpd.h>

/** check_config, where there is a TlsGateState: registers what looks. Returns 1 if connections have
 * to ask, so that tg_state_watch_connection() is needed. */
int tg_state_watch_register(apr_pool_t *pconf, server_rec *s);

/** process_connection, first: one look at the clock and at one number. */
int tg_state_watch_connection(conn_rec *c);

#endif
