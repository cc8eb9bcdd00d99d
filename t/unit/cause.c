/* Causes: why a client used something deprecated, and what its developer is told. */
#include "wire.h"

#include "policy/cause.h"

#define P(version) TG_TRAIT_PROTOCOL(TG_PROTOCOL_##version)
#define TO_1_1 (P(TLS1_0) | P(TLS1_1))
#define TO_1_2 (TO_1_1 | P(TLS1_2))
#define RSA TG_TRAIT_KX_RSA
#define DHE TG_TRAIT_KX_DHE
#define CBC TG_TRAIT_CIPHER_CBC
#define GROUP TG_TRAIT_KX_CLASSICAL
#define TLS13 "002b 2[1[0304]]"

#define FAILED 0
#define ESTABLISHED 1

static const tg_offer_t *offer_of(const char *text, const char *row)
{
    tg_hello_t hello = wire_parse(text, row);

    return tg_offer_make(unit_pool, &hello);
}

static const tg_offer_t *offer_of_sslv2(const char *version)
{
    wire_t wire = wire_make(wire_sslv2(version, "00002f 010080"));
    tg_hello_t hello;

    assert_true(tg_hello_parse_sslv2(wire.at, wire.length, &hello) > 0);
    return tg_offer_make(unit_pool, &hello);
}

static tg_cause_t cause_of(const tg_offer_t *offer, tg_protocol_t protocol, tg_traits_t kx,
                           int established, const tg_schedule_t *schedule)
{
    return tg_cause_of(offer, tg_cause_evidence(offer), protocol, TG_TRAIT_PROTOCOL(protocol) | kx,
                       established, schedule);
}

/* --- signs of a newer library, each alone in a hello that offers at most TLS 1.0 --- */

#define NODE_CIPHERS "c014 c00a 0039 0038 0035 c013 c009 0033 0032 002f c011 c007 0005 00ff"

