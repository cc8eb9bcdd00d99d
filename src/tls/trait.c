/* Traits: tables of protocols, of the other traits, of key exchanges and of cipher classes. */
#include "trait.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    const char *family;
    const char *version;
    const char *upgrade;
} protocols[] = {
    { "unknown", NULL, NULL, NULL },        { "cleartext", NULL, NULL, NULL },
    { "SSLv3", "ssl", "3.0", NULL },        { "TLSv1", "tls", "1.0", "TLS/1.0" },
    { "TLSv1.1", "tls", "1.1", "TLS/1.1" }, { "TLSv1.2", "tls", "1.2", "TLS/1.2" },
    { "TLSv1.3", "tls", "1.3", "TLS/1.3" },
};
TG_ROWS_ARE(protocols, TG_PROTOCOLS);

/* The bits of the key exchanges follow. */
_Static_assert(TG_TRAIT_PROTOCOL(TG_PROTOCOLS) <= TG_TRAIT_KX_RSA, "a bit for each protocol");

static const struct {
    const char *name;
    tg_traits_t bits;
} others[] = {
    { "any", TG_TRAIT_ANY },
    { "kx=RSA", TG_TRAIT_KX_RSA },
    { "kx=DHE", TG_TRAIT_KX_DHE },
    { "kx=classical", TG_TRAIT_KX_CLASSICAL },
    { "cipher=3DES", TG_TRAIT_CIPHER_3DES },
    { "cipher=RC4", TG_TRAIT_CIPHER_RC4 },
    { "cipher=CBC", TG_TRAIT_CIPHER_CBC },
    { "cipher=SHA1", TG_TRAIT_CIPHER_SHA1 },
};

/* How cipher names begin. The first match wins. A TLS 1.3 name does not name a key exchange, and an
 * OpenSSL name without one of these prefixes means RSA. What is said beside the key exchange is
 * asked for IANA names alone. */
static const struct {
    const char *prefix;
    tg_traits_t kx;
    int is_common;
    int is_ephemeral;
} exchanges[] = {
    { "TLS_ECDHE_RSA_", 0, 1, 1 },
    { "TLS_ECDHE_ECDSA_", 0, 1, 1 },
    { "TLS_DHE_RSA_WITH_", TG_TRAIT_KX_DHE, 1, 1 },
    { "TLS_DHE_DSS_WITH_", TG_TRAIT_KX_DHE, 1, 1 },
    { "TLS_RSA_WITH_", TG_TRAIT_KX_RSA, 1, 0 },
    { "TLS_RSA_", TG_TRAIT_KX_RSA, 0, 0 },
    { "TLS_ECDHE_", 0, 0, 1 },
    { "TLS_DHE_", TG_TRAIT_KX_DHE, 0, 1 },
    { "TLS_PSK_DHE_", TG_TRAIT_KX_DHE, 0, 1 },
    { "TLS_DH_anon_", TG_TRAIT_KX_DHE, 0, 0 },
    { "TLS_", 0, 0, 0 },
    { "DHE-", TG_TRAIT_KX_DHE, 0, 0 },
    { "EDH-", TG_TRAIT_KX_DHE, 0, 0 },
    { "ADH-", TG_TRAIT_KX_DHE, 0, 0 },
    { "EXP-EDH-", TG_TRAIT_KX_DHE, 0, 0 },
    { "EXP-ADH-", TG_TRAIT_KX_DHE, 0, 0 },
    { "RSA-PSK-", TG_TRAIT_KX_RSA, 0, 0 },
    { "ECDHE-", 0, 0, 0 },
    { "AECDH-", 0, 0, 0 },
    { "ECDH-", 0, 0, 0 },
    { "DH-", 0, 0, 0 },
    { "PSK-", 0, 0, 0 },
    { "SRP-", 0, 0, 0 },
    { "GOST", 0, 0, 0 },
    { "IANA-GOST", 0, 0, 0 },
    { "KRB5-", 0, 0, 0 },
    { "", TG_TRAIT_KX_RSA, 0, 0 },
};

/* What an IANA name of a cipher before TLS 1.3 has in it; 3DES ciphers are CBC ciphers as well. */
static const struct {
    const char *part;
    int is_end;
    tg_traits_t trait;
} classes[] = {
    { "_3DES_", 0, TG_TRAIT_CIPHER_3DES },
    { "_RC4_", 0, TG_TRAIT_CIPHER_RC4 },
    { "_CBC_", 0, TG_TRAIT_CIPHER_CBC },
    { "_SHA", 1, TG_TRAIT_CIPHER_SHA1 },
};

const char *tg_protocol_name(tg_protocol_t protocol)
{
    return protocols[protocol].name;
}

const char *tg_protocol_upgrade_token(tg_protocol_t protocol)
{
    return protocols[protocol].upgrade;
}

const char *tg_protocol_version(tg_protocol_t protocol)
{
    return protocols[protocol].version;
}

const char *tg_protocol_family(tg_protocol_t protocol)
{
    return protocols[protocol].family;
}

