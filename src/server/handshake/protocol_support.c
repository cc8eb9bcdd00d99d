/* Which TLS versions a server accepts: see protocol_support.h. */
#include "protocol_support.h"

#include "base/rows.h"

#include <string.h>

/* Per version, from the oldest: its number, the option that disables it, and the lowest security
 * level at which OpenSSL refuses it (ssl_security_default_callback, by
 * SSL_CTX_set_security_level(3)). */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
#define LEVELS(before_3, from_3) (from_3)
#else
#define LEVELS(before_3, from_3) (before_3)
#endif

/* Versions that OpenSSL was built without: SSLv3 nearly everywhere, and others will follow. */
#ifdef OPENSSL_NO_SSL3
#define SSL3_BUILT_IN 0
#else
#define SSL3_BUILT_IN 1
#endif
#ifdef OPENSSL_NO_TLS1
#define TLS1_BUILT_IN 0
#else
#define TLS1_BUILT_IN 1
#endif
#ifdef OPENSSL_NO_TLS1_1
#define TLS1_1_BUILT_IN 0
#else
#define TLS1_1_BUILT_IN 1
#endif
#ifdef OPENSSL_NO_TLS1_2
#define TLS1_2_BUILT_IN 0
#else
#define TLS1_2_BUILT_IN 1
#endif
#ifdef OPENSSL_NO_TLS1_3
#define TLS1_3_BUILT_IN 0
#else
#define TLS1_3_BUILT_IN 1
#endif

static const struct {
    tg_protocol_t protocol;
    int number;
    uint64_t off;
    int refused_at;
    int built_in;
} versions[] = {
    { TG_PROTOCOL_SSL3, SSL3_VERSION, SSL_OP_NO_SSLv3, LEVELS(2, 1), SSL3_BUILT_IN },
    { TG_PROTOCOL_TLS1_0, TLS1_VERSION, SSL_OP_NO_TLSv1, LEVELS(3, 1), TLS1_BUILT_IN },
    { TG_PROTOCOL_TLS1_1, TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, LEVELS(4, 1), TLS1_1_BUILT_IN },
    { TG_PROTOCOL_TLS1_2, TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, 6, TLS1_2_BUILT_IN },
    { TG_PROTOCOL_TLS1_3, TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, 6, TLS1_3_BUILT_IN },
};
#define VERSIONS TG_ROWS(versions)
TG_ROWS_ARE(versions, TG_PROTOCOLS - TG_PROTOCOL_OLDEST);

static int in_limits(SSL_CTX *ctx, size_t i)
{
    long min = SSL_CTX_get_min_proto_version(ctx); /* 0: no limit */
    long max = SSL_CTX_get_max_proto_version(ctx);

    return (min == 0 || versions[i].number >= min) && (max == 0 || versions[i].number <= max);
}

static int is_off(const SSL_CTX *ctx, size_t i)
{
    return (SSL_CTX_get_options(ctx) & versions[i].off) != 0;
}

/* SSL_CIPHER_get_version() has "TLSv1.0" where httpd has "TLSv1". */
static tg_protocol_t cipher_since(const SSL_CIPHER *cipher)
{
    const char *name = SSL_CIPHER_get_version(cipher);

    return tg_protocol_parse(strcmp(name, "TLSv1.0") == 0 ? "TLSv1" : name);
}

/* TLS 1.3 has ciphers of its own, which older versions cannot use. */
static int has_cipher(const SSL_CTX *ctx, tg_protocol_t protocol)
{
    const STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
    int i;

    for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        tg_protocol_t since = cipher_since(sk_SSL_CIPHER_value(ciphers, i));

        if (protocol == TG_PROTOCOL_TLS1_3 ? since == protocol : since <= protocol) {
            return 1;
        }
    }
    return 0;
}

/* What blocks this version, apart from min and max protocol. */
static tg_block_t other_block(SSL_CTX *ctx, size_t i)
{
    if (!versions[i].built_in) {
        return TG_BLOCK_LIBRARY;
    }
    if (SSL_CTX_get_security_level(ctx) >= versions[i].refused_at) {
        return TG_BLOCK_LEVEL;
    }
    return has_cipher(ctx, versions[i].protocol) ? TG_BLOCK_NONE : TG_BLOCK_CIPHERS;
}

