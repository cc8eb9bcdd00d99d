/* SipHash with one round for eight bytes and three at the end: see siphash.h. OpenSSL has it as
 * well, but its calls cost ten times the hash of a short text.
 */
#include "siphash.h"

#include <string.h>

typedef struct {
    uint64_t v0, v1, v2, v3;
} sip_state_t;

static inline uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(sip_state_t *s)
{
    s->v0 += s->v1;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v2 = rotate_left(s->v2, 32);
}

static inline void sip_word(sip_state_t *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

uint64_t tg_siphash(const tg_siphash_key_t *key, const void *bytes, size_t length)
{
    sip_state_t s = { key->k0 ^ 0x736f6d6570736575U, key->k1 ^ 0x646f72616e646f6dU,
                      key->k0 ^ 0x6c7967656e657261U, key->k1 ^ 0x7465646279746573U };
    const unsigned char *at = bytes;
    uint64_t word, last = (uint64_t)length << 56;
    size_t left = length;

    for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        sip_word(&s, word);
    }
    word = 0;
    if (left > 0) {
        memcpy(&word, at, left);
    }
    sip_word(&s, last | word);
    s.v2 ^= 0xFF;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
