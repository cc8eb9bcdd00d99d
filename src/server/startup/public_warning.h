/* Warns about a page for operators that everyone may read. */
#ifndef TG_SERVER_STARTUP_PUBLIC_WARNING_H
#define TG_SERVER_STARTUP_PUBLIC_WARNING_H

#include <httpd.h>

/** Warns of each tlsgate-status in whose section nothing restricts access. */
void tg_public_warning(server_rec *main_server);

#endif
