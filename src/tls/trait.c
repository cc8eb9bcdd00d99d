/* Traits: one table of protocols, one of key exchanges. */
#include "trait.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    const char *family;
    const char *version;
    const char *upgrade;
} protocols[TG_PROTOCOLS] = {
    [TG_PROTOCOL_UNKNOWN] = { "unknown", NULL, NULL, NULL },
    [TG_PROTOCOL_CLEARTEXT] = { "cleartext", NULL, NULL, NULL },
    [TG_PROTOCOL_SSL3] = { "SSLv3", "ssl", "3.0", NULL },
    [TG_PROTOCOL_TLS1_0] = { "TLSv1", "tls", "1.0", "TLS/1.0" },
    [TG_PROTOCOL_TLS1_1] = { "TLSv1.1", "tls", "1.1", "TLS/1.1" },
    [TG_PROTOCOL_TLS1_2] = { "TLSv1.2", "tls", "1.2", "TLS/1.2" },
    [TG_PROTOCOL_TLS1_3] = { "TLSv1.3", "tls", "1.3", "TLS/1.3" },
};

static const struct {
    const char *name;
    tg_traits_t bits;
} others[] = {
    { "any", TG_TRAIT_ANY },
    { "kx=RSA", TG_TRAIT_KX_RSA },
    { "kx=DHE", TG_TRAIT_KX_DHE },
};
#define OTHERS (sizeof(others) / sizeof(others[0]))

/* How cipher names begin. The first match wins; a TLS 1.3 name says nothing
 * about the key exchange, and an OpenSSL name without one of these is RSA. */
static const struct {
    const char *prefix;
    tg_traits_t kx;
} exchanges[] = {
    { "TLS_RSA_", TG_TRAIT_KX_RSA },
    { "TLS_DHE_", TG_TRAIT_KX_DHE },
    { "TLS_DH_anon_", TG_TRAIT_KX_DHE },
    { "TLS_", 0 },
    { "DHE-", TG_TRAIT_KX_DHE },
    { "EDH-", TG_TRAIT_KX_DHE },
    { "ADH-", TG_TRAIT_KX_DHE },
    { "EXP-EDH-", TG_TRAIT_KX_DHE },
    { "EXP-ADH-", TG_TRAIT_KX_DHE },
    { "RSA-PSK-", TG_TRAIT_KX_RSA },
    { "ECDHE-", 0 },
    { "AECDH-", 0 },
    { "ECDH-", 0 },
    { "DH-", 0 },
    { "PSK-", 0 },
    { "SRP-", 0 },
    { "GOST", 0 },
    { "IANA-GOST", 0 },
    { "KRB5-", 0 },
    { "", TG_TRAIT_KX_RSA },
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

/* SSL 3.0 to TLS 1.3 are numbered in one row on both sides. */
tg_protocol_t tg_protocol_of_wire(unsigned version)
{
    unsigned newest = TG_WIRE_SSL3 + TG_PROTOCOL_TLS1_3 - TG_PROTOCOL_SSL3;

    return version < TG_WIRE_SSL3 || version > newest
               ? TG_PROTOCOLS
               : (tg_protocol_t)(version - TG_WIRE_SSL3 + TG_PROTOCOL_SSL3);
}

tg_protocol_t tg_protocol_newest(tg_traits_t set)
{
    int p = TG_PROTOCOL_TLS1_3;

    while (p >= TG_PROTOCOL_SSL3 && !(set & TG_TRAIT_PROTOCOL(p))) {
        p--;
    }
    return p < TG_PROTOCOL_SSL3 ? TG_PROTOCOL_UNKNOWN : (tg_protocol_t)p;
}

tg_traits_t tg_trait_parse(const char *name)
{
    tg_protocol_t protocol = tg_protocol_parse(name);
    size_t i;

    if (protocol < TG_PROTOCOLS) {
        return TG_TRAIT_PROTOCOL(protocol);
    }
    for (i = 0; i < OTHERS; i++) {
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
    for (i = 0; i < OTHERS; i++) {
        if (others[i].bits == (tg_traits_t)1 << bit) {
            return others[i].name;
        }
    }
    return NULL;
}

tg_traits_t tg_trait_of_cipher(const char *cipher)
{
    size_t i = 0;

    if (!cipher || *cipher == '\0') {
        return 0;
    }
    while (strncmp(cipher, exchanges[i].prefix, strlen(exchanges[i].prefix)) != 0) {
        i++;
    }
    return exchanges[i].kx;
}

tg_protocol_t tg_protocol_needed(tg_protocol_t used, tg_traits_t deprecated)
{
    int p = used < TG_PROTOCOL_SSL3 ? TG_PROTOCOL_TLS1_2 : (int)used;

    while (p < TG_PROTOCOLS && (deprecated & TG_TRAIT_PROTOCOL(p))) {
        p++;
    }
    return (tg_protocol_t)p;
}