static const struct {
    const char *what, *ciphers, *extensions;
    tg_protocol_t known;
} signs[] = {
    { "no extension at all", "002f", NULL, TG_PROTOCOL_TLS1_0 },
    { "what OpenSSL 0.9.8 sends", "002f 00ff", "0000 2[] 000a 2[2[0017]] 000b 2[1[00]] 0023 2[]",
      TG_PROTOCOL_TLS1_0 },
    { "status_request", "002f", "0005 2[]", TG_PROTOCOL_TLS1_0 },
    { "renegotiation_info", "002f", "ff01 2[1[]]", TG_PROTOCOL_TLS1_0 },
    { "an extension that we do not know", "002f", "7777 2[]", TG_PROTOCOL_TLS1_0 },
    { "GREASE", "0a0a 002f", "1a1a 2[]", TG_PROTOCOL_TLS1_0 },
    { "NPN, which NSS had before TLS 1.2", "002f", "3374 2[]", TG_PROTOCOL_TLS1_0 },
    { "NPN and curves over prime fields", "002f", "000a 2[2[0017 0018 0019]] 3374 2[]",
      TG_PROTOCOL_TLS1_0 },
    { "binary curves, which OpenSSL 1.0.0 sent too", "002f", "000a 2[2[000e 0001 0017]]",
      TG_PROTOCOL_TLS1_0 },
    { "NPN and the first binary curve", "002f", "000a 2[2[0017 0001]] 3374 2[]",
      TG_PROTOCOL_TLS1_2 },
    { "NPN and the last binary curve", "002f", "000a 2[2[000e]] 3374 2[]", TG_PROTOCOL_TLS1_2 },
    { "NPN and the curve after the last binary one", "002f", "000a 2[2[000f 0017]] 3374 2[]",
      TG_PROTOCOL_TLS1_0 },
    { "the group after secp521r1", "002f", "000a 2[2[0019 001a]]", TG_PROTOCOL_TLS1_2 },
    { "brainpoolP384r1", "002f", "000a 2[2[001b]]", TG_PROTOCOL_TLS1_2 },
    { "brainpoolP512r1", "002f", "000a 2[2[001c]]", TG_PROTOCOL_TLS1_2 },
    /* Node pinned to TLS 1.0: 0.10 and 0.12 have OpenSSL 1.0.1, 4 to 8 have 1.0.2. */
    { "Node 0.10", NODE_CIPHERS,
      "000b 2[1[00 01 02]] 000a 2[2[000e 000d 0019 000b 000c 0018 0009 000a 0016 0017 0008 0006 "
      "0007 0014 0015 0004 0005 0012 0013 0001 0002 0003 000f 0010 0011]] 0023 2[] 3374 2[]",
      TG_PROTOCOL_TLS1_2 },
    { "Node 4.9", NODE_CIPHERS,
      "000b 2[1[00 01 02]] 000a 2[2[0017 0019 001c 001b 0018 001a 0016 000e 000d 000b 000c 0009 "
      "000a]] 0023 2[]",
      TG_PROTOCOL_TLS1_2 },
    { "the same of OpenSSL 1.0.0", NODE_CIPHERS,
      "000b 2[1[00 01 02]] 000a 2[2[000e 000d 0019 000b 000c 0018 0009 000a 0016 0017 0008 0006 "
      "0007 0014 0015 0004 0005 0012 0013 0001 0002 0003 000f 0010 0011]] 0023 2[]",
      TG_PROTOCOL_TLS1_0 },
    { "signature_algorithms", "002f", "000d 2[2[0401]]", TG_PROTOCOL_TLS1_2 },
    { "signature_algorithms, malformed", "002f", "000d 2[]", TG_PROTOCOL_TLS1_2 },
    { "heartbeat", "002f", "000f 2[01]", TG_PROTOCOL_TLS1_2 },
    { "ALPN", "002f", "0010 2[2[1['h2']]]", TG_PROTOCOL_TLS1_2 },
    { "status_request_v2", "002f", "0011 2[]", TG_PROTOCOL_TLS1_2 },
    { "signed_certificate_timestamp", "002f", "0012 2[]", TG_PROTOCOL_TLS1_2 },
    { "padding", "002f", "0015 2[00*9]", TG_PROTOCOL_TLS1_2 },
    { "encrypt_then_mac", "002f", "0016 2[]", TG_PROTOCOL_TLS1_2 },
    { "extended_master_secret", "002f", "0017 2[]", TG_PROTOCOL_TLS1_2 },
    { "record_size_limit", "002f", "001c 2[4001]", TG_PROTOCOL_TLS1_2 },
    { "x25519", "002f", "000a 2[2[0017 001d]]", TG_PROTOCOL_TLS1_2 },
    { "x448", "002f", "000a 2[2[001e]]", TG_PROTOCOL_TLS1_2 },
    { "a cipher of TLS 1.2", "002f c02f", NULL, TG_PROTOCOL_TLS1_2 },
    { "a cipher of PSK with SHA-256", "00ae", NULL, TG_PROTOCOL_TLS1_0 },
    { "fallback", "002f 5600", NULL, TG_PROTOCOL_TLS1_0 },
    { "compress_certificate", "002f", "001b 2[]", TG_PROTOCOL_TLS1_3 },
    { "delegated_credential", "002f", "0022 2[]", TG_PROTOCOL_TLS1_3 },
    { "pre_shared_key", "002f", "0029 2[]", TG_PROTOCOL_TLS1_3 },
    { "early_data", "002f", "002a 2[]", TG_PROTOCOL_TLS1_3 },
    { "supported_versions", "002f", "002b 2[1[0301]]", TG_PROTOCOL_TLS1_3 },
    { "cookie", "002f", "002c 2[]", TG_PROTOCOL_TLS1_3 },
    { "psk_key_exchange_modes", "002f", "002d 2[1[01]]", TG_PROTOCOL_TLS1_3 },
    { "certificate_authorities", "002f", "002f 2[]", TG_PROTOCOL_TLS1_3 },
    { "post_handshake_auth", "002f", "0031 2[]", TG_PROTOCOL_TLS1_3 },
    { "signature_algorithms_cert", "002f", "0032 2[]", TG_PROTOCOL_TLS1_3 },
    { "key_share", "002f", "0033 2[2[]]", TG_PROTOCOL_TLS1_3 },
    { "encrypted_client_hello", "002f", "fe0d 2[]", TG_PROTOCOL_TLS1_3 },
    { "ed448", "002f", "000d 2[2[0401 0808]]", TG_PROTOCOL_TLS1_3 },
    { "a group that resists quantum computers", "002f", "000a 2[2[11ec]]", TG_PROTOCOL_TLS1_3 },
    { "a cipher of TLS 1.3", "002f 1301", NULL, TG_PROTOCOL_TLS1_3 },
    { "signs of both", "c02f", "000d 2[2[0401]] 002d 2[1[01]]", TG_PROTOCOL_TLS1_3 },
};

