/* Traits: names, bits, key exchanges, and the requirement for a client. */
#include "unit.h"

#include "tls/registry.h"

static const struct {
    tg_protocol_t protocol;
    const char *name, *family, *version, *upgrade;
} protocols[] = {
    { TG_PROTOCOL_UNKNOWN, "unknown", NULL, NULL, NULL },
    { TG_PROTOCOL_CLEARTEXT, "cleartext", NULL, NULL, NULL },
    { TG_PROTOCOL_SSL3, "SSLv3", "ssl", "3.0", NULL },
    { TG_PROTOCOL_TLS1_0, "TLSv1", "tls", "1.0", "TLS/1.0" },
    { TG_PROTOCOL_TLS1_1, "TLSv1.1", "tls", "1.1", "TLS/1.1" },
    { TG_PROTOCOL_TLS1_2, "TLSv1.2", "tls", "1.2", "TLS/1.2" },
    { TG_PROTOCOL_TLS1_3, "TLSv1.3", "tls", "1.3", "TLS/1.3" },
};

static void protocols_have_names(void **state)
{
    size_t i;

    (void)state;
    assert_int_equal(ROWS(protocols), TG_PROTOCOLS);
    for (i = 0; i < ROWS(protocols); i++) {
        tg_protocol_t p = protocols[i].protocol;
        const char *row = protocols[i].name;

        same_text(tg_protocol_name(p), row, row);
        same_text(tg_protocol_family(p), protocols[i].family, row);
        same_text(tg_protocol_version(p), protocols[i].version, row);
        same_text(tg_protocol_upgrade_token(p), protocols[i].upgrade, row);
        same_text(tg_trait_name((int)p), row, row);
        same_number(tg_protocol_parse(row), p, row);
        same_number(tg_trait_parse(row), TG_TRAIT_PROTOCOL(p), row);
    }
}

static const struct {
    const char *name;
    tg_traits_t traits;
} names[] = {
    { "tlsV1.1", TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_1) },
    { "CLEARTEXT", TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT) },
    { "any", TG_TRAIT_ANY },
    { "ANY", TG_TRAIT_ANY },
    { "kx=RSA", TG_TRAIT_KX_RSA },
    { "kx=rsa", TG_TRAIT_KX_RSA },
    { "kx=DHE", TG_TRAIT_KX_DHE },
    { "kx=classical", TG_TRAIT_KX_CLASSICAL },
    { "CIPHER=3des", TG_TRAIT_CIPHER_3DES },
    { "cipher=RC4", TG_TRAIT_CIPHER_RC4 },
    { "cipher=CBC", TG_TRAIT_CIPHER_CBC },
    { "cipher=SHA1", TG_TRAIT_CIPHER_SHA1 },
    { "cipher=SHA", 0 },
    { "cipher=", 0 },
    { "", 0 },
    { "TLS", 0 },
    { "TLSv1.0", 0 },
    { "TLSv1.4", 0 },
    { "TLSv1 ", 0 },
    { "TLSv11", 0 },
    { "SSLv2", 0 },
    { "1.0", 0 },
    { "kx=", 0 },
    { "kx=ECDHE", 0 },
    { "RSA", 0 },
    { "all", 0 },
};

static void traits_are_read(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(names); i++) {
        same_number(tg_trait_parse(names[i].name), names[i].traits, names[i].name);
    }
    assert_int_equal(tg_protocol_parse("any"), TG_PROTOCOLS);
    assert_int_equal(tg_protocol_parse("TLSv1.0"), TG_PROTOCOLS);
}

/* Each bit has a name that parses as that bit, or none. */
static void bits_and_names_agree(void **state)
{
    int bit, named = 0;

    (void)state;
    for (bit = 0; bit < 32; bit++) {
        const char *name = tg_trait_name(bit);

        if (name) {
            named++;
            same_number(tg_trait_parse(name), (tg_traits_t)1 << bit, name);
            has_text(tg_trait_names(unit_pool), name, name);
        }
    }
    assert_int_equal(named, TG_PROTOCOLS + 7);
    assert_int_equal(TG_TRAITS_TLS & (TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT) | TG_TRAIT_KX_RSA |
                                      TG_TRAIT_KX_DHE | TG_TRAIT_PROTOCOL(TG_PROTOCOL_UNKNOWN)),
                     0);
}

#define CBC TG_TRAIT_CIPHER_CBC
#define SHA1 TG_TRAIT_CIPHER_SHA1

