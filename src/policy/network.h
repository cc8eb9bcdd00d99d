/* Networks: an address and how many of its bits count. */
#ifndef TG_POLICY_NETWORK_H
#define TG_POLICY_NETWORK_H

#include <apr_network_io.h>

/** Equal networks have equal bytes, so that it can be the key of a hash. */
typedef struct {
    unsigned char length;    /**< of an address in bytes: 4 or 16 */
    unsigned char bits;      /**< how many count */
    unsigned char bytes[16]; /**< the others are 0 */
} tg_network_t;

/** What a text is. */
typedef enum {
    TG_NETWORK_NONE,   /**< no network */
    TG_NETWORK_MAPPED, /**< an IPv4 address in the form of an IPv6 one, which no client has */
    TG_NETWORK_USABLE
} tg_network_kind_t;

/**
 * Reads a numeric IPv4 or IPv6 address, or one followed by a slash and a number of bits.
 * Stricter than apr_ipsubnet_create(), which accepts "10" as 10.0.0.0/8.
 */
tg_network_kind_t tg_network_parse(const char *text, tg_network_t *out);

/** The network of one address. An IPv4 address in the form of an IPv6 one is an IPv4 address. */
tg_network_t tg_network_of(const apr_sockaddr_t *address);

/** Makes a network larger: only the first @p bits bits count. */
void tg_network_widen(tg_network_t *network, unsigned bits);

#endif