static void signs_are_seen(void **state)
{
    tg_schedule_t to_1_1 = { .traits = TO_1_1 }, to_1_2 = { .traits = TO_1_2 };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(signs); i++) {
        const char *row = signs[i].what;
        const tg_offer_t *offer =
            offer_of(wire_hello("0301", signs[i].ciphers, signs[i].extensions), row);
        tg_protocol_t known = signs[i].known;

        same_number(tg_cause_evidence(offer), known, row);
        same_number(cause_of(offer, TG_PROTOCOL_TLS1_0, 0, ESTABLISHED, &to_1_1),
                    known >= TG_PROTOCOL_TLS1_2 ? TG_CAUSE_PINNED : TG_CAUSE_OLD, row);
        same_number(cause_of(offer, TG_PROTOCOL_TLS1_0, 0, ESTABLISHED, &to_1_2),
                    known >= TG_PROTOCOL_TLS1_3 ? TG_CAUSE_PINNED : TG_CAUSE_OLD, row);
    }
    assert_int_equal(tg_cause_evidence(NULL), TG_PROTOCOL_UNKNOWN);
    assert_int_equal(tg_cause_evidence(offer_of(wire_hello("0303", "002f", NULL), "1.2")),
                     TG_PROTOCOL_TLS1_2);
    assert_int_equal(tg_cause_evidence(offer_of(wire_hello("0302", "c02f", NULL), "1.1")),
                     TG_PROTOCOL_TLS1_2);
    assert_int_equal(tg_cause_evidence(offer_of(wire_hello("0303", "1301", NULL), "1.2")),
                     TG_PROTOCOL_TLS1_3);
}

/* --- causes --- */

#define PLAIN(version) version, "002f", NULL
#define LIST(list) "0303", "002f", "002b 2[1[" list "]]"