static const struct {
    const char *cipher;
    tg_traits_t traits;
} ciphers[] = {
    { NULL, 0 },
    { "", 0 },
    { "AES128-SHA", TG_TRAIT_KX_RSA },
    { "AES256-GCM-SHA384", TG_TRAIT_KX_RSA },
    { "DES-CBC3-SHA", TG_TRAIT_KX_RSA },
    { "RC4-MD5", TG_TRAIT_KX_RSA },
    { "CAMELLIA128-SHA", TG_TRAIT_KX_RSA },
    { "NULL-SHA256", TG_TRAIT_KX_RSA },
    { "RSA-PSK-AES128-CBC-SHA", TG_TRAIT_KX_RSA },
    { "DHE-RSA-AES128-SHA", TG_TRAIT_KX_DHE },
    { "DHE-PSK-AES128-CBC-SHA", TG_TRAIT_KX_DHE },
    { "EDH-RSA-DES-CBC3-SHA", TG_TRAIT_KX_DHE },
    { "ADH-AES128-SHA", TG_TRAIT_KX_DHE },
    { "ECDHE-RSA-AES128-SHA", 0 },
    { "ECDHE-ECDSA-CHACHA20-POLY1305", 0 },
    { "ECDHE-PSK-AES128-CBC-SHA", 0 },
    { "AECDH-AES128-SHA", 0 },
    { "ECDH-RSA-AES128-SHA", 0 },
    { "DH-RSA-AES128-SHA", 0 },
    { "PSK-AES128-CBC-SHA", 0 },
    { "SRP-RSA-AES-128-CBC-SHA", 0 },
    { "TLS_AES_128_GCM_SHA256", 0 },
    { "TLS_CHACHA20_POLY1305_SHA256", 0 },
    { "TLS_RSA_WITH_AES_128_CBC_SHA", TG_TRAIT_KX_RSA | CBC | SHA1 },
    { "TLS_RSA_WITH_AES_128_CBC_SHA256", TG_TRAIT_KX_RSA | CBC },
    { "TLS_RSA_WITH_AES_256_GCM_SHA384", TG_TRAIT_KX_RSA },
    { "TLS_RSA_PSK_WITH_AES_128_CBC_SHA", TG_TRAIT_KX_RSA | CBC | SHA1 },
    { "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", TG_TRAIT_KX_DHE | CBC | SHA1 },
    { "TLS_DH_anon_WITH_AES_128_CBC_SHA", TG_TRAIT_KX_DHE | CBC | SHA1 },
    { "TLS_DH_RSA_WITH_AES_128_CBC_SHA", CBC | SHA1 },
    { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", CBC | SHA1 },
    { "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", CBC },
    { "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0 },
    { "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", 0 },
    { "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA", CBC | SHA1 },
    { "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", TG_TRAIT_CIPHER_3DES | CBC | SHA1 },
    { "TLS_ECDHE_RSA_WITH_RC4_128_SHA", TG_TRAIT_CIPHER_RC4 | SHA1 },
    { "TLS_RSA_WITH_RC4_128_MD5", TG_TRAIT_KX_RSA | TG_TRAIT_CIPHER_RC4 },
    { "TLS_RSA_WITH_NULL_SHA", TG_TRAIT_KX_RSA | SHA1 },
    { "TLS_PSK_WITH_AES_128_CBC_SHA", CBC | SHA1 },
    { "TLS_PSK_DHE_WITH_AES_128_CCM_8", TG_TRAIT_KX_DHE }, /* so at IANA */
};

static void ciphers_have_traits(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(ciphers); i++) {
        same_number(tg_trait_of_cipher(ciphers[i].cipher), ciphers[i].traits,
                    ciphers[i].cipher ? ciphers[i].cipher : "(null)");
    }
}

static const struct {
    tg_protocol_t protocol;
    unsigned group;
    tg_traits_t traits;
} groups[] = {
    { TG_PROTOCOL_TLS1_0, 0, TG_TRAIT_KX_CLASSICAL },
    { TG_PROTOCOL_TLS1_2, 23, TG_TRAIT_KX_CLASSICAL },
    { TG_PROTOCOL_TLS1_2, 4588, TG_TRAIT_KX_CLASSICAL }, /* not defined for it */
    { TG_PROTOCOL_TLS1_3, 29, TG_TRAIT_KX_CLASSICAL },
    { TG_PROTOCOL_TLS1_3, 60000, TG_TRAIT_KX_CLASSICAL },
    { TG_PROTOCOL_TLS1_3, 0, 0 }, /* unknown */
    { TG_PROTOCOL_TLS1_3, 4587, 0 },
    { TG_PROTOCOL_TLS1_3, 4588, 0 },
    { TG_PROTOCOL_TLS1_3, 4589, 0 },
    { TG_PROTOCOL_TLS1_3, 513, 0 },
};

static void groups_have_traits(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(groups); i++) {
        same_number(tg_registry_group_trait(groups[i].protocol, groups[i].group), groups[i].traits,
                    tg_protocol_name(groups[i].protocol));
    }
}

