/* A warning about schedules of key exchanges and ciphers that leave a server none. */
#ifndef TG_SERVER_STARTUP_CIPHER_WARNING_H
#define TG_SERVER_STARTUP_CIPHER_WARNING_H

#include "server/handshake/protocol_support.h"

/**
 * Warns about a server whose schedules will reject or refuse, from some instant on, whatever cipher
 * a client before TLS 1.3 can get there, although none of them deprecates its version.
 */
void tg_cipher_warning(apr_pool_t *pool, const server_rec *s, const tg_protocol_support_t *support);

#endif