static const struct {
    const char *what;
    const char *version, *ciphers, *extensions;
    tg_protocol_t protocol;
    tg_traits_t kx;
    int established;
    tg_traits_t deprecated;
    tg_cause_t cause;
} rows[] = {
    { "1.0 and no sign", PLAIN("0301"), TG_PROTOCOL_TLS1_0, 0, 1, TO_1_1, TG_CAUSE_OLD },
    { "refused, 1.0 and no sign", PLAIN("0301"), TG_PROTOCOL_TLS1_0, 0, 0, TO_1_1, TG_CAUSE_OLD },
    { "1.1 at most where 1.2 is needed", PLAIN("0302"), TG_PROTOCOL_TLS1_0, 0, 1, TO_1_1,
      TG_CAUSE_OLD },
    { "1.1 on offer where it suffices", PLAIN("0302"), TG_PROTOCOL_TLS1_0, 0, 1, P(TLS1_0),
      TG_CAUSE_SERVER_CAPPED },
    { "1.2 on offer", PLAIN("0303"), TG_PROTOCOL_TLS1_0, 0, 1, TO_1_1, TG_CAUSE_SERVER_CAPPED },
    { "1.2 on offer, and refused", PLAIN("0303"), TG_PROTOCOL_TLS1_0, 0, 0, TO_1_1,
      TG_CAUSE_SERVER_CAPPED },
    { "1.3 on offer, 1.2 chosen", LIST("0304 0303"), TG_PROTOCOL_TLS1_2, 0, 1, TO_1_2,
      TG_CAUSE_SERVER_CAPPED },
    { "1.2 on offer where 1.3 is needed", PLAIN("0303"), TG_PROTOCOL_TLS1_0, 0, 1, TO_1_2,
      TG_CAUSE_OLD },
    { "1.2 at most of a library that knows 1.3", LIST("0303"), TG_PROTOCOL_TLS1_2, 0, 1, TO_1_2,
      TG_CAUSE_PINNED },
    { "1.0 on offer, older than all deprecated ones", PLAIN("0301"), TG_PROTOCOL_SSL3, 0, 0,
      P(TLS1_1), TG_CAUSE_OLD },
    { "1.1 on offer, between deprecated versions", PLAIN("0303"), TG_PROTOCOL_TLS1_0, 0, 1,
      P(TLS1_0) | P(TLS1_2), TG_CAUSE_SERVER_CAPPED },
    { "no 1.1 between deprecated versions", LIST("0303 0301"), TG_PROTOCOL_TLS1_0, 0, 1,
      P(TLS1_0) | P(TLS1_2), TG_CAUSE_PINNED },
    { "the negotiated version is not better", PLAIN("0303"), TG_PROTOCOL_TLS1_2, 0, 0, TO_1_1,
      TG_CAUSE_OLD },
    { "pinned means that it knows more than it offers", LIST("0304 0301"), TG_PROTOCOL_TLS1_0, 0, 1,
      P(TLS1_0) | P(TLS1_3), TG_CAUSE_OLD },
    { "the list has old ones only", LIST("0302 0301"), TG_PROTOCOL_TLS1_1, 0, 0, TO_1_1,
      TG_CAUSE_PINNED },
    { "GREASE alone on offer", LIST("0a0a"), TG_PROTOCOL_UNKNOWN, 0, 0, TO_1_1, TG_CAUSE_PINNED },
    { "fallback, and refused", "0301", "002f 5600", NULL, TG_PROTOCOL_TLS1_0, 0, 0, TO_1_1,
      TG_CAUSE_FALLBACK },
    { "fallback beats a sign", "0301", "002f 5600", "000d 2[]", TG_PROTOCOL_TLS1_0, 0, 0, TO_1_1,
      TG_CAUSE_FALLBACK },
    { "fallback that got through", "0301", "002f 5600", NULL, TG_PROTOCOL_TLS1_0, 0, 1, TO_1_1,
      TG_CAUSE_OLD },
    { "fallback with a sign that got through", "0301", "002f 5600", "000d 2[]", TG_PROTOCOL_TLS1_0,
      0, 1, TO_1_1, TG_CAUSE_PINNED },
    { "SSL 3.0, which the schedule does not name", PLAIN("0300"), TG_PROTOCOL_SSL3, 0, 0, TO_1_1,
      TG_CAUSE_OLD },
    { "SSL 3.0 of a library that knows 1.2", "0300", "002f", "0016 2[]", TG_PROTOCOL_SSL3, 0, 0,
      TO_1_1, TG_CAUSE_PINNED },
    { "kx: ECDHE on offer", "0303", "002f c02f", NULL, TG_PROTOCOL_TLS1_2, RSA, 1, RSA,
      TG_CAUSE_CAPABLE },
    { "kx: TLS 1.3 on offer", "0303", "002f 1301", "002b 2[1[0304 0303]]", TG_PROTOCOL_TLS1_2, RSA,
      1, RSA, TG_CAUSE_CAPABLE },
    { "kx: a cipher of TLS 1.3, and no TLS 1.3", "0303", "002f 1301", NULL, TG_PROTOCOL_TLS1_2, RSA,
      1, RSA, TG_CAUSE_OLD },
    { "kx: RSA is not deprecated, DHE is", "0303", "0033 002f", NULL, TG_PROTOCOL_TLS1_2, DHE, 1,
      DHE, TG_CAUSE_CAPABLE },
    { "kx: RSA for export is not better than DHE", "0303", "0033 0003", NULL, TG_PROTOCOL_TLS1_2,
      DHE, 1, DHE, TG_CAUSE_OLD },
    { "kx: ECDHE with ECDSA on offer", "0303", "002f c02b", NULL, TG_PROTOCOL_TLS1_2, RSA, 1, RSA,
      TG_CAUSE_CAPABLE },
    { "kx: RSA alone", "0303", "002f 009c", NULL, TG_PROTOCOL_TLS1_2, RSA, 1, RSA, TG_CAUSE_OLD },
    { "kx: RSA and signalling values", "0303", "002f 00ff 5600", NULL, TG_PROTOCOL_TLS1_2, RSA, 1,
      RSA, TG_CAUSE_OLD },
    { "kx: RSA and an unknown cipher", "0303", "002f 7777", NULL, TG_PROTOCOL_TLS1_2, RSA, 1, RSA,
      TG_CAUSE_OLD },
    { "kx: DHE is better than RSA", "0303", "002f 0033", NULL, TG_PROTOCOL_TLS1_2, RSA, 1, RSA,
      TG_CAUSE_CAPABLE },
    { "kx: DHE is not where it is deprecated", "0303", "002f 0033", NULL, TG_PROTOCOL_TLS1_2, RSA,
      1, RSA | DHE, TG_CAUSE_OLD },
    { "kx: no cipher protects nothing", "0303", "002f 0000", NULL, TG_PROTOCOL_TLS1_2, RSA, 1, RSA,
      TG_CAUSE_OLD },
    { "kx: without a certificate is not better", "0303", "002f 0018 c018", NULL, TG_PROTOCOL_TLS1_2,
      RSA, 1, RSA, TG_CAUSE_OLD },
    { "kx: with a shared key is not better", "0303", "002f 008c", NULL, TG_PROTOCOL_TLS1_2, RSA, 1,
      RSA, TG_CAUSE_OLD },
    { "version before kx", "0301", "002f c013", NULL, TG_PROTOCOL_TLS1_0, RSA, 1, TO_1_1 | RSA,
      TG_CAUSE_OLD },
    { "kx where the version suffices", "0303", "002f c013", NULL, TG_PROTOCOL_TLS1_2, RSA, 1,
      TO_1_1 | RSA, TG_CAUSE_CAPABLE },
    { "class: GCM on offer", "0303", "c013 c02f", NULL, TG_PROTOCOL_TLS1_2, CBC, 1, CBC,
      TG_CAUSE_CAPABLE },
    { "class: CBC alone", "0303", "c013 002f", NULL, TG_PROTOCOL_TLS1_2, CBC, 1, CBC,
      TG_CAUSE_OLD },
    { "group: none that is post-quantum", "0303", "1301", "000a 2[2[001d 0017]] " TLS13,
      TG_PROTOCOL_TLS1_3, GROUP, 1, GROUP, TG_CAUSE_OLD },
    { "group: one was on offer", "0303", "1301", "000a 2[2[001d 11ec]] " TLS13, TG_PROTOCOL_TLS1_3,
      GROUP, 1, GROUP, TG_CAUSE_CAPABLE },
    { "group: the server has none", "0303", "1301", "000a 2[2[001d 11ec]] " TLS13,
      TG_PROTOCOL_TLS1_3, GROUP | TG_TRAIT_SERVER_CLASSICAL, 1, GROUP, TG_CAUSE_SERVER_CAPPED },
    { "group: the server took TLS 1.2", "0303", "1301 c02f", "000a 2[2[001d 11ec]] " TLS13,
      TG_PROTOCOL_TLS1_2, GROUP, 1, GROUP, TG_CAUSE_SERVER_CAPPED },
    { "group: the draft alone", "0303", "1301", "000a 2[2[6399 001d]] " TLS13, TG_PROTOCOL_TLS1_3,
      GROUP, 1, GROUP, TG_CAUSE_OLD },
    { "group: the draft, and another that is none", "0303", "1301",
      "000a 2[2[6399 11ec 001d]] " TLS13, TG_PROTOCOL_TLS1_3, GROUP, 1, GROUP, TG_CAUSE_CAPABLE },
    { "group: without TLS 1.3 it is no use", "0303", "c02f", "000a 2[2[001d 11ec]]",
      TG_PROTOCOL_TLS1_2, GROUP, 1, GROUP, TG_CAUSE_OLD },
    { "refused, kx: RSA alone", "0303", "002f 009c", NULL, TG_PROTOCOL_TLS1_2, RSA, 0, RSA,
      TG_CAUSE_OLD },
    { "refused, kx: what else was on offer, the server has not", "0303", "002f c02f", NULL,
      TG_PROTOCOL_TLS1_2, RSA, 0, RSA, TG_CAUSE_SERVER_CAPPED },
    { "refused, class: CBC alone", "0303", "c013 002f", NULL, TG_PROTOCOL_TLS1_2, CBC, 0, CBC,
      TG_CAUSE_OLD },
    { "refused, group: none that is post-quantum", "0303", "1301", "000a 2[2[001d 0017]] " TLS13,
      TG_PROTOCOL_TLS1_3, GROUP, 0, GROUP, TG_CAUSE_OLD },
    { "refused, group: of TLS 1.2", "0303", "c02f", NULL, TG_PROTOCOL_TLS1_2, GROUP, 0, GROUP,
      TG_CAUSE_OLD },
    { "refused, group: the server has another one", "0303", "1301", "000a 2[2[001d 11ec]] " TLS13,
      TG_PROTOCOL_TLS1_3, GROUP, 0, GROUP, TG_CAUSE_SERVER_CAPPED },
    { "a condition of the server's", PLAIN("0303"), TG_PROTOCOL_TLS1_2, 0, 1, 0, TG_CAUSE_NONE },
};

