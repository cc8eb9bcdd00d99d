/* The offer: see offer.h. */
#include "offer.h"

#include "registry.h"

#include <apr_lib.h>
#include <string.h>

/* The numbers while they are collected. */
typedef struct {
    uint16_t at[TG_OFFER_NUMBERS_MAX];
    int n;
} numbers_t;

/* Returns 0 if there are too many. */
static inline int add_number(numbers_t *numbers, unsigned number)
{
    if (tg_hello_is_grease(number)) {
        return 1;
    }
    if (numbers->n == TG_OFFER_NUMBERS_MAX) {
        return 0;
    }
    numbers->at[numbers->n++] = (uint16_t)number;
    return 1;
}

/* Eight numbers at once, by what gcc and clang make of it on each processor. */
#define EIGHT 8
typedef uint16_t eight_t __attribute__((vector_size(2 * EIGHT)));
typedef uint64_t suspects_t __attribute__((vector_size(2 * EIGHT)));

/* Returns 0 if one of them may be GREASE. */
static inline int copy_eight(uint16_t *out, const unsigned char *from)
{
    eight_t numbers;
    suspects_t suspects;

    memcpy(&numbers, from, sizeof(numbers));
    suspects = (suspects_t)((numbers & 0x0F0F) == 0x0A0A);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    numbers = numbers << 8 | numbers >> 8;
#endif
    memcpy(out, &numbers, sizeof(numbers));
    return (suspects[0] | suspects[1]) == 0;
}

static int add_pairs(numbers_t *numbers, tg_bytes_t from)
{
    size_t at = 0, end;

    for (; at < from.length; at = end) {
        end = at + sizeof(eight_t);
        if (end <= from.length && numbers->n + EIGHT <= TG_OFFER_NUMBERS_MAX &&
            copy_eight(numbers->at + numbers->n, from.at + at)) {
            numbers->n += EIGHT;
            continue;
        }
        end = end < from.length ? end : from.length;
        for (; at < end; at += 2) {
            if (!add_number(numbers, tg_hello_u16(from.at + at))) {
                return 0;
            }
        }
    }
    return 1;
}

/* Ciphers of three bytes are those of SSLv2 if the first is not 0. */
static int add_ciphers(numbers_t *numbers, const tg_hello_t *hello)
{
    tg_bytes_t from = hello->ciphers;
    size_t at;

    if (hello->cipher_size == 2) {
        return add_pairs(numbers, from);
    }
    for (at = 0; at + 2 < from.length; at += 3) {
        if (from.at[at] == 0 && !add_number(numbers, tg_hello_u16(from.at + at + 1))) {
            return 0;
        }
    }
    return 1;
}

/* The types alone; the hello was parsed, so every length is right. */
static int add_extensions(numbers_t *numbers, tg_bytes_t from)
{
    size_t at;

    for (at = 0; at < from.length; at += 4 + tg_hello_u16(from.at + at + 2)) {
        if (!add_number(numbers, tg_hello_u16(from.at + at))) {
            return 0;
        }
    }
    return 1;
}

/* There is no GREASE among so few numbers. */
static int add_point_formats(numbers_t *numbers, tg_bytes_t from)
{
    size_t at;

    for (at = 0; at < from.length; at++) {
        if (!add_number(numbers, from.at[at])) {
            return 0;
        }
    }
    return 1;
}

static int add_list(numbers_t *numbers, const tg_hello_t *hello, tg_offer_list_t list)
{
    switch (list) {
    case TG_OFFER_CIPHERS:
        return add_ciphers(numbers, hello);
    case TG_OFFER_EXTENSIONS:
        return add_extensions(numbers, hello->extensions);
    case TG_OFFER_GROUPS:
        return add_pairs(numbers, hello->groups);
    case TG_OFFER_SIGNATURE_ALGORITHMS:
        return add_pairs(numbers, hello->signature_algorithms);
    case TG_OFFER_POINT_FORMATS:
        return add_point_formats(numbers, hello->point_formats);
    case TG_OFFER_LISTS:
        break;
    }
    return 0;
}

/* JA4, "ALPN extension value": the first and last character of the first value, or of
 * its bytes in hex where one of the two is neither letter nor digit. */
