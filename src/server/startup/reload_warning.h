/* A warning, in httpd -t, about clients that the next reload rejects at once. */
#ifndef TG_SERVER_STARTUP_RELOAD_WARNING_H
#define TG_SERVER_STARTUP_RELOAD_WARNING_H

#include "ledger/ledger.h"
#include "policy/override.h"

#include <httpd.h>

/** What `httpd -t` knows of the httpd that runs, or ran last. Read once for all that it says. */
typedef struct {
    const tg_ledger_t *ledger;        /**< what the file of the ledger has; NULL: nothing */
    const tg_override_set_t *by_hand; /**< what was changed by hand; NULL: nothing, or it cannot be
                                         read, which the start reports */
} tg_reload_known_t;

/**
 * check_config: what is known, in httpd -t alone.
 * @param ledger what its file has; NULL: nothing
 */
tg_reload_known_t tg_reload_known(apr_pool_t *pool, server_rec *main_server,
                                  const tg_ledger_t *ledger);

/**
 * check_config: compares the schedules with the plan that the running httpd has written beside its
 * TlsGateState. A date in the past by mistake, such as a wrong year, is not an error, and would
 * reject clients with the reload; nor is a TlsGateGuard line that would lift a stop.
 */
void tg_reload_warning(apr_pool_t *pool, server_rec *main_server, const tg_reload_known_t *known);

#endif