static void causes_are_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_schedule_t schedule = { .traits = rows[i].deprecated,
                                   .has_expr = rows[i].deprecated == 0 };
        const tg_offer_t *offer = offer_of(
            wire_hello(rows[i].version, rows[i].ciphers, rows[i].extensions), rows[i].what);

        same_number(cause_of(offer, rows[i].protocol, rows[i].kx, rows[i].established, &schedule),
                    rows[i].cause, rows[i].what);
        same_number(cause_of(NULL, rows[i].protocol, rows[i].kx, rows[i].established, &schedule),
                    TG_CAUSE_NONE, rows[i].what);
    }
}

/* Where every version is deprecated, the client can do nothing, whatever it sent. */
static void nothing_is_a_cause_where_nothing_helps(void **state)
{
    static const tg_traits_t all[] = { TG_TRAIT_ANY, TG_TRAITS_TLS, TO_1_2 | P(TLS1_3) };
    static const struct {
        const char *what, *version, *ciphers, *extensions;
        tg_protocol_t protocol;
    } clients[] = {
        { "old", PLAIN("0301"), TG_PROTOCOL_TLS1_0 },
        { "a sign of 1.2", "0301", "c02f", NULL, TG_PROTOCOL_TLS1_0 },
        { "a sign of 1.3", LIST("0302 0301"), TG_PROTOCOL_TLS1_1 },
        { "fallback", "0302", "002f 5600", NULL, TG_PROTOCOL_TLS1_1 },
        { "a better one on offer", LIST("0304 0303"), TG_PROTOCOL_TLS1_2 },
        { "the newest", LIST("0304"), TG_PROTOCOL_TLS1_3 },
        { "another key exchange on offer", "0303", "002f c02f", NULL, TG_PROTOCOL_TLS1_2 },
        { "SSL 3.0", PLAIN("0300"), TG_PROTOCOL_SSL3 },
    };
    size_t c, a;
    int established;

    (void)state;
    for (c = 0; c < ROWS(clients); c++) {
        const tg_offer_t *offer =
            offer_of(wire_hello(clients[c].version, clients[c].ciphers, clients[c].extensions),
                     clients[c].what);

        for (a = 0; a < ROWS(all); a++) {
            tg_schedule_t schedule = { .traits = all[a] };

            for (established = 0; established <= 1; established++) {
                same_number(cause_of(offer, clients[c].protocol, 0, established, &schedule),
                            TG_CAUSE_NONE, clients[c].what);
            }
        }
    }
}

