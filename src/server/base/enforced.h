/* What the TlsGate lines of a server enforce, wherever in it. */
#ifndef TG_SERVER_BASE_ENFORCED_H
#define TG_SERVER_BASE_ENFORCED_H

#include "conf.h"

/** Notes it in the configuration of each server, once names are resolved. */
void tg_enforced_find(apr_pool_t *pool, const server_rec *main_server);

#endif
