/* A hash with a secret key: whoever does not know it cannot choose texts that fall on one place. */
#ifndef TG_BASE_SIPHASH_H
#define TG_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/** The key. Random, and new for each process. */
typedef struct {
    uint64_t k0, k1;
} tg_siphash_key_t;

/** SipHash-1-3 (Aumasson and Bernstein, 2012) of any bytes. */
uint64_t tg_siphash(const tg_siphash_key_t *key, const void *bytes, size_t length);

#endif