static void note_version(SSL_CTX *ctx, size_t i, tg_protocol_support_t *support)
{
    tg_traits_t bit = TG_TRAIT_PROTOCOL(versions[i].protocol);
    tg_block_t block = other_block(ctx, i);

    support->usable |= block == TG_BLOCK_NONE ? bit : 0;
    support->limits |= in_limits(ctx, i) ? bit : 0;
    support->off |= is_off(ctx, i) ? bit : 0;
    if (block != TG_BLOCK_LIBRARY && (!(support->limits & bit) || (support->off & bit))) {
        block = TG_BLOCK_PROTOCOL;
    }
    support->blocks[versions[i].protocol] = block;
}

uint64_t tg_protocol_support_options(tg_protocol_t newest)
{
    uint64_t off = 0;
    size_t i;

    for (i = 0; i < VERSIONS && versions[i].protocol <= newest; i++) {
        off |= versions[i].off;
    }
    return off;
}

/* Those that any server with a certificate can use. */
static void note_ciphers(const SSL_CTX *ctx, tg_protocol_support_t *support)
{
    const STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
    int i;

    for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const char *name = SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(ciphers, i));

        if (name && tg_trait_cipher_is_common(name)) {
            support->has_ciphers[tg_trait_of_cipher(name) / TG_TRAIT_KX_RSA] = 1;
        }
    }
}

int tg_protocol_support_has_cipher_without(const tg_protocol_support_t *support, tg_traits_t traits)
{
    tg_traits_t set;

    for (set = 0; set < TG_CIPHER_SETS; set++) {
        if (support->has_ciphers[set] && (set * TG_TRAIT_KX_RSA & traits) == 0) {
            return 1;
        }
    }
    return 0;
}

tg_protocol_support_t tg_protocol_support_of(SSL_CTX *ctx)
{
    tg_protocol_support_t support = { 0 };
    size_t i;

    for (i = 0; i < VERSIONS; i++) {
        note_version(ctx, i, &support);
    }
    note_ciphers(ctx, &support);
    support.versions = support.limits & ~support.off & support.usable;
    return support;
}

tg_traits_t tg_protocol_support_joint(const tg_protocol_support_t *support,
                                      const tg_protocol_support_t *first_support)
{
    tg_traits_t limits = support->own_limits ? support->limits : first_support->limits;

    return limits & ~(support->off | first_support->off) & support->usable;
}

tg_traits_t tg_protocol_support_versions(const server_rec *s, const server_rec *first)
{
    const tg_protocol_support_t *support = tg_conf_of_server(s)->support;
    const tg_protocol_support_t *first_support = tg_conf_of_server(first)->support;

    if (!support) {
        return TG_TRAITS_TLS;
    }
    return first_support ? tg_protocol_support_joint(support, first_support) : support->versions;
}

/* What blocks a version, what to write to change that, and the alert that a client gets: for the
 * security level it is 80 with OpenSSL 3.0 and 70 with 3.5, so none is named. */
static const struct {
    const char *reason;
    const char *fix;
    int alert;
} blocks[] = {
    { "", "", 0 }, /* nothing blocks it */
    { "this OpenSSL was built without it", "deprecate other versions", SSL_AD_PROTOCOL_VERSION },
    { "SSLProtocol, or SSLOpenSSLConfCmd, leaves it out",
      "name it in SSLProtocol, such as SSLProtocol all, with SSLCipherSuite DEFAULT:@SECLEVEL=0",
      SSL_AD_PROTOCOL_VERSION },
    { "OpenSSL's security level does not let it in", "write SSLCipherSuite DEFAULT:@SECLEVEL=0",
      0 },
    { "SSLCipherSuite has no cipher for it", "add one, such as ECDHE-RSA-AES128-SHA",
      SSL_AD_HANDSHAKE_FAILURE },
};
TG_ROWS_ARE(blocks, TG_BLOCKS);

const char *tg_block_reason(tg_block_t block)
{
    return blocks[block].reason;
}

const char *tg_block_fix(tg_block_t block)
{
    return blocks[block].fix;
}

int tg_block_alert(tg_block_t block, tg_protocol_t protocol)
{
    return protocol == TG_PROTOCOL_SSL3 ? SSL_AD_HANDSHAKE_FAILURE : blocks[block].alert;
}