#define P(version) TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_##version)

static const struct {
    const char *what;
    tg_protocol_t used;
    tg_traits_t deprecated;
    tg_protocol_t needed;
} needs[] = {
    { "1.0 of 1.0", TG_PROTOCOL_TLS1_0, P(0), TG_PROTOCOL_TLS1_1 },
    { "1.0 of 1.0 and 1.1", TG_PROTOCOL_TLS1_0, P(0) | P(1), TG_PROTOCOL_TLS1_2 },
    { "1.0 of 1.0 and 1.2", TG_PROTOCOL_TLS1_0, P(0) | P(2), TG_PROTOCOL_TLS1_1 },
    { "1.1 of 1.0 and 1.1", TG_PROTOCOL_TLS1_1, P(0) | P(1), TG_PROTOCOL_TLS1_2 },
    { "SSLv3 of itself", TG_PROTOCOL_SSL3, TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3),
      TG_PROTOCOL_TLS1_0 },
    { "1.2 of all to 1.2", TG_PROTOCOL_TLS1_2, P(0) | P(1) | P(2), TG_PROTOCOL_TLS1_3 },
    { "1.2 that stays", TG_PROTOCOL_TLS1_2, P(0) | P(1), TG_PROTOCOL_TLS1_2 },
    { "1.2 with a deprecated key exchange", TG_PROTOCOL_TLS1_2, TG_TRAIT_KX_RSA,
      TG_PROTOCOL_TLS1_2 },
    { "1.3 of itself", TG_PROTOCOL_TLS1_3, P(3), TG_PROTOCOLS },
    { "1.0 of any", TG_PROTOCOL_TLS1_0, TG_TRAIT_ANY, TG_PROTOCOLS },
    { "cleartext", TG_PROTOCOL_CLEARTEXT, TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT),
      TG_PROTOCOL_TLS1_2 },
    { "cleartext, and 1.2 is deprecated", TG_PROTOCOL_CLEARTEXT, P(2), TG_PROTOCOL_TLS1_3 },
    { "unknown", TG_PROTOCOL_UNKNOWN, P(0), TG_PROTOCOL_TLS1_2 },
    { "unknown of any", TG_PROTOCOL_UNKNOWN, TG_TRAIT_ANY, TG_PROTOCOLS },
};

static void tells_what_is_needed(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(needs); i++) {
        same_number(tg_protocol_needed(needs[i].used, needs[i].deprecated), needs[i].needed,
                    needs[i].what);
    }
}

/* RFC 8446 section 4.1.2 and appendix D. */
static const struct {
    unsigned wire;
    tg_protocol_t protocol;
} wires[] = {
    { 0x0300, TG_PROTOCOL_SSL3 },   { 0x0301, TG_PROTOCOL_TLS1_0 }, { 0x0302, TG_PROTOCOL_TLS1_1 },
    { 0x0303, TG_PROTOCOL_TLS1_2 }, { 0x0304, TG_PROTOCOL_TLS1_3 }, { 0x02FF, TG_PROTOCOLS },
    { 0x0305, TG_PROTOCOLS },       { 0x0002, TG_PROTOCOLS },       { 0x0200, TG_PROTOCOLS },
    { 0x0000, TG_PROTOCOLS },       { 0x7F1C, TG_PROTOCOLS },       { 0x0A0A, TG_PROTOCOLS },
    { 0xFEFF, TG_PROTOCOLS },       { 0xFFFF, TG_PROTOCOLS },       { 0x10303, TG_PROTOCOLS },
};

