/* Clients on the command line: `account:acme`, `192.0.2.7` or `192.0.2.0/24`. */
#ifndef TG_CTL_BASE_CLIENT_OPERAND_H
#define TG_CTL_BASE_CLIENT_OPERAND_H

#include "ctl.h"

#include <apr_network_io.h>

/** One of the two is set. */
typedef struct {
    const char *client;  /**< `kind:value` */
    const char *network; /**< an address, or a network such as 192.0.2.0/24 */
} tg_ctl_client_t;

/**
 * Reads one. `ip:ADDRESS` is read as the address, which is known in the handshake too; an address
 * is spelled as httpd spells it.
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_client_read(const tg_ctl_t *ctl, const char *text, tg_ctl_client_t *out);

/** The same without a message. 1, or 0 if it is not a client. */
int tg_ctl_client_parse(apr_pool_t *pool, const char *text, tg_ctl_client_t *out);

/**
 * An address as httpd spells it: `::1`, and 192.0.2.7 for ::ffff:192.0.2.7; likewise a network. Any
 * other text is returned as it is.
 */
const char *tg_ctl_client_spelling(apr_pool_t *pool, const char *text);

/** Its address; NULL if it is not a single address. */
apr_sockaddr_t *tg_ctl_client_address(apr_pool_t *pool, const tg_ctl_client_t *client);

#endif
