/* Which groups for the key exchange OpenSSL has. */
#ifndef TG_SERVER_HANDSHAKE_GROUP_SUPPORT_H
#define TG_SERVER_HANDSHAKE_GROUP_SUPPORT_H

#include <httpd.h>
#include <openssl/ssl.h>

/**
 * 1 if this OpenSSL, with its providers, has a post-quantum group: 3.5 is the first that brings
 * some. Makes a context for it, so ask once.
 */
int tg_group_support_has_post_quantum(void);

/** check_config: notes in the configuration whether schedules ask for such a group in vain. */
void tg_group_support_note(server_rec *main_server);

/**
 * 1 if a context has a post-quantum group among its own, by whatever they were set: OpenSSL tells
 * only in the hello that it would send with them. -1 if that cannot be made.
 */
int tg_group_support_of(SSL_CTX *ctx);

#endif
