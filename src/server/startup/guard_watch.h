/* TlsGateGuard: stops a trial that rejects more than was planned. */
#ifndef TG_SERVER_STARTUP_GUARD_WATCH_H
#define TG_SERVER_STARTUP_GUARD_WATCH_H

#include "reload_warning.h"

#include <httpd.h>
#include <scoreboard.h>

/** check_config: with hold there must be a way to lift the stop. OK, or an error. */
int tg_guard_watch_check(server_rec *s);

/** check_config: `httpd -t` says what is stopped. */
void tg_guard_watch_foretell(apr_pool_t *pool, server_rec *s, const tg_reload_known_t *known);

/** pre_mpm: finds what was stopped before, so that it is known what changes. */
int tg_guard_watch_serve(apr_pool_t *pool, ap_scoreboard_e type);

/** monitor, after the ledger was collected: looks at each trial. */
int tg_guard_watch_monitor(apr_pool_t *pool, server_rec *s);

#endif
