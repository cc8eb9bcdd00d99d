/* Which groups for the key exchange OpenSSL has. */
#ifndef TG_SERVER_HANDSHAKE_GROUP_SUPPORT_H
#define TG_SERVER_HANDSHAKE_GROUP_SUPPORT_H

/**
 * 1 if this OpenSSL, with its providers, has a post-quantum group: 3.5 is the first that brings
 * some. Makes a context for it, so ask once.
 */
int tg_group_support_has_post_quantum(void);

#endif
