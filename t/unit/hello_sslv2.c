/* ClientHello in SSLv2 format, and the names in ALPN. */
#include "wire.h"

#define SSL3 TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3)
#define TLS(minor) TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_##minor)
#define TO_1_0 (SSL3 | TLS(0))

static const struct {
    const char *what, *version, *ciphers;
    unsigned max_version;
    tg_traits_t versions;
    int fallback;
} hellos[] = {
    { "SSL 2.0 and nothing else", "0002", "010080 0700c0", 0x0002, 0, 0 },
    { "up to SSL 3.0", "0300", "00000a 010080", 0x0300, SSL3, 0 },
    { "up to TLS 1.0", "0301", "00002f 000035 010080", 0x0301, TO_1_0, 0 },
    { "up to TLS 1.2", "0303", "00002f", 0x0303, TO_1_0 | TLS(1) | TLS(2), 0 },
    { "TLS 1.3 in front does not offer it", "0304", "00002f", 0x0304, TO_1_0 | TLS(1) | TLS(2), 0 },
    { "no cipher", "0301", "", 0x0301, TO_1_0, 0 },
    { "fallback", "0301", "00002f 005600", 0x0301, TO_1_0, 1 },
    { "a cipher of SSL 2.0 that ends like fallback", "0301", "015600", 0x0301, TO_1_0, 0 },
    { "fallback across two ciphers does not count", "0301", "000056 000035", 0x0301, TO_1_0, 0 },
};

static void hellos_are_read(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(hellos); i++) {
        const char *row = hellos[i].what;
        tg_hello_t hello;
        long used = wire_read(tg_hello_parse_sslv2,
                              wire_sslv2(hellos[i].version, hellos[i].ciphers), &hello, row);

        CHECK(used > 0, "%s: is none", row);
        same_number(hello.max_version, hellos[i].max_version, row);
        same_number(hello.legacy_version, strtol(hellos[i].version, NULL, 16), row);
        same_number(hello.versions, hellos[i].versions, row);
        same_number(hello.fallback, hellos[i].fallback, row);
        same_number(hello.cipher_size, 3, row);
        wire_same(hello.ciphers, hellos[i].ciphers, row);
        CHECK(!hello.extensions.at && !hello.server_name.at && !hello.alpn.at, "%s: extensions",
              row);
    }
}

static const struct {
    const char *what, *message;
    long used; /* 0: all of it */
} others[] = {
    { "with a session", "01 0301 0003 0010 0010 00002f 5a*16 a5*16", 0 },
    { "with a challenge of 32 bytes", "01 0301 0003 0000 0020 00002f 5a*32", 0 },
    { "without a challenge", "01 0301 0003 0000 0000 00002f", 0 },
    { "a server's", "04 0301 0003 0000 0010 00002f 5a*16", TG_HELLO_BAD },
    { "ciphers of two bytes", "01 0301 0004 0000 0010 002f0035 5a*16", TG_HELLO_BAD },
    { "ciphers longer than the message", "01 0301 0006 0000 0010 00002f", TG_HELLO_INCOMPLETE },
    { "a session longer than the message", "01 0301 0003 0010 0010 00002f 5a*15",
      TG_HELLO_INCOMPLETE },
    { "a challenge longer than the message", "01 0301 0003 0000 0010 00002f 5a*15",
      TG_HELLO_INCOMPLETE },
};

static void lengths_are_kept(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(others); i++) {
        tg_hello_t hello;
        long all = (long)wire_make(others[i].message).length;

        same_number(wire_read(tg_hello_parse_sslv2, others[i].message, &hello, others[i].what),
                    others[i].used ? others[i].used : all, others[i].what);
    }
}

/* Both formats begin with the same byte: only the reader of the record can tell them apart. */
static void formats_are_not_mixed(void **state)
{
    wire_t tls = wire_make(wire_hello("0301", "002f", NULL));
    wire_t sslv2 = wire_make(wire_sslv2("0301", "00002f"));
    tg_hello_t hello;

    (void)state;
    assert_true(tg_hello_parse_sslv2(tls.at, tls.length, &hello) < 0);
    assert_true(tg_hello_parse(sslv2.at, sslv2.length, &hello) < 0);
}

static const struct {
    const char *what, *extensions;
    int is_acme;
} offers[] = {
    { "acme-tls/1 alone", "0010 2[ 2[ 1['acme-tls/1'] ] ]", 1 },
    { "another alone", "0010 2[ 2[ 1['h2'] ] ]", 0 },
    { "one that begins like it", "0010 2[ 2[ 1['acme-tls/1.1'] ] ]", 0 },
    { "one that it begins with", "0010 2[ 2[ 1['acme-tls/'] ] ]", 0 },
    { "one of the same length", "0010 2[ 2[ 1['acme-tls/2'] ] ]", 0 },
    { "in upper case", "0010 2[ 2[ 1['ACME-TLS/1'] ] ]", 0 },
    { "acme-tls/1 and another", "0010 2[ 2[ 1['acme-tls/1'] 1['h2'] ] ]", 0 },
    { "another and acme-tls/1", "0010 2[ 2[ 1['h2'] 1['acme-tls/1'] ] ]", 0 },
    { "its bytes in two names", "0010 2[ 2[ 1['acme-tls'] 1['1'] ] ]", 0 },
    { "no name", "0010 2[ 2[] ]", 0 },
    { "malformed", "0010 2[ 2[ 1['acme-tls/1'] ] 00 ]", 0 },
    { "no ALPN", "", 0 },
};

static void alpn_is_one_protocol(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(offers); i++) {
        const char *row = offers[i].what;
        tg_hello_t hello = wire_parse(wire_hello("0303", "002f", offers[i].extensions), row);

        same_number(tg_hello_alpn_is(&hello, "acme-tls/1"), offers[i].is_acme, row);
        same_number(tg_hello_alpn_is(&hello, ""), 0, row);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(hellos_are_read),
    cmocka_unit_test(lengths_are_kept),
    cmocka_unit_test(formats_are_not_mixed),
    cmocka_unit_test(alpn_is_one_protocol),
};

UNIT_MAIN(tests)
