/* A rate limit for events that outsiders cause: per second, for each source and in total.
 *
 * It lives in shared memory. Any process or thread may use it at any time, without locks.
 */
#ifndef TG_BASE_RATE_H
#define TG_BASE_RATE_H

#include "instant.h"

#include <apr_atomic.h>
#include <apr_network_io.h>
#include <stddef.h>

/** The limit per second of one source. */
#define TG_RATE_PER_SOURCE 20
/** The limit per second of all sources together. */
#define TG_RATE_IN_ALL 100

/** Sources with the same hash share a slot. A power of two. */
#define TG_RATE_SLOTS 1024

/** All zero at first. Each word holds the low bits of a second, and a count for it. */
typedef struct {
    volatile apr_uint32_t in_all;
    volatile apr_uint32_t sources[TG_RATE_SLOTS];
} tg_rate_t;

/**
 * What counts as one source: an IPv4 address, mapped into IPv6 or not, or the first 64 bits
 * of an IPv6 address, since one host may have that whole network.
 * @param length receives the number of bytes
 * @return those bytes, inside the address
 */
const void *tg_rate_source(const apr_sockaddr_t *address, size_t *length);

/**
 * Counts one event.
 * @param source its bytes, such as those of tg_rate_source()
 * @return 1, or 0 if a limit is reached in that second
 */
int tg_rate_take(tg_rate_t *rate, const void *source, size_t length, tg_instant_t now);

#endif
