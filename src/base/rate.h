/* A rate limit for what outsiders drive: so many per second from one source, and so
 * many from all of them together.
 *
 * It lives in memory that processes and threads share; all of them may take from it at
 * any time, and none ever waits.
 */
#ifndef TG_BASE_RATE_H
#define TG_BASE_RATE_H

#include "instant.h"

#include <apr_atomic.h>
#include <apr_network_io.h>
#include <stddef.h>

/** At most so many per second from one source, */
#define TG_RATE_PER_SOURCE 20
/** and so many from all of them. */
#define TG_RATE_IN_ALL 100

/** Sources share a slot where their hashes do. A power of two. */
#define TG_RATE_SLOTS 1024

/** All zero to begin with. Each word holds the low bits of a second, and how many were
 * taken in it. */
typedef struct {
    volatile apr_uint32_t in_all;
    volatile apr_uint32_t sources[TG_RATE_SLOTS];
} tg_rate_t;

/**
 * What counts as one source: an address of IPv4, also one that is mapped into IPv6, and a
 * network of 64 bits of IPv6, since one host may have all of it.
 * @param length is set to how many bytes the source has
 * @return those bytes, in the address
 */
const void *tg_rate_source(const apr_sockaddr_t *address, size_t *length);

/**
 * Takes one.
 * @param source its bytes, such as tg_rate_source() has them
 * @return 1, or 0 if there is none left in that second
 */
int tg_rate_take(tg_rate_t *rate, const void *source, size_t length, tg_instant_t now);

#endif