static void set_alpn(const tg_hello_t *hello, char *alpn)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char first, last;

    alpn[0] = alpn[1] = '0';
    if (hello->alpn.length > 0) {
        first = hello->alpn.at[1];
        last = hello->alpn.at[hello->alpn.at[0]];
        if (first < 0x80 && last < 0x80 && apr_isalnum(first) && apr_isalnum(last)) {
            alpn[0] = (char)first;
            alpn[1] = (char)last;
        }
        else {
            alpn[0] = hex[first >> 4];
            alpn[1] = hex[last & 0xF];
        }
    }
}

/* legacy_version means "up to", but a client that supports TLS does not mean to offer SSL 3.0
 * with it, and the log must not say so. */
static tg_traits_t offered_versions(const tg_hello_t *hello)
{
    tg_traits_t ssl3 = TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3);

    return hello->supported_versions.at || hello->versions == ssl3 ? hello->versions
                                                                   : hello->versions & ~ssl3;
}

/* The cast below keeps the lowest bits of tg_traits_t. */
_Static_assert(TG_PROTOCOLS <= 8 * sizeof(((tg_offer_t *)0)->versions),
               "tg_offer_t.versions has a bit for each protocol");

const tg_offer_t *tg_offer_make(apr_pool_t *pool, const tg_hello_t *hello)
{
    uint16_t counts[TG_OFFER_LISTS];
    numbers_t numbers;
    tg_offer_t *offer;
    int list;

    numbers.n = 0;
    for (list = 0; list < TG_OFFER_LISTS; list++) {
        int before = numbers.n;

        if (!add_list(&numbers, hello, (tg_offer_list_t)list)) {
            return NULL;
        }
        counts[list] = (uint16_t)(numbers.n - before);
    }
    offer = apr_palloc(pool, sizeof(*offer) + (size_t)numbers.n * sizeof(uint16_t));
    offer->legacy_version = (uint16_t)hello->legacy_version;
    offer->max_version = (uint16_t)hello->max_version;
    offer->versions = (uint8_t)offered_versions(hello);
    offer->fallback = hello->fallback != 0;
    offer->compression = hello->compression != 0;
    set_alpn(hello, offer->alpn);
    memcpy(offer->counts, counts, sizeof(counts));
    memcpy(offer->numbers, numbers.at, (size_t)numbers.n * sizeof(uint16_t));
    return offer;
}

const uint16_t *tg_offer_list(const tg_offer_t *offer, tg_offer_list_t list, int *n)
{
    const uint16_t *numbers = offer->numbers;
    int i;

    for (i = 0; i < (int)list; i++) {
        numbers += offer->counts[i];
    }
    *n = offer->counts[list];
    return numbers;
}

int tg_offer_has(const tg_offer_t *offer, tg_offer_list_t list, unsigned number)
{
    int i, n;
    const uint16_t *numbers = tg_offer_list(offer, list, &n);

    for (i = 0; i < n; i++) {
        if (numbers[i] == number) {
            return 1;
        }
    }
    return 0;
}

tg_protocol_t tg_offer_newest(const tg_offer_t *offer)
{
    return tg_protocol_newest(offer->versions);
}

int tg_offer_post_quantum(const tg_offer_t *offer)
{
    int i, n;
    const uint16_t *groups = tg_offer_list(offer, TG_OFFER_GROUPS, &n);

    for (i = 0; i < n; i++) {
        if (tg_registry_group_is_post_quantum(groups[i])) {
            return 1;
        }
    }
    return 0;
}

int tg_offer_post_quantum_final(const tg_offer_t *offer)
{
    int i, n;
    const uint16_t *groups = tg_offer_list(offer, TG_OFFER_GROUPS, &n);

    for (i = 0; i < n; i++) {
        if (tg_registry_group_is_post_quantum(groups[i]) &&
            !tg_registry_group_is_draft(groups[i])) {
            return 1;
        }
    }
    return 0;
}

/* The names of TLS 1.3 name no key exchange. */
int tg_offer_ephemeral(const tg_offer_t *offer)
{
    int i, n;
    const uint16_t *ciphers = tg_offer_list(offer, TG_OFFER_CIPHERS, &n);

    for (i = 0; i < n; i++) {
        const char *name = tg_registry_cipher(ciphers[i]);

        if (name && (tg_trait_cipher_is_ephemeral(name) ||
                     tg_registry_cipher_since(ciphers[i]) >= TG_PROTOCOL_WITHOUT_KX)) {
            return 1;
        }
    }
    return 0;
}