static void hellos_of_sslv2_have_causes(void **state)
{
    tg_schedule_t schedule = { .traits = TO_1_1 | P(SSL3) };

    (void)state;
    assert_int_equal(cause_of(offer_of_sslv2("0002"), TG_PROTOCOL_UNKNOWN, 0, FAILED, &schedule),
                     TG_CAUSE_OLD);
    assert_int_equal(
        cause_of(offer_of_sslv2("0301"), TG_PROTOCOL_TLS1_0, 0, ESTABLISHED, &schedule),
        TG_CAUSE_OLD);
    assert_int_equal(
        cause_of(offer_of_sslv2("0303"), TG_PROTOCOL_TLS1_0, 0, ESTABLISHED, &schedule),
        TG_CAUSE_SERVER_CAPPED);
}

static void names_are_read_again(void **state)
{
    static const char *const others[] = { "", "none", "Old", "old ", "server", "server_capped" };
    int cause;
    size_t i;

    (void)state;
    assert_null(tg_cause_name(TG_CAUSE_NONE));
    for (cause = TG_CAUSE_NONE + 1; cause < TG_CAUSES; cause++) {
        const char *name = tg_cause_name((tg_cause_t)cause);

        same_number(tg_cause_parse(name), cause, name);
        has_text(tg_cause_names(unit_pool), name, name);
    }
    for (i = 0; i < ROWS(others); i++) {
        same_number(tg_cause_parse(others[i]), TG_CAUSES, others[i]);
    }
}

