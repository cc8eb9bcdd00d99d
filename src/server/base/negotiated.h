/* The group of a connection, as far as OpenSSL tells it. */
#ifndef TG_SERVER_BASE_NEGOTIATED_H
#define TG_SERVER_BASE_NEGOTIATED_H

#include <openssl/ssl.h>
#include <stdint.h>

/** The first that tells a server which group was negotiated. */
#define TG_NEGOTIATED_GROUP_SINCE "OpenSSL 3.0"

/** 1 if the OpenSSL that this is compiled with tells it. */
int tg_negotiated_is_told(void);

/**
 * The number of the group at IANA, also where OpenSSL has a number of its own for it.
 * @param ssl or NULL
 * @return 0 if there is none, or if it is unknown
 */
uint16_t tg_negotiated_group(SSL *ssl);

#endif
