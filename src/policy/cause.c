/* Causes: see cause.h. */
#include "cause.h"

#include "base/rows.h"
#include "base/text.h"
#include "tls/library.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <string.h>

static const char *const cause_names[] = { NULL,       "old",    "pinned", "server-capped",
                                           "fallback", "capable" };
TG_ROWS_ARE(cause_names, TG_CAUSES);

/** next_protocol_negotiation, which was never registered. */
#define EXTENSION_NPN 13172

/** sect163k1 to sect571r1 (RFC 4492 section 5.1.1). */
#define BINARY_CURVE_FIRST 1
#define BINARY_CURVE_LAST 14

/* What a library sends only if it supports a version, whatever versions
 * it is configured to use. */
static const struct {
    tg_offer_list_t list;
    unsigned number;
    tg_protocol_t since;
} signs[] = {
    /* Defined by RFC 8446, or for it alone. */
    { TG_OFFER_EXTENSIONS, 27, TG_PROTOCOL_TLS1_3 },    /* compress_certificate */
    { TG_OFFER_EXTENSIONS, 34, TG_PROTOCOL_TLS1_3 },    /* delegated_credential */
    { TG_OFFER_EXTENSIONS, 41, TG_PROTOCOL_TLS1_3 },    /* pre_shared_key */
    { TG_OFFER_EXTENSIONS, 42, TG_PROTOCOL_TLS1_3 },    /* early_data */
    { TG_OFFER_EXTENSIONS, 43, TG_PROTOCOL_TLS1_3 },    /* supported_versions */
    { TG_OFFER_EXTENSIONS, 44, TG_PROTOCOL_TLS1_3 },    /* cookie */
    { TG_OFFER_EXTENSIONS, 45, TG_PROTOCOL_TLS1_3 },    /* psk_key_exchange_modes */
    { TG_OFFER_EXTENSIONS, 47, TG_PROTOCOL_TLS1_3 },    /* certificate_authorities */
    { TG_OFFER_EXTENSIONS, 49, TG_PROTOCOL_TLS1_3 },    /* post_handshake_auth */
    { TG_OFFER_EXTENSIONS, 50, TG_PROTOCOL_TLS1_3 },    /* signature_algorithms_cert */
    { TG_OFFER_EXTENSIONS, 51, TG_PROTOCOL_TLS1_3 },    /* key_share */
    { TG_OFFER_EXTENSIONS, 65037, TG_PROTOCOL_TLS1_3 }, /* encrypted_client_hello */
    /* Newer than RFC 8446 in the libraries that have it: OpenSSL 1.1.1, GnuTLS 3.6.12, Java 15. */
    { TG_OFFER_SIGNATURE_ALGORITHMS, 0x0808, TG_PROTOCOL_TLS1_3 }, /* ed448 */
    /* Newer than RFC 5246, and added by libraries that implemented it already. */
    { TG_OFFER_EXTENSIONS, 13, TG_PROTOCOL_TLS1_2 }, /* signature_algorithms */
    { TG_OFFER_EXTENSIONS, 15, TG_PROTOCOL_TLS1_2 }, /* heartbeat: OpenSSL 1.0.1 */
    { TG_OFFER_EXTENSIONS, 16, TG_PROTOCOL_TLS1_2 }, /* ALPN */
    { TG_OFFER_EXTENSIONS, 17, TG_PROTOCOL_TLS1_2 }, /* status_request_v2 */
    { TG_OFFER_EXTENSIONS, 18, TG_PROTOCOL_TLS1_2 }, /* signed_certificate_timestamp */
    { TG_OFFER_EXTENSIONS, 21, TG_PROTOCOL_TLS1_2 }, /* padding */
    { TG_OFFER_EXTENSIONS, 22, TG_PROTOCOL_TLS1_2 }, /* encrypt_then_mac */
    { TG_OFFER_EXTENSIONS, 23, TG_PROTOCOL_TLS1_2 }, /* extended_master_secret */
    { TG_OFFER_EXTENSIONS, 28, TG_PROTOCOL_TLS1_2 }, /* record_size_limit */
    { TG_OFFER_GROUPS, 26, TG_PROTOCOL_TLS1_2 },     /* brainpoolP256r1: RFC 7027 */
    { TG_OFFER_GROUPS, 27, TG_PROTOCOL_TLS1_2 },     /* brainpoolP384r1 */
    { TG_OFFER_GROUPS, 28, TG_PROTOCOL_TLS1_2 },     /* brainpoolP512r1 */
    { TG_OFFER_GROUPS, 29, TG_PROTOCOL_TLS1_2 },     /* x25519 */
    { TG_OFFER_GROUPS, 30, TG_PROTOCOL_TLS1_2 },     /* x448 */
};

const char *tg_cause_name(tg_cause_t cause)
{
    return cause_names[cause];
}

const char *tg_cause_names(apr_pool_t *pool)
{
    return tg_text_join(pool, cause_names + 1, TG_ROWS(cause_names) - 1, ", ", ", ");
}

tg_cause_t tg_cause_parse(const char *name)
{
    int cause = TG_CAUSE_NONE + 1;

    while (cause < TG_CAUSES && strcmp(cause_names[cause], name) != 0) {
        cause++;
    }
    return (tg_cause_t)cause;
}

static tg_protocol_t newer_of(tg_protocol_t a, tg_protocol_t b)
{
    return a > b ? a : b;
}

/* OpenSSL 1.0.1 has TLS 1.2 and was the first that had both: NSS, which had NPN before TLS 1.2,
 * has no binary curves, and OpenSSL 1.0.0, which has them, no NPN. */
