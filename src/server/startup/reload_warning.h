/* A warning, in httpd -t, about clients that the next reload rejects at once. */
#ifndef TG_SERVER_STARTUP_RELOAD_WARNING_H
#define TG_SERVER_STARTUP_RELOAD_WARNING_H

#include "ledger/ledger.h"
#include "policy/override.h"

#include <httpd.h>

/**
 * check_config: compares the schedules with the plan that the running httpd has written beside its
 * TlsGateState. A date in the past by mistake, such as a wrong year, is not an error, and would
 * reject clients with the reload; nor is a TlsGateGuard that takes back what it stopped.
 * @param ledger what its file has of that; NULL: nothing
 */
void tg_reload_warning(apr_pool_t *pool, server_rec *main_server, const tg_ledger_t *ledger);

/**
 * What was changed by hand, as the next start reads it.
 * @param path of the state
 * @return NULL: nothing, or it cannot be read, which the start reports
 */
const tg_override_set_t *tg_reload_changed_by_hand(apr_pool_t *pool, const char *path);

#endif
