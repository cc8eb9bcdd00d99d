/* The IANA registries: the tables are sorted, and names are classified correctly. */
#include "unit.h"

#include "tls/registry.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <strings.h>

#define CIPHER(number, name, since) { number, name, TG_PROTOCOL_##since },
static const struct {
    unsigned number;
    const char *name;
    tg_protocol_t since;
} table[] = {
#include "tls/ciphers.def"
};
#undef CIPHER

static int has_one_of(const char *name, const char *const *parts)
{
    for (; *parts; parts++) {
        if (strstr(name, *parts)) {
            return 1;
        }
    }
    return 0;
}

/* RFC 5246 appendix A.5, RFC 8446 appendix B.4, RFC 9189 and RFC 9367: by the name. RFC 5487
 * section 3.1 lets PSK suites with CBC have SHA-256 and SHA-384 in every version. */
static tg_protocol_t since_by_name(const char *name)
{
    static const char *const aead[] = { "_GCM_", "_CCM", "_POLY1305_", NULL };
    static const char *const sha2[] = { "_SHA256", "_SHA384", NULL };

    if (strstr(name, "_SCSV")) {
        return TG_PROTOCOL_SSL3;
    }
    if (!strstr(name, "_WITH_") || strstr(name, "_MGM_")) {
        return TG_PROTOCOL_TLS1_3;
    }
    if (has_one_of(name, aead) || strstr(name, "_GOSTR341112_") ||
        (has_one_of(name, sha2) && !strstr(name, "PSK_"))) {
        return TG_PROTOCOL_TLS1_2;
    }
    return TG_PROTOCOL_SSL3;
}

/* A binary search finds every entry only of a sorted table. */
static void the_table_is_sorted_and_unique(void **state)
{
    unsigned number, named = 0;
    size_t i, j;

    (void)state;
    assert_true(ROWS(table) > 300);
    for (i = 0; i < ROWS(table); i++) {
        CHECK(i == 0 || table[i - 1].number < table[i].number, "%s is out of order", table[i].name);
        same_text(tg_registry_cipher(table[i].number), table[i].name, table[i].name);
        same_number(table[i].since, since_by_name(table[i].name), table[i].name);
        CHECK(strncmp(table[i].name, "TLS_", 4) == 0, "%s is not a name of IANA", table[i].name);
        for (j = 0; j < i; j++) {
            CHECK(strcmp(table[i].name, table[j].name) != 0, "%s is there twice", table[i].name);
        }
    }
    for (number = 0; number < 0x10000; number++) {
        named += tg_registry_cipher(number) ? 1 : 0;
    }
    assert_int_equal(named, ROWS(table));
    assert_null(tg_registry_cipher(0x10000));
    assert_null(tg_registry_cipher(0x1002F));
}

#define NAME(openssl, number) { openssl, number },
static const struct {
    const char *openssl;
    unsigned number;
} names[] = {
#include "tls/openssl_ciphers.def"
};
#undef NAME

static void the_names_of_openssl_are_sorted_and_known(void **state)
{
    static const char *const others[] = { "",           "TLS_AES_128_GCM_SHA256",
                                          "AES128",     "AES128-SHA ",
                                          "aes128-sha", "GOST2001-GOST89-GOST89",
                                          "zzz" };
    size_t i;

    (void)state;
    assert_true(ROWS(names) > 200);
    for (i = 0; i < ROWS(names); i++) {
        const char *openssl = names[i].openssl, *by_openssl;

        CHECK(i == 0 || strcmp(names[i - 1].openssl, openssl) < 0, "%s is out of order", openssl);
        same_text(tg_registry_cipher_name(openssl), tg_registry_cipher(names[i].number), openssl);
        /* As this OpenSSL has it, if it is built with that cipher under that name. */
        by_openssl = OPENSSL_cipher_name(tg_registry_cipher(names[i].number));
        CHECK(strcmp(by_openssl, "(NONE)") == 0 || strcmp(by_openssl, openssl) == 0 ||
                  strcmp(tg_registry_cipher_name(by_openssl),
                         tg_registry_cipher(names[i].number)) == 0,
              "%s is %s", openssl, by_openssl);
    }
    for (i = 0; i < ROWS(others); i++) {
        same_text(tg_registry_cipher_name(others[i]), others[i], others[i]);
    }
}