tg_protocol_t tg_protocol_parse(const char *name)
{
    int p = 0;

    while (p < TG_PROTOCOLS && strcasecmp(protocols[p].name, name) != 0) {
        p++;
    }
    return (tg_protocol_t)p;
}

/* Both number the versions from SSL 3.0 on without a gap. */
tg_protocol_t tg_protocol_of_wire(unsigned version)
{
    return version < TG_WIRE_SSL3 || version > TG_WIRE_NEWEST
               ? TG_PROTOCOLS
               : (tg_protocol_t)(version - TG_WIRE_SSL3 + TG_PROTOCOL_SSL3);
}

tg_protocol_t tg_protocol_newest(tg_traits_t set)
{
    int p = TG_PROTOCOL_NEWEST;

    while (p >= TG_PROTOCOL_OLDEST && !(set & TG_TRAIT_PROTOCOL(p))) {
        p--;
    }
    return p < TG_PROTOCOL_OLDEST ? TG_PROTOCOL_UNKNOWN : (tg_protocol_t)p;
}

tg_protocol_t tg_protocol_from(tg_traits_t set, int from)
{
    while (from < TG_PROTOCOLS && !(set & TG_TRAIT_PROTOCOL(from))) {
        from++;
    }
    return (tg_protocol_t)from;
}

const char *tg_protocol_names(apr_pool_t *pool)
{
    const char *names = "";
    int p;

    for (p = TG_PROTOCOL_OLDEST; p < TG_PROTOCOLS; p++) {
        names = apr_pstrcat(pool, names, protocols[p].name, " ", NULL);
    }
    return apr_pstrcat(pool, names, protocols[TG_PROTOCOL_CLEARTEXT].name, " ",
                       protocols[TG_PROTOCOL_UNKNOWN].name, NULL);
}

const char *tg_protocol_list(apr_pool_t *pool, tg_traits_t set)
{
    const char *text = NULL;
    tg_protocol_t p;

    TG_PROTOCOL_EACH (p, set) {
        const char *name = tg_protocol_name(p);

        text = text ? apr_pstrcat(pool, text, " ", name, NULL) : name;
    }
    return text;
}

const char *tg_trait_names(apr_pool_t *pool)
{
    const char *names = tg_protocol_names(pool);
    size_t i;

    for (i = 0; i < TG_ROWS(others); i++) {
        names = apr_pstrcat(pool, names, " ", others[i].name, NULL);
    }
    return apr_pstrcat(pool, names, " expr=...", NULL);
}

tg_traits_t tg_trait_parse(const char *name)
{
    tg_protocol_t protocol = tg_protocol_parse(name);
    size_t i;

    if (protocol < TG_PROTOCOLS) {
        return TG_TRAIT_PROTOCOL(protocol);
    }
    for (i = 0; i < TG_ROWS(others); i++) {
        if (strcasecmp(others[i].name, name) == 0) {
            return others[i].bits;
        }
    }
    return 0;
}

const char *tg_trait_name(int bit)
{
    size_t i;

    if (bit < TG_PROTOCOLS) {
        return protocols[bit].name;
    }
    for (i = 0; i < TG_ROWS(others); i++) {
        if (others[i].bits == (tg_traits_t)1 << bit) {
            return others[i].name;
        }
    }
    return NULL;
}

/* Where the prefix of a cipher's name is; the last row matches every name. */
static size_t exchange_of(const char *cipher)
{
    size_t i = 0;

    while (strncmp(cipher, exchanges[i].prefix, strlen(exchanges[i].prefix)) != 0) {
        i++;
    }
    return i;
}

static tg_traits_t classes_of(const char *cipher)
{
    tg_traits_t traits = 0;
    size_t i;

    for (i = 0; i < TG_ROWS(classes); i++) {
        const char *at = strstr(cipher, classes[i].part);

        if (at && (!classes[i].is_end || at[strlen(classes[i].part)] == '\0')) {
            traits |= classes[i].trait;
        }
    }
    return traits;
}

tg_traits_t tg_trait_of_cipher(const char *cipher)
{
    return cipher && *cipher ? exchanges[exchange_of(cipher)].kx | classes_of(cipher) : 0;
}

tg_traits_t tg_trait_negotiable(tg_protocol_t protocol)
{
    return protocol < TG_PROTOCOL_WITHOUT_KX ? TG_TRAITS_NEGOTIATED : TG_TRAIT_KX_CLASSICAL;
}

int tg_trait_cipher_is_common(const char *cipher)
{
    return exchanges[exchange_of(cipher)].is_common;
}

int tg_trait_cipher_is_ephemeral(const char *cipher)
{
    return exchanges[exchange_of(cipher)].is_ephemeral;
}

tg_protocol_t tg_protocol_needed(tg_protocol_t used, tg_traits_t deprecated)
{
    int least = used < TG_PROTOCOL_OLDEST ? TG_PROTOCOL_TLS1_2 : (int)used;

    return tg_protocol_from(~deprecated, least);
}