/* --- sentences --- */

static const struct {
    tg_cause_t cause;
    tg_reason_t reason;
    const char *version, *extensions;
    const char *parts[2];
} sentences[] = {
    { TG_CAUSE_OLD, TG_REASON_PROTOCOL, "0301", NULL, { "offered TLSv1 at most", "update the" } },
    { TG_CAUSE_OLD, TG_REASON_KX, "0303", NULL, { "nothing better", "ECDHE" } },
    { TG_CAUSE_OLD, TG_REASON_PROTOCOL, "0002", NULL, { "offered SSLv2 at most", "" } },
    { TG_CAUSE_PINNED, TG_REASON_PROTOCOL, "0301", "000d 2[]", { "can do TLSv1.2", "TLSv1 at" } },
    { TG_CAUSE_PINNED, TG_REASON_PROTOCOL, "0302", "0033 2[]", { "do TLSv1.3", "TLSv1.1 at" } },
    { TG_CAUSE_PINNED,
      TG_REASON_PROTOCOL,
      "0303",
      "002b 2[1[0a0a]]",
      { "can do TLSv1.3", "no known version" } },
    { TG_CAUSE_FALLBACK,
      TG_REASON_PROTOCOL,
      "0301",
      NULL,
      { "tried a newer version first", "came back with TLSv1:" } },
    { TG_CAUSE_CAPABLE, TG_REASON_KX, "0303", NULL, { "better key exchange", "first" } },
    { TG_CAUSE_OLD, TG_REASON_CLASS, "0303", NULL, { "no better cipher", "AES-GCM" } },
    { TG_CAUSE_CAPABLE, TG_REASON_CLASS, "0303", NULL, { "a better cipher", "first" } },
    { TG_CAUSE_OLD, TG_REASON_GROUP, "0303", TLS13, { "no post-quantum group", "OpenSSL 3.5" } },
    { TG_CAUSE_CAPABLE, TG_REASON_GROUP, "0303", NULL, { "put X25519MLKEM768 first", "key" } },
};