/* Whatever a server here can negotiate has its name at IANA. */
static void every_cipher_of_this_openssl_is_known(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const STACK_OF(SSL_CIPHER) * all;
    int i;

    (void)state;
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
    all = SSL_CTX_get_ciphers(ctx);
    assert_true(sk_SSL_CIPHER_num(all) > 100);
    for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);

        same_text(tg_registry_cipher_name(SSL_CIPHER_get_name(cipher)),
                  SSL_CIPHER_standard_name(cipher), SSL_CIPHER_get_name(cipher));
    }
    SSL_CTX_free(ctx);
}

static const struct {
    unsigned number;
    const char *name;
    tg_protocol_t since;
} ciphers[] = {
    { 0x0000, "TLS_NULL_WITH_NULL_NULL", TG_PROTOCOL_SSL3 },
    { 0x0004, "TLS_RSA_WITH_RC4_128_MD5", TG_PROTOCOL_SSL3 },
    { 0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", TG_PROTOCOL_SSL3 },
    { 0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", TG_PROTOCOL_SSL3 },
    { 0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", TG_PROTOCOL_SSL3 },
    { 0x003B, "TLS_RSA_WITH_NULL_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0x008C, "TLS_PSK_WITH_AES_128_CBC_SHA", TG_PROTOCOL_SSL3 },
    { 0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0x00A8, "TLS_PSK_WITH_AES_128_GCM_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0x00AE, "TLS_PSK_WITH_AES_128_CBC_SHA256", TG_PROTOCOL_SSL3 },
    { 0x00AF, "TLS_PSK_WITH_AES_256_CBC_SHA384", TG_PROTOCOL_SSL3 },
    { 0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", TG_PROTOCOL_SSL3 },
    { 0x1301, "TLS_AES_128_GCM_SHA256", TG_PROTOCOL_TLS1_3 },
    { 0x1302, "TLS_AES_256_GCM_SHA384", TG_PROTOCOL_TLS1_3 },
    { 0x1303, "TLS_CHACHA20_POLY1305_SHA256", TG_PROTOCOL_TLS1_3 },
    { 0x1305, "TLS_AES_128_CCM_8_SHA256", TG_PROTOCOL_TLS1_3 },
    { 0x5600, "TLS_FALLBACK_SCSV", TG_PROTOCOL_SSL3 },
    { 0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", TG_PROTOCOL_SSL3 },
    { 0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", TG_PROTOCOL_TLS1_2 },
    { 0xC037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", TG_PROTOCOL_SSL3 },
    { 0xC09C, "TLS_RSA_WITH_AES_128_CCM", TG_PROTOCOL_TLS1_2 },
    { 0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", TG_PROTOCOL_TLS1_2 },
    { 0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0x00C6, "TLS_SM4_GCM_SM3", TG_PROTOCOL_TLS1_3 },
    { 0x1307, "TLS_AEGIS_128L_SHA256", TG_PROTOCOL_TLS1_3 },
    { 0xC0B4, "TLS_SHA256_SHA256", TG_PROTOCOL_TLS1_3 },
    { 0xC100, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC", TG_PROTOCOL_TLS1_2 },
    { 0xC103, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L", TG_PROTOCOL_TLS1_3 },
    { 0xD001, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", TG_PROTOCOL_TLS1_2 },
    { 0xFEFF, "TLS_RSA_FIPS_WITH_3DES_EDE_CBC_SHA", TG_PROTOCOL_SSL3 },
    { 0x0A0A, NULL, TG_PROTOCOL_SSL3 },
    { 0x7777, NULL, TG_PROTOCOL_SSL3 },
    { 0xFFFF, NULL, TG_PROTOCOL_SSL3 },
};

static void ciphers_have_names_and_an_age(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(ciphers); i++) {
        const char *row = ciphers[i].name ? ciphers[i].name : "(no name)";

        same_text(tg_registry_cipher(ciphers[i].number), ciphers[i].name, row);
        same_number(tg_registry_cipher_since(ciphers[i].number), ciphers[i].since, row);
    }
}

/* Every cipher dates from SSL 3.0, TLS 1.2 or TLS 1.3. */
static void every_number_has_an_age(void **state)
{
    unsigned number, ages[TG_PROTOCOLS] = { 0 };

    (void)state;
    for (number = 0; number < 0x10000; number++) {
        ages[tg_registry_cipher_since(number)]++;
    }
    assert_int_equal(ages[TG_PROTOCOL_SSL3] + ages[TG_PROTOCOL_TLS1_2] + ages[TG_PROTOCOL_TLS1_3],
                     0x10000);
    assert_true(ages[TG_PROTOCOL_TLS1_3] >= 5 && ages[TG_PROTOCOL_TLS1_2] > 100);
}

/* By the numbers of the registry of IANA, TLS Supported Groups. */
static const struct {
    unsigned number;
    const char *name;
    int post_quantum, draft;
} groups[] = {
    { 1, "sect163k1", 0, 0 },
    { 22, "secp256k1", 0, 0 },
    { 23, "secp256r1", 0, 0 },
    { 24, "secp384r1", 0, 0 },
    { 25, "secp521r1", 0, 0 },
    { 29, "x25519", 0, 0 },
    { 30, "x448", 0, 0 },
    { 256, "ffdhe2048", 0, 0 },
    { 260, "ffdhe8192", 0, 0 },
    { 512, "MLKEM512", 1, 0 },
    { 513, "MLKEM768", 1, 0 },
    { 514, "MLKEM1024", 1, 0 },
    { 4586, NULL, 0, 0 },
    { 4587, "SecP256r1MLKEM768", 1, 0 },
    { 4588, "X25519MLKEM768", 1, 0 },
    { 4589, "SecP384r1MLKEM1024", 1, 0 },
    { 4590, "curveSM2MLKEM768", 1, 0 },
    { 25496, NULL, 0, 0 },
    { 25497, "X25519Kyber768Draft00", 1, 1 },
    { 25498, "SecP256r1Kyber768Draft00", 1, 1 },
    { 65281, "arbitrary_explicit_prime_curves", 0, 0 },
    { 0, NULL, 0, 0 },
    { 0x0A0A, NULL, 0, 0 },
    { 4591, NULL, 0, 0 },
    { 65536 + 29, NULL, 0, 0 },
};

static void groups_have_names(void **state)
{
    unsigned number, last = 0, named = 0, post_quantum = 0;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(groups); i++) {
        const char *row = groups[i].name ? groups[i].name : "(no name)";

        same_text(tg_registry_group(groups[i].number), groups[i].name, row);
        same_number(tg_registry_group_is_post_quantum(groups[i].number), groups[i].post_quantum,
                    row);
        same_number(tg_registry_group_is_draft(groups[i].number), groups[i].draft, row);
    }
    for (number = 0; number < 0x10000; number++) {
        const char *name = tg_registry_group(number);

        CHECK(!name || !last || strcmp(name, tg_registry_group(last)) != 0, "%s twice", name);
        CHECK(name || !tg_registry_group_is_post_quantum(number), "%u has no name", number);
        named += name ? 1 : 0;
        post_quantum += tg_registry_group_is_post_quantum(number) ? 1U : 0U;
        last = name ? number : last;
    }
    assert_int_equal(named, 57);
    assert_int_equal(post_quantum, 9);
}

/* The numbers that a provider of OpenSSL has groups for. */
typedef struct {
    unsigned char has[0x10000];
    int count;
} seen_t;

/* The first name of a number is the one by which OpenSSL calls it; others, such as P-256, follow. */
static int check_group(const OSSL_PARAM params[], void *context)
{
    seen_t *seen = context;
    const OSSL_PARAM *name_param = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_NAME);
    const OSSL_PARAM *id_param = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_ID);
    const char *name = NULL;
    unsigned id = 0;

    assert_int_equal(OSSL_PARAM_get_utf8_string_ptr(name_param, &name), 1);
    assert_int_equal(OSSL_PARAM_get_uint(id_param, &id), 1);
    assert_true(id < sizeof(seen->has));
    if (!seen->has[id]) {
        CHECK(tg_registry_group(id) && strcasecmp(tg_registry_group(id), name) == 0,
              "%u: OpenSSL has %s, the registry %s", id, name,
              tg_registry_group(id) ? tg_registry_group(id) : "nothing");
        same_number(tg_registry_group_number(name), id, name);
        seen->has[id] = 1;
        seen->count++;
    }
    return 1;
}

static void every_group_of_this_openssl_is_known(void **state)
{
    static seen_t seen;
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, "default");

    (void)state;
    assert_non_null(provider);
    assert_int_equal(OSSL_PROVIDER_get_capabilities(provider, "TLS-GROUP", check_group, &seen), 1);
    assert_true(seen.count > 25);
    OSSL_PROVIDER_unload(provider);
}

static const struct {
    unsigned number;
    const char *name;
} alerts[] = {
    { 0, "close_notify" },
    { 10, "unexpected_message" },
    { 20, "bad_record_mac" },
    { 40, "handshake_failure" },
    { 47, "illegal_parameter" },
    { 48, "unknown_ca" },
    { 50, "decode_error" },
    { 70, "protocol_version" },
    { 71, "insufficient_security" },
    { 80, "internal_error" },
    { 86, "inappropriate_fallback" },
    { 100, "no_renegotiation_RESERVED" },
    { 109, "missing_extension" },
    { 112, "unrecognized_name" },
    { 116, "certificate_required" },
    { 120, "no_application_protocol" },
    { 1, "unknown" },
    { 121, "unknown" },
    { 255, "unknown" },
    { 256 + 70, "unknown" },
};

static const struct {
    unsigned number;
    const char *name;
} schemes[] = {
    { 0x0000, NULL },
    { 0x0101, NULL },
    { 0x0201, "rsa_pkcs1_sha1" },
    { 0x0202, NULL }, /* DSA, of TLS 1.2 alone */
    { 0x0203, "ecdsa_sha1" },
    { 0x0301, NULL },
    { 0x0401, "rsa_pkcs1_sha256" },
    { 0x0403, "ecdsa_secp256r1_sha256" },
    { 0x0603, "ecdsa_secp521r1_sha512" },
    { 0x0708, "sm2sig_sm3" },
    { 0x0804, "rsa_pss_rsae_sha256" },
    { 0x0807, "ed25519" },
    { 0x0808, "ed448" },
    { 0x080B, "rsa_pss_pss_sha512" },
    { 0x080C, NULL },
    { 0x081C, "ecdsa_brainpoolP512r1tls13_sha512" },
    { 0x0905, "mldsa65" },
    { 0xFFFF, NULL },
};

static void signature_schemes_have_names(void **state)
{
    unsigned number, named = 0;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(schemes); i++) {
        same_text(tg_registry_signature_scheme(schemes[i].number), schemes[i].name,
                  schemes[i].name ? schemes[i].name : "no name");
    }
    for (number = 0; number < 0x10000; number++) {
        named += tg_registry_signature_scheme(number) ? 1 : 0;
    }
    assert_int_equal(named, 37);
}

static void alerts_have_names(void **state)
{
    unsigned number, named = 0;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(alerts); i++) {
        same_text(tg_registry_alert(alerts[i].number), alerts[i].name, alerts[i].name);
    }
    for (number = 0; number < 0x10000; number++) {
        named += strcmp(tg_registry_alert(number), "unknown") != 0 ? 1 : 0;
    }
    assert_int_equal(named, 33);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_table_is_sorted_and_unique),
    cmocka_unit_test(the_names_of_openssl_are_sorted_and_known),
    cmocka_unit_test(every_cipher_of_this_openssl_is_known),
    cmocka_unit_test(ciphers_have_names_and_an_age),
    cmocka_unit_test(every_number_has_an_age),
    cmocka_unit_test(groups_have_names),
    cmocka_unit_test(every_group_of_this_openssl_is_known),
    cmocka_unit_test(signature_schemes_have_names),
    cmocka_unit_test(alerts_have_names),
};

UNIT_MAIN(tests)
