/* The offer: see offer.h. */
#include "offer.h"

#include "registry.h"

#include "base/rows.h"

#include <apr_lib.h>
#include <string.h>

/* A list to copy. In longer entries the number is in the last two bytes. */
typedef struct {
    tg_bytes_t bytes;
    size_t size;
} source_t;

static unsigned number_at(const source_t *source, size_t at)
{
    const unsigned char *entry = source->bytes.at + at;

    return source->size == 1 ? entry[0] : tg_hello_u16(entry + source->size - 2);
}

/* Leaves out GREASE, and ciphers that exist only in SSLv2. */
static int is_kept(const source_t *source, size_t at)
{
    if (source->size == 1) {
        return 1;
    }
    return (source->size == 2 || source->bytes.at[at] == 0) &&
           !tg_hello_is_grease(number_at(source, at));
}

/* Returns how many were kept; copies them unless @p out is NULL. */
static int copy_list(const source_t *source, uint16_t *out)
{
    size_t at;
    int n = 0;

    for (at = 0; at < source->bytes.length; at += source->size) {
        if (is_kept(source, at)) {
            if (out) {
                out[n] = (uint16_t)number_at(source, at);
            }
            n++;
        }
    }
    return n;
}

/* The types alone; the hello was parsed, so every length is right. */
static int copy_extensions(tg_bytes_t from, uint16_t *out)
{
    size_t at;
    int n = 0;

    for (at = 0; at < from.length; at += 4 + tg_hello_u16(from.at + at + 2)) {
        unsigned type = tg_hello_u16(from.at + at);

        if (!tg_hello_is_grease(type)) {
            if (out) {
                out[n] = (uint16_t)type;
            }
            n++;
        }
    }
    return n;
}

static int copy_numbers(const tg_hello_t *hello, tg_offer_list_t list, uint16_t *out)
{
    const source_t sources[] = {
        { hello->ciphers, (size_t)hello->cipher_size },
        { hello->extensions, 0 }, /* entries differ in size */
        { hello->groups, 2 },
        { hello->signature_algorithms, 2 },
        { hello->point_formats, 1 },
    };
    TG_ROWS_ARE(sources, TG_OFFER_LISTS);

    return list == TG_OFFER_EXTENSIONS ? copy_extensions(hello->extensions, out)
                                       : copy_list(&sources[list], out);
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
    int counts[TG_OFFER_LISTS];
    tg_offer_t *offer;
    uint16_t *out;
    int list, n = 0;

    for (list = 0; list < TG_OFFER_LISTS; list++) {
        counts[list] = copy_numbers(hello, (tg_offer_list_t)list, NULL);
        n += counts[list];
    }
    if (n > TG_OFFER_NUMBERS_MAX) {
        return NULL;
    }
    offer = apr_palloc(pool, sizeof(*offer) + (size_t)n * sizeof(uint16_t));
    offer->legacy_version = (uint16_t)hello->legacy_version;
    offer->max_version = (uint16_t)hello->max_version;
    offer->versions = (uint8_t)offered_versions(hello);
    offer->fallback = hello->fallback != 0;
    offer->compression = hello->compression != 0;
    set_alpn(hello, offer->alpn);
    out = offer->numbers;
    for (list = 0; list < TG_OFFER_LISTS; list++) {
        offer->counts[list] = (uint16_t)counts[list];
        out += copy_numbers(hello, (tg_offer_list_t)list, out);
    }
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

/* By the registry's names: TLS_ECDHE_..., TLS_DHE_..., or those of TLS 1.3, which name no key
 * exchange. */
int tg_offer_ephemeral(const tg_offer_t *offer)
{
    int i, n;
    const uint16_t *ciphers = tg_offer_list(offer, TG_OFFER_CIPHERS, &n);

    for (i = 0; i < n; i++) {
        const char *name = tg_registry_cipher(ciphers[i]);

        if (name && (strncmp(name, "TLS_ECDHE_", 10) == 0 || strncmp(name, "TLS_DHE_", 8) == 0 ||
                     tg_registry_cipher_since(ciphers[i]) >= TG_PROTOCOL_WITHOUT_KX)) {
            return 1;
        }
    }
    return 0;
}
