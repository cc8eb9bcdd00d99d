/* A rate limit: see rate.h. */
#include "rate.h"

#include <netinet/in.h>

/* In an IPv6 address: where a mapped IPv4 address starts, and the bytes of a host's network. */
#define MAPPED_AT 12
#define MAPPED_BYTES 4
#define NETWORK_BYTES 8

#define COUNT_BITS 8
#define COUNT_MASK ((1U << COUNT_BITS) - 1)
#define SECOND_MASK (UINT32_MAX >> COUNT_BITS)

/* Both limits must fit into the bits of a count. */
_Static_assert(TG_RATE_PER_SOURCE <= COUNT_MASK && TG_RATE_IN_ALL <= COUNT_MASK, "COUNT_BITS");

/* Processes may briefly disagree about the current second: a slot that is one second ahead
 * counts as current. */
static int take_from_slot(volatile apr_uint32_t *slot, apr_uint32_t second, apr_uint32_t limit)
{
    for (;;) {
        apr_uint32_t old = apr_atomic_read32(slot);
        apr_uint32_t ahead = ((old >> COUNT_BITS) - second) & SECOND_MASK;
        int same = old != 0 && ahead <= 1;
        apr_uint32_t count = same ? old & COUNT_MASK : 0;
        apr_uint32_t stays = same ? old >> COUNT_BITS : second;

        if (count >= limit) {
            return 0;
        }
        if (apr_atomic_cas32(slot, stays << COUNT_BITS | (count + 1), old) == old) {
            return 1;
        }
    }
}

/* FNV-1a. Keys are short, and a collision only makes two sources share a limit. */
static apr_uint32_t hash_source(const unsigned char *bytes, size_t length)
{
    apr_uint32_t h = 2166136261U;
    size_t i;

    for (i = 0; i < length; i++) {
        h = (h ^ bytes[i]) * 16777619U;
    }
    return h ^ h >> 16;
}

const void *tg_rate_source(const apr_sockaddr_t *address, size_t *length)
{
    const unsigned char *bytes = address->ipaddr_ptr;

    if (address->family != APR_INET6) {
        *length = (size_t)address->ipaddr_len;
        return bytes;
    }
    if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address->ipaddr_ptr)) {
        *length = MAPPED_BYTES;
        return bytes + MAPPED_AT;
    }
    *length = NETWORK_BYTES;
    return bytes;
}

int tg_rate_take(tg_rate_t *rate, const void *source, size_t length, tg_instant_t now)
{
    apr_uint32_t second = (apr_uint32_t)now & SECOND_MASK;

    /* Check the source first: one over its limit must not use up the total. */
    return take_from_slot(&rate->sources[hash_source(source, length) & (TG_RATE_SLOTS - 1)], second,
                          TG_RATE_PER_SOURCE) &&
           take_from_slot(&rate->in_all, second, TG_RATE_IN_ALL);
}
