/* The IANA registries of TLS: see registry.h. */
#include "registry.h"

#include <stdlib.h>
#include <strings.h>

typedef struct {
    unsigned number;
    const char *name;
} entry_t;

#define CIPHER(number, name, since) { number, name },
static const entry_t ciphers[] = {
#include "ciphers.def"
};
#undef CIPHER

typedef struct {
    const char *name; /* cppcheck-suppress unusedStructMember; it is read through a cast */
    unsigned number;
} openssl_name_t;

#define NAME(openssl, number) { openssl, number },
static const openssl_name_t openssl_names[] = {
#include "openssl_ciphers.def"
};
#undef NAME

/* By number: a hello has many of them. */
#define CIPHER(number, name, since) [number] = TG_PROTOCOL_##since,
static const unsigned char cipher_versions[0x10000] = {
#include "ciphers.def"
};
#undef CIPHER

enum { CLASSICAL = 0, POST_QUANTUM = 1, POST_QUANTUM_DRAFT = 2 };

typedef struct {
    entry_t entry; /* first, as in the other tables */
    int post_quantum;
} group_t;

static const group_t groups[] = {
    { { 1, "sect163k1" }, CLASSICAL },
    { { 2, "sect163r1" }, CLASSICAL },
    { { 3, "sect163r2" }, CLASSICAL },
    { { 4, "sect193r1" }, CLASSICAL },
    { { 5, "sect193r2" }, CLASSICAL },
    { { 6, "sect233k1" }, CLASSICAL },
    { { 7, "sect233r1" }, CLASSICAL },
    { { 8, "sect239k1" }, CLASSICAL },
    { { 9, "sect283k1" }, CLASSICAL },
    { { 10, "sect283r1" }, CLASSICAL },
    { { 11, "sect409k1" }, CLASSICAL },
    { { 12, "sect409r1" }, CLASSICAL },
    { { 13, "sect571k1" }, CLASSICAL },
    { { 14, "sect571r1" }, CLASSICAL },
    { { 15, "secp160k1" }, CLASSICAL },
    { { 16, "secp160r1" }, CLASSICAL },
    { { 17, "secp160r2" }, CLASSICAL },
    { { 18, "secp192k1" }, CLASSICAL },
    { { 19, "secp192r1" }, CLASSICAL },
    { { 20, "secp224k1" }, CLASSICAL },
    { { 21, "secp224r1" }, CLASSICAL },
    { { 22, "secp256k1" }, CLASSICAL },
    { { 23, "secp256r1" }, CLASSICAL },
    { { 24, "secp384r1" }, CLASSICAL },
    { { 25, "secp521r1" }, CLASSICAL },
    { { 26, "brainpoolP256r1" }, CLASSICAL },
    { { 27, "brainpoolP384r1" }, CLASSICAL },
    { { 28, "brainpoolP512r1" }, CLASSICAL },
    { { 29, "x25519" }, CLASSICAL },
    { { 30, "x448" }, CLASSICAL },
    { { 31, "brainpoolP256r1tls13" }, CLASSICAL },
    { { 32, "brainpoolP384r1tls13" }, CLASSICAL },
    { { 33, "brainpoolP512r1tls13" }, CLASSICAL },
    { { 34, "GC256A" }, CLASSICAL },
    { { 35, "GC256B" }, CLASSICAL },
    { { 36, "GC256C" }, CLASSICAL },
    { { 37, "GC256D" }, CLASSICAL },
    { { 38, "GC512A" }, CLASSICAL },
    { { 39, "GC512B" }, CLASSICAL },
    { { 40, "GC512C" }, CLASSICAL },
    { { 41, "curveSM2" }, CLASSICAL },
    { { 256, "ffdhe2048" }, CLASSICAL },
    { { 257, "ffdhe3072" }, CLASSICAL },
    { { 258, "ffdhe4096" }, CLASSICAL },
    { { 259, "ffdhe6144" }, CLASSICAL },
    { { 260, "ffdhe8192" }, CLASSICAL },
    { { 512, "MLKEM512" }, POST_QUANTUM },
    { { 513, "MLKEM768" }, POST_QUANTUM },
    { { 514, "MLKEM1024" }, POST_QUANTUM },
    { { 4587, "SecP256r1MLKEM768" }, POST_QUANTUM },
    { { 4588, "X25519MLKEM768" }, POST_QUANTUM },
    { { 4589, "SecP384r1MLKEM1024" }, POST_QUANTUM },
    { { 4590, "curveSM2MLKEM768" }, POST_QUANTUM },
    { { 25497, "X25519Kyber768Draft00" }, POST_QUANTUM_DRAFT },
    { { 25498, "SecP256r1Kyber768Draft00" }, POST_QUANTUM_DRAFT },
    { { 65281, "arbitrary_explicit_prime_curves" }, CLASSICAL },
    { { 65282, "arbitrary_explicit_char2_curves" }, CLASSICAL },
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* Pairs of a hash and a signature that only TLS 1.2 has, such as 0x0202, have no name. */
static const entry_t signature_schemes[] = {
    { 0x0201, "rsa_pkcs1_sha1" },
    { 0x0203, "ecdsa_sha1" },
    { 0x0401, "rsa_pkcs1_sha256" },
    { 0x0403, "ecdsa_secp256r1_sha256" },
    { 0x0420, "rsa_pkcs1_sha256_legacy" },
    { 0x0501, "rsa_pkcs1_sha384" },
    { 0x0503, "ecdsa_secp384r1_sha384" },
    { 0x0520, "rsa_pkcs1_sha384_legacy" },
    { 0x0601, "rsa_pkcs1_sha512" },
    { 0x0603, "ecdsa_secp521r1_sha512" },
    { 0x0620, "rsa_pkcs1_sha512_legacy" },
    { 0x0704, "eccsi_sha256" },
    { 0x0705, "iso_ibs1" },
    { 0x0706, "iso_ibs2" },
    { 0x0707, "iso_chinese_ibs" },
    { 0x0708, "sm2sig_sm3" },
    { 0x0709, "gostr34102012_256a" },
    { 0x070A, "gostr34102012_256b" },
    { 0x070B, "gostr34102012_256c" },
    { 0x070C, "gostr34102012_256d" },
    { 0x070D, "gostr34102012_512a" },
    { 0x070E, "gostr34102012_512b" },
    { 0x070F, "gostr34102012_512c" },
    { 0x0804, "rsa_pss_rsae_sha256" },
    { 0x0805, "rsa_pss_rsae_sha384" },
    { 0x0806, "rsa_pss_rsae_sha512" },
    { 0x0807, "ed25519" },
    { 0x0808, "ed448" },
    { 0x0809, "rsa_pss_pss_sha256" },
    { 0x080A, "rsa_pss_pss_sha384" },
    { 0x080B, "rsa_pss_pss_sha512" },
    { 0x081A, "ecdsa_brainpoolP256r1tls13_sha256" },
    { 0x081B, "ecdsa_brainpoolP384r1tls13_sha384" },
    { 0x081C, "ecdsa_brainpoolP512r1tls13_sha512" },
    { 0x0904, "mldsa44" },
    { 0x0905, "mldsa65" },
    { 0x0906, "mldsa87" },
};

static const entry_t alerts[] = {
    { 0, "close_notify" },
    { 10, "unexpected_message" },
    { 20, "bad_record_mac" },
    { 21, "decryption_failed_RESERVED" },
    { 22, "record_overflow" },
    { 30, "decompression_failure_RESERVED" },
    { 40, "handshake_failure" },
    { 41, "no_certificate_RESERVED" },
    { 42, "bad_certificate" },
    { 43, "unsupported_certificate" },
    { 44, "certificate_revoked" },
    { 45, "certificate_expired" },
    { 46, "certificate_unknown" },
    { 47, "illegal_parameter" },
    { 48, "unknown_ca" },
    { 49, "access_denied" },
    { 50, "decode_error" },
    { 51, "decrypt_error" },
    { 70, "protocol_version" },
    { 71, "insufficient_security" },
    { 80, "internal_error" },
    { 86, "inappropriate_fallback" },
    { 90, "user_canceled" },
    { 100, "no_renegotiation_RESERVED" },
    { 109, "missing_extension" },
    { 110, "unsupported_extension" },
    { 111, "certificate_unobtainable_RESERVED" },
    { 112, "unrecognized_name" },
    { 113, "bad_certificate_status_response" },
    { 114, "bad_certificate_hash_value_RESERVED" },
    { 115, "unknown_psk_identity" },
    { 116, "certificate_required" },
    { 120, "no_application_protocol" },
};

static int compare_entry(const void *key, const void *entry)
{
    unsigned number = *(const unsigned *)key;
    unsigned other = ((const entry_t *)entry)->number;

    return number < other ? -1 : number > other;
}

#define FIND(number, table)                                                                        \
    bsearch(&(number), table, sizeof(table) / sizeof((table)[0]), sizeof((table)[0]), compare_entry)

const char *tg_registry_cipher(unsigned number)
{
    const entry_t *found = FIND(number, ciphers);

    return found ? found->name : NULL;
}

static int compare_openssl_name(const void *key, const void *row)
{
    return strcmp(key, ((const openssl_name_t *)row)->name);
}

const char *tg_registry_cipher_name(const char *openssl)
{
    const openssl_name_t *found =
        bsearch(openssl, openssl_names, sizeof(openssl_names) / sizeof(openssl_names[0]),
                sizeof(openssl_names[0]), compare_openssl_name);

    return found ? tg_registry_cipher(found->number) : openssl;
}

tg_protocol_t tg_registry_cipher_since(unsigned number)
{
    unsigned since = number < sizeof(cipher_versions) ? cipher_versions[number] : 0;

    return since ? (tg_protocol_t)since : TG_PROTOCOL_SSL3;
}

const char *tg_registry_group(unsigned number)
{
    const entry_t *found = FIND(number, groups);

    return found ? found->name : NULL;
}

const char *tg_registry_post_quantum_group(int i)
{
    size_t g;

    for (g = 0; g < GROUPS; g++) {
        if (groups[g].post_quantum && i-- == 0) {
            return groups[g].entry.name;
        }
    }
    return NULL;
}

tg_traits_t tg_registry_group_trait(tg_protocol_t protocol, unsigned group)
{
    return protocol < TG_PROTOCOL_TLS1_3 ||
                   (group != 0 && !tg_registry_group_is_post_quantum(group))
               ? TG_TRAIT_KX_CLASSICAL
               : 0;
}

unsigned tg_registry_group_number(const char *name)
{
    size_t i = 0;

    while (i < GROUPS && strcasecmp(groups[i].entry.name, name) != 0) {
        i++;
    }
    return i < GROUPS ? groups[i].entry.number : 0;
}

/** The first: every hello has many groups before it, which need not be looked up. */
#define POST_QUANTUM_FROM 0x0200U

int tg_registry_group_is_post_quantum(unsigned number)
{
    const group_t *found = number < POST_QUANTUM_FROM ? NULL : FIND(number, groups);

    return found && found->post_quantum != CLASSICAL;
}

int tg_registry_group_is_draft(unsigned number)
{
    const group_t *found = FIND(number, groups);

    return found && found->post_quantum == POST_QUANTUM_DRAFT;
}

const char *tg_registry_signature_scheme(unsigned number)
{
    const entry_t *found = FIND(number, signature_schemes);

    return found ? found->name : NULL;
}

const char *tg_registry_alert(unsigned number)
{
    const entry_t *found = FIND(number, alerts);

    return found ? found->name : "unknown";
}