static void versions_of_a_hello_are_protocols(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(wires); i++) {
        CHECK(tg_protocol_of_wire(wires[i].wire) == wires[i].protocol, "0x%04x", wires[i].wire);
    }
    assert_int_equal(TG_WIRE_SSL2, 0x0002);
    assert_int_equal(tg_protocol_of_wire(TG_WIRE_SSL3), TG_PROTOCOL_SSL3);
    assert_int_equal(tg_protocol_of_wire(TG_WIRE_TLS1_2), TG_PROTOCOL_TLS1_2);
}

static const struct {
    const char *what;
    tg_traits_t set;
    tg_protocol_t newest;
} sets[] = {
    { "nothing", 0, TG_PROTOCOL_UNKNOWN },
    { "no TLS", TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT) | TG_TRAIT_KX_RSA, TG_PROTOCOL_UNKNOWN },
    { "unknown", TG_TRAIT_PROTOCOL(TG_PROTOCOL_UNKNOWN), TG_PROTOCOL_UNKNOWN },
    { "SSLv3", TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3), TG_PROTOCOL_SSL3 },
    { "1.0 and 1.2", P(0) | P(2), TG_PROTOCOL_TLS1_2 },
    { "1.1 and cleartext", P(1) | TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT), TG_PROTOCOL_TLS1_1 },
    { "any", TG_TRAIT_ANY, TG_PROTOCOL_TLS1_3 },
};

static void the_newest_of_a_set_is_found(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(sets); i++) {
        same_number(tg_protocol_newest(sets[i].set), sets[i].newest, sets[i].what);
    }
}

static void versions_of_a_set_run_from_the_oldest(void **state)
{
    const tg_traits_t set = P(0) | P(2) | TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT) |
                            TG_TRAIT_PROTOCOL(TG_PROTOCOL_NEWEST) | TG_TRAITS_KX;
    const tg_protocol_t wanted[] = { TG_PROTOCOL_TLS1_0, TG_PROTOCOL_TLS1_2, TG_PROTOCOL_NEWEST };
    tg_protocol_t p;
    size_t n = 0;

    (void)state;
    TG_PROTOCOL_EACH (p, set) {
        assert_true(n < ROWS(wanted));
        assert_int_equal(p, wanted[n++]);
    }
    assert_int_equal(n, ROWS(wanted));
    TG_PROTOCOL_EACH (p, TG_TRAITS_KX) {
        fail();
    }
    assert_int_equal(tg_protocol_from(P(0) | P(2), TG_PROTOCOL_TLS1_1), TG_PROTOCOL_TLS1_2);
    assert_int_equal(tg_protocol_from(P(0), TG_PROTOCOL_TLS1_1), TG_PROTOCOLS);
}

static void names_are_listed(void **state)
{
    (void)state;
    assert_string_equal(tg_protocol_names(unit_pool),
                        "SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown");
    assert_string_equal(
        tg_trait_names(unit_pool),
        "SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown any kx=RSA kx=DHE kx=classical "
        "cipher=3DES cipher=RC4 cipher=CBC cipher=SHA1 expr=...");
}

/* Key exchanges that a server with a certificate can use. */
static void common_ciphers_are_known(void **state)
{
    static const char *const common[] = { "TLS_RSA_WITH_AES_128_CBC_SHA",
                                          "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
                                          "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
                                          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                                          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA" };
    static const char *const others[] = {
        "TLS_RSA_EXPORT_WITH_RC4_40_MD5",     "TLS_RSA_PSK_WITH_AES_128_CBC_SHA",
        "TLS_DHE_PSK_WITH_AES_128_CBC_SHA",   "TLS_DH_anon_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", "TLS_AES_128_GCM_SHA256"
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(common); i++) {
        CHECK(tg_trait_cipher_is_common(common[i]), "%s", common[i]);
    }
    for (i = 0; i < ROWS(others); i++) {
        CHECK(!tg_trait_cipher_is_common(others[i]), "%s", others[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(protocols_have_names),
    cmocka_unit_test(traits_are_read),
    cmocka_unit_test(bits_and_names_agree),
    cmocka_unit_test(ciphers_have_traits),
    cmocka_unit_test(groups_have_traits),
    cmocka_unit_test(tells_what_is_needed),
    cmocka_unit_test(versions_of_a_hello_are_protocols),
    cmocka_unit_test(the_newest_of_a_set_is_found),
    cmocka_unit_test(versions_of_a_set_run_from_the_oldest),
    cmocka_unit_test(names_are_listed),
    cmocka_unit_test(common_ciphers_are_known),
};

UNIT_MAIN(tests)