static int has_npn_and_binary_curve(const tg_offer_t *offer)
{
    int i, n;
    const uint16_t *groups = tg_offer_list(offer, TG_OFFER_GROUPS, &n);

    if (!tg_offer_has(offer, TG_OFFER_EXTENSIONS, EXTENSION_NPN)) {
        return 0;
    }
    for (i = 0; i < n; i++) {
        if (groups[i] >= BINARY_CURVE_FIRST && groups[i] <= BINARY_CURVE_LAST) {
            return 1;
        }
    }
    return 0;
}

tg_protocol_t tg_cause_evidence(const tg_offer_t *offer)
{
    tg_protocol_t newest = offer ? tg_offer_newest(offer) : TG_PROTOCOL_UNKNOWN;
    const uint16_t *ciphers;
    size_t s;
    int i, n;

    if (!offer) {
        return newest;
    }
    for (s = 0; s < TG_ROWS(signs); s++) {
        if (signs[s].since > newest && tg_offer_has(offer, signs[s].list, signs[s].number)) {
            newest = signs[s].since;
        }
    }
    if (has_npn_and_binary_curve(offer)) {
        newest = newer_of(newest, TG_PROTOCOL_TLS1_2);
    }
    if (tg_offer_post_quantum(offer)) {
        newest = newer_of(newest, TG_PROTOCOL_TLS1_3);
    }
    if (newest < TG_LIBRARY_SINCE && tg_library_guess(offer)) {
        newest = TG_LIBRARY_SINCE;
    }
    ciphers = tg_offer_list(offer, TG_OFFER_CIPHERS, &n);
    for (i = 0; i < n && newest < TG_PROTOCOL_NEWEST; i++) {
        newest = newer_of(newest, tg_registry_cipher_since(ciphers[i]));
    }
    return newest;
}

static int offers_other_cipher(const tg_offer_t *offer, tg_traits_t deprecated)
{
    int i, n;
    const uint16_t *ciphers = tg_offer_list(offer, TG_OFFER_CIPHERS, &n);

    if (tg_offer_newest(offer) >= TG_PROTOCOL_WITHOUT_KX) {
        return 1;
    }
    for (i = 0; i < n; i++) {
        const char *name = tg_registry_cipher(ciphers[i]);

        if (name && tg_trait_cipher_is_common(name) && !(tg_trait_of_cipher(name) & deprecated)) {
            return 1;
        }
    }
    return 0;
}

/* A version older than every deprecated one is not enough either. */
static tg_protocol_t needed_beyond(tg_protocol_t protocol, tg_traits_t deprecated)
{
    tg_protocol_t from = (deprecated & TG_TRAIT_PROTOCOL(protocol)) != 0
                             ? protocol
                             : tg_protocol_newest(deprecated & TG_TRAITS_TLS);

    return tg_protocol_needed(from, deprecated);
}

static int offers_better(const tg_offer_t *offer, tg_protocol_t protocol, tg_protocol_t needed,
                         tg_traits_t deprecated)
{
    int from = needed > protocol ? (int)needed : (int)protocol + 1;

    return tg_protocol_from(offer->versions & ~deprecated, from) != TG_PROTOCOLS;
}

static tg_cause_t cause_of_version(const tg_offer_t *offer, tg_protocol_t known,
                                   tg_protocol_t protocol, tg_traits_t deprecated, int established)
{
    tg_protocol_t needed = needed_beyond(protocol, deprecated);

    if (needed == TG_PROTOCOLS) {
        return TG_CAUSE_NONE; /* the client can do nothing */
    }
    if (!established && offer->fallback) {
        return TG_CAUSE_FALLBACK;
    }
    if (offers_better(offer, protocol, needed, deprecated)) {
        return TG_CAUSE_SERVER_CAPPED;
    }
    return known >= needed && known > tg_offer_newest(offer) ? TG_CAUSE_PINNED : TG_CAUSE_OLD;
}

/* Where nothing was agreed on: what the server did not take is not the client's fault. */
static tg_cause_t cause_of_cipher(const tg_offer_t *offer, tg_traits_t deprecated, int established)
{
    if (!offers_other_cipher(offer, deprecated)) {
        return TG_CAUSE_OLD;
    }
    return established ? TG_CAUSE_CAPABLE : TG_CAUSE_SERVER_CAPPED;
}

static tg_cause_t cause_of_group(const tg_offer_t *offer, tg_protocol_t protocol,
                                 tg_traits_t traits, int established)
{
    if (!tg_offer_post_quantum_final(offer) || tg_offer_newest(offer) < TG_PROTOCOL_TLS1_3) {
        return TG_CAUSE_OLD;
    }
    return !established || protocol < TG_PROTOCOL_TLS1_3 || (traits & TG_TRAIT_SERVER_CLASSICAL)
               ? TG_CAUSE_SERVER_CAPPED
               : TG_CAUSE_CAPABLE;
}

tg_cause_t tg_cause_of(const tg_offer_t *offer, tg_protocol_t known, tg_protocol_t protocol,
                       tg_traits_t traits, int established, const tg_schedule_t *schedule)
{
    if (!offer) {
        return TG_CAUSE_NONE;
    }
    switch (tg_schedule_reason(schedule, protocol, traits)) {
    case TG_REASON_PROTOCOL:
        return cause_of_version(offer, known, protocol, schedule->traits, established);
    case TG_REASON_KX:
    case TG_REASON_CLASS:
        return cause_of_cipher(offer, schedule->traits, established);
    case TG_REASON_GROUP:
        return cause_of_group(offer, protocol, traits, established);
    case TG_REASON_ANY:
    case TG_REASON_EXPR:
    case TG_REASONS:
        break;
    }
    /* A handshake that fails may be older than all that is deprecated. */
    return established ? TG_CAUSE_NONE
                       : cause_of_version(offer, known, protocol, schedule->traits, 0);
}
