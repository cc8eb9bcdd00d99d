/* TlsGateGuard: stops a trial that rejects more than was planned. */
#ifndef TG_SERVER_STARTUP_GUARD_WATCH_H
#define TG_SERVER_STARTUP_GUARD_WATCH_H

#include <httpd.h>

/** monitor, after the ledger was collected: looks at each trial. */
int tg_guard_watch_monitor(apr_pool_t *pool, server_rec *s);

#endif
