/* A warning about schedules of post-quantum key exchange on a server that has none. */
#ifndef TG_SERVER_STARTUP_GROUP_WARNING_H
#define TG_SERVER_STARTUP_GROUP_WARNING_H

#include "accepted.h"

/**
 * Notes whether OpenSSL has a post-quantum group, if a schedule deprecates kx=classical. Warns
 * about each TLS host that has none and where that schedule will reject or refuse: no client can
 * satisfy it. What is only observed, announced or reported works all the same.
 */
void tg_group_warning(apr_pool_t *pool, server_rec *main_server, const tg_accepted_t *accepted);

#endif