static const char *sentence_of(size_t i)
{
    const tg_offer_t *offer =
        offer_of(wire_hello(sentences[i].version, "002f", sentences[i].extensions), "sentence");

    return tg_cause_sentence(unit_pool, sentences[i].cause, offer, tg_cause_evidence(offer),
                             sentences[i].reason, TG_PROTOCOL_TLS1_2);
}

static void sentences_are_for_developers(void **state)
{
    size_t i, p;

    (void)state;
    for (i = 0; i < ROWS(sentences); i++) {
        const char *sentence = sentence_of(i);

        CHECK(sentence != NULL, "%s: no sentence", sentences[i].parts[0]);
        for (p = 0; p < ROWS(sentences[i].parts); p++) {
            has_text(sentence, sentences[i].parts[p], "sentence");
        }
        CHECK(sentence[strlen(sentence) - 1] == '.', "%s", sentence);
        CHECK(!strstr(sentence, "unknown"), "%s", sentence);
    }
}

/* The cause is unknown, or concerns only the operator: no sentence for any reason. */
static void some_causes_have_no_sentence(void **state)
{
    const tg_offer_t *offer = offer_of(wire_hello("0303", "002f", NULL), "offer");
    int r;

    (void)state;
    for (r = 0; r < TG_REASONS; r++) {
        assert_null(tg_cause_sentence(unit_pool, TG_CAUSE_NONE, offer, TG_PROTOCOL_TLS1_2,
                                      (tg_reason_t)r, TG_PROTOCOLS));
        assert_null(tg_cause_sentence(unit_pool, TG_CAUSE_NONE, NULL, TG_PROTOCOL_UNKNOWN,
                                      (tg_reason_t)r, TG_PROTOCOLS));
        assert_null(tg_cause_sentence(unit_pool, TG_CAUSE_SERVER_CAPPED, offer, TG_PROTOCOL_TLS1_2,
                                      (tg_reason_t)r, TG_PROTOCOLS));
    }
}

/* Another schedule demands more than what the library is known to do. */
static void what_it_can_do_may_not_be_enough(void **state)
{
    const tg_offer_t *offer = offer_of(wire_hello("0301", "002f", NULL), "offer");

    (void)state;
    same_text(tg_cause_sentence(unit_pool, TG_CAUSE_PINNED, offer, TG_PROTOCOL_TLS1_2,
                                TG_REASON_PROTOCOL, TG_PROTOCOL_TLS1_3),
              "Your library can do TLSv1.2 but is configured not to: it offered TLSv1 at most. "
              "Nothing that it sent shows that it can do TLSv1.3: allow that, or update it.",
              "TLSv1.3 is needed");
    same_text(tg_cause_sentence(unit_pool, TG_CAUSE_PINNED, offer, TG_PROTOCOL_TLS1_3,
                                TG_REASON_PROTOCOL, TG_PROTOCOL_TLS1_3),
              "Your library can do TLSv1.3 but is configured not to: it offered TLSv1 at most.",
              "TLSv1.3 is known");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_it_can_do_may_not_be_enough),
    cmocka_unit_test(signs_are_seen),
    cmocka_unit_test(causes_are_told),
    cmocka_unit_test(nothing_is_a_cause_where_nothing_helps),
    cmocka_unit_test(hellos_of_sslv2_have_causes),
    cmocka_unit_test(names_are_read_again),
    cmocka_unit_test(sentences_are_for_developers),
    cmocka_unit_test(some_causes_have_no_sentence),
};

UNIT_MAIN(tests)
