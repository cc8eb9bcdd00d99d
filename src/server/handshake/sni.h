/* Which server a hello is for: the choice that mod_ssl makes, made before it. */
#ifndef TG_SERVER_HANDSHAKE_SNI_H
#define TG_SERVER_HANDSHAKE_SNI_H

#include <httpd.h>

/**
 * The name-based virtual host that mod_ssl will pick for a server name, or the
 * connection's default where it will pick none.
 * @param name SNI, or NULL
 */
server_rec *tg_sni_server(conn_rec *c, const char *name);

#endif
