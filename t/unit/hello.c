/* ClientHello: the parsed fields, and malformed messages. Every message ends where the next
 * byte cannot be read, and is also parsed byte by byte. */
#include "wire.h"

#define SSL3 TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3)
#define TLS(minor) TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_##minor)
#define TO_1_0 (SSL3 | TLS(0))
#define TO_1_2 (TO_1_0 | TLS(1) | TLS(2))

#define SUPPORTED_VERSIONS "002b "

static tg_hello_t good_hello(const char *text, const char *row)
{
    tg_hello_t hello;

    CHECK(wire_read(tg_hello_parse, text, &hello, row) > 0, "%s: is none", row);
    return hello;
}

/* --- versions --- */

static const struct {
    const char *what, *version, *extensions;
    unsigned max_version;
    tg_traits_t versions;
} versions[] = {
    { "SSL 3.0 without extensions", "0300", NULL, 0x0300, SSL3 },
    { "TLS 1.0 without extensions", "0301", NULL, 0x0301, TO_1_0 },
    { "TLS 1.1", "0302", "", 0x0302, TO_1_0 | TLS(1) },
    { "TLS 1.2", "0303", "", 0x0303, TO_1_2 },
    { "TLS 1.3 in front does not offer it", "0304", "", 0x0304, TO_1_2 },
    { "an unknown newer version", "0399", "", 0x0399, TO_1_2 },
    { "older than all", "0200", "", 0x0200, 0 },
    { "SSL 2.0 in this format", "0002", NULL, 0x0002, 0 },
    { "1.3 and 1.2 in the list", "0303", SUPPORTED_VERSIONS "2[ 1[ 0304 0303 ] ]", 0x0304,
      TLS(3) | TLS(2) },
    { "1.3 alone", "0303", SUPPORTED_VERSIONS "2[ 1[ 0304 ] ]", 0x0304, TLS(3) },
    { "the list has only old ones", "0303", SUPPORTED_VERSIONS "2[ 1[ 0302 0301 ] ]", 0x0302,
      TLS(1) | TLS(0) },
    { "the list has only 1.2", "0303", SUPPORTED_VERSIONS "2[ 1[ 0303 ] ]", 0x0303, TLS(2) },
    { "the list has only SSL 3.0", "0303", SUPPORTED_VERSIONS "2[ 1[ 0300 ] ]", 0x0300, SSL3 },
    { "the oldest first", "0303", SUPPORTED_VERSIONS "2[ 1[ 0301 0304 0303 ] ]", 0x0304,
      TLS(3) | TLS(2) | TLS(0) },
    { "GREASE, then 1.2", "0303", SUPPORTED_VERSIONS "2[ 1[ dada 0303 ] ]", 0x0303, TLS(2) },
    { "GREASE alone", "0303", SUPPORTED_VERSIONS "2[ 1[ 0a0a fafa ] ]", 0, 0 },
    { "an empty list", "0303", SUPPORTED_VERSIONS "2[ 1[] ]", 0, 0 },
    { "a draft of 1.3 is unknown", "0303", SUPPORTED_VERSIONS "2[ 1[ 7f1c 0303 ] ]", 0x7f1c,
      TLS(2) },
    { "efef is not GREASE", "0303", SUPPORTED_VERSIONS "2[ 1[ efef 0303 ] ]", 0xefef, TLS(2) },
    { "the list beats a lower number in front", "0301", SUPPORTED_VERSIONS "2[ 1[ 0303 ] ]", 0x0303,
      TLS(2) },
};

static void versions_are_read(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(versions); i++) {
        const char *row = versions[i].what;
        tg_hello_t hello =
            good_hello(wire_hello(versions[i].version, "002f", versions[i].extensions), row);

        same_number(hello.max_version, versions[i].max_version, row);
        same_number(hello.versions, versions[i].versions, row);
        same_number(hello.legacy_version, strtol(versions[i].version, NULL, 16), row);
        same_number(hello.cipher_size, 2, row);
    }
}

static void sixteen_values_are_grease(void **state)
{
    unsigned value, n = 0;

    (void)state;
    for (value = 0; value < 0x10000; value++) {
        n += tg_hello_is_grease(value) ? 1 : 0;
    }
    assert_int_equal(n, 16);
    for (n = 0; n < 16; n++) {
        value = (n << 4 | 0xA) * 0x0101;
        CHECK(tg_hello_is_grease(value), "%04x is GREASE", value);
    }
    assert_false(tg_hello_is_grease(0xEFEF));
    assert_false(tg_hello_is_grease(0x0A1A));
    assert_false(tg_hello_is_grease(0x5600));
}

/* --- extensions --- */

#define SNI offsetof(tg_hello_t, server_name)
#define GROUPS offsetof(tg_hello_t, groups)
#define FORMATS offsetof(tg_hello_t, point_formats)
#define ALGORITHMS offsetof(tg_hello_t, signature_algorithms)
#define ALPN offsetof(tg_hello_t, alpn)
#define VERSIONS offsetof(tg_hello_t, supported_versions)

static const struct {
    const char *what, *extensions;
    size_t member;
    const char *bytes; /* NULL: not sent */
} extensions[] = {
    { "a name", "0000 2[ 2[ 00 2['api.example.com'] ] ]", SNI, "'api.example.com'" },
    { "the first of two names", "0000 2[ 2[ 00 2['a'] 00 2['b'] ] ]", SNI, "'a'" },
    { "an empty name", "0000 2[ 2[ 00 2[] ] ]", SNI, "" },
    { "a name after GREASE", "0a0a 2[] 0000 2[ 2[ 00 2['a'] ] ] 1a1a 2[00]", SNI, "'a'" },
    { "a name of another type", "0000 2[ 2[ 01 2['a'] ] ]", SNI, NULL },
    { "no list of names", "0000 2[]", SNI, NULL },
    { "an empty list of names", "0000 2[ 2[] ]", SNI, NULL },
    { "a name that is too long for its list", "0000 2[ 2[ 00 0002 'a' ] ]", SNI, NULL },
    { "a list of names that is too long", "0000 2[ 0009 00 2['a'] ]", SNI, NULL },
    { "bytes after the list of names", "0000 2[ 2[ 00 2['a'] ] 00 ]", SNI, NULL },
    { "groups", "000a 2[ 2[ 001d 0017 ] ]", GROUPS, "001d 0017" },
    { "groups with GREASE", "000a 2[ 2[ 4a4a 001d ] ]", GROUPS, "4a4a 001d" },
    { "no group", "000a 2[ 2[] ]", GROUPS, "" },
    { "half a group", "000a 2[ 2[ 001d 00 ] ]", GROUPS, NULL },
    { "groups of too many bytes", "000a 2[ 0004 001d ]", GROUPS, NULL },
    { "bytes after the groups", "000a 2[ 2[ 001d ] 0017 ]", GROUPS, NULL },
    { "no list of groups", "000a 2[]", GROUPS, NULL },
    { "point formats", "000b 2[ 1[ 00 01 02 ] ]", FORMATS, "00 01 02" },
    { "too few point formats", "000b 2[ 03 00 01 ]", FORMATS, NULL },
    { "bytes after the point formats", "000b 2[ 1[00] 01 ]", FORMATS, NULL },
    { "signature algorithms", "000d 2[ 2[ 0403 0804 ] ]", ALGORITHMS, "0403 0804" },
    { "half a signature algorithm", "000d 2[ 2[ 0403 08 ] ]", ALGORITHMS, NULL },
    { "ALPN", "0010 2[ 2[ 1['h2'] 1['http/1.1'] ] ]", ALPN, "02 'h2' 08 'http/1.1'" },
    { "ALPN without a name", "0010 2[ 2[] ]", ALPN, "" },
    { "ALPN with an empty name", "0010 2[ 2[ 1['h2'] 1[] ] ]", ALPN, NULL },
    { "ALPN with half a name", "0010 2[ 2[ 03 'h2' ] ]", ALPN, NULL },
    { "bytes after ALPN", "0010 2[ 2[ 1['h2'] ] 00 ]", ALPN, NULL },
    { "no list of ALPN", "0010 2[ 00 ]", ALPN, NULL },
    { "versions", "002b 2[ 1[ 0a0a 0304 ] ]", VERSIONS, "0a0a 0304" },
    { "no extension", "", SNI, NULL },
    { "an extension that is not parsed", "0023 2[ 5a*200 ]", SNI, NULL },
    { "one that is not parsed, twice", "0023 2[] 0023 2[] 000a 2[ 2[ 001d ] ]", GROUPS, "001d" },
};

/* A malformed extension counts as not sent, and the versions are still known. */
static void extensions_are_read(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(extensions); i++) {
        const char *row = extensions[i].what;
        tg_hello_t hello = good_hello(wire_hello("0303", "002f", extensions[i].extensions), row);
        tg_bytes_t got;

        memcpy(&got, (const char *)&hello + extensions[i].member, sizeof(got));
        wire_same(got, extensions[i].bytes, row);
        CHECK(hello.max_version >= 0x0303, "%s: no version", row);
        wire_same(hello.extensions, extensions[i].extensions, row);
    }
}

/* --- ciphers and compression --- */

static const struct {
    const char *what, *ciphers;
    size_t length;
    int fallback;
} ciphers[] = {
    { "none", "", 0, 0 },
    { "one", "002f", 2, 0 },
    { "a signalling value, no cipher", "00ff", 2, 0 },
    { "fallback first", "5600 002f", 4, 1 },
    { "fallback last", "002f 0035 5600", 6, 1 },
    { "fallback alone", "5600", 2, 1 },
    { "fallback across two ciphers does not count", "0056 0035", 4, 0 },
    { "200", "5a*400", 400, 0 },
    { "as many as there can be", "5a*65534", 65534, 0 },
};

static void ciphers_are_read(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(ciphers); i++) {
        const char *row = ciphers[i].what;
        tg_hello_t hello = good_hello(wire_hello("0301", ciphers[i].ciphers, NULL), row);

        same_number((int64_t)hello.ciphers.length, (int64_t)ciphers[i].length, row);
        same_number(hello.fallback, ciphers[i].fallback, row);
        same_number(hello.compression, 0, row);
        assert_null(hello.extensions.at);
    }
}

#define FRONT "0301 5a*32 1[] 2[002f] "

static void compression_is_read(void **state)
{
    (void)state;
    assert_int_equal(good_hello("01 3[ " FRONT "1[ 00 ] ]", "null").compression, 0);
    assert_int_equal(good_hello("01 3[ " FRONT "1[ 01 00 ] ]", "deflate").compression, 1);
    assert_int_equal(good_hello("01 3[ " FRONT "1[] ]", "none at all").compression, 0);
    assert_int_equal(good_hello("01 3[ 0301 5a*32 1[5a*32] 2[] 1[00] ]", "a session").compression,
                     0);
}

/* --- malformed messages --- */

static const struct {
    const char *what, *message;
} bad[] = {
    { "ServerHello", "02 3[ " FRONT "1[00] ]" },
    { "an HTTP request", "'GET / HTTP/1.1'" },
    { "an empty body", "01 3[]" },
    { "a version alone", "01 3[ 0301 ]" },
    { "a random that is too short", "01 3[ 0301 5a*31 ]" },
    { "a session id of 33 bytes", "01 3[ 0301 5a*32 1[5a*33] 2[002f] 1[00] ]" },
    { "a session id longer than the body", "01 3[ 0301 5a*32 20 5a*8 ]" },
    { "half a cipher", "01 3[ 0301 5a*32 1[] 2[002f00] 1[00] ]" },
    { "ciphers longer than the body", "01 3[ 0301 5a*32 1[] 0fff 002f 1[00] ]" },
    { "no ciphers at all", "01 3[ 0301 5a*32 1[] ]" },
    { "no compression at all", "01 3[ " FRONT "]" },
    { "compression longer than the body", "01 3[ " FRONT "05 00 ]" },
    { "half a length of extensions", "01 3[ " FRONT "1[00] 00 ]" },
    { "extensions longer than the body", "01 3[ " FRONT "1[00] 0005 0023 0000 ]" },
    { "bytes after the extensions", "01 3[ " FRONT "1[00] 2[ 0023 2[] ] 00 ]" },
    { "half a type", "01 3[ " FRONT "1[00] 2[ 00 ] ]" },
    { "a type without a length", "01 3[ " FRONT "1[00] 2[ 0023 ] ]" },
    { "an extension longer than its block", "01 3[ " FRONT "1[00] 2[ 0023 0004 000000 ] ]" },
    { "half a version in the list", "01 3[ " FRONT "1[00] 2[ 002b 2[ 1[ 0304 03 ] ] ] ]" },
    { "a list of versions that is too long", "01 3[ " FRONT "1[00] 2[ 002b 2[ 04 0304 ] ] ]" },
    { "bytes after the versions", "01 3[ " FRONT "1[00] 2[ 002b 2[ 1[ 0304 ] 00 ] ] ]" },
    { "no list of versions", "01 3[ " FRONT "1[00] 2[ 002b 2[] ] ]" },
    { "two names", "01 3[ " FRONT "1[00] 2[ 0000 2[ 2[ 00 2['a'] ] ] 0000 2[] ] ]" },
    { "groups twice", "01 3[ " FRONT "1[00] 2[ 000a 2[ 2[] ] 000a 2[ 2[] ] ] ]" },
    { "ALPN twice, malformed both times", "01 3[ " FRONT "1[00] 2[ 0010 2[] 0010 2[] ] ]" },
    { "versions twice", "01 3[ " FRONT "1[00] 2[ 002b 2[1[0304]] 002b 2[1[0304]] ] ]" },
};

static void what_is_none_is_bad(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bad); i++) {
        tg_hello_t hello;

        same_number(wire_read(tg_hello_parse, bad[i].message, &hello, bad[i].what), TG_HELLO_BAD,
                    bad[i].what);
        CHECK(hello.versions == 0 && hello.max_version == 0, "%s: offers", bad[i].what);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(versions_are_read),   cmocka_unit_test(sixteen_values_are_grease),
    cmocka_unit_test(extensions_are_read), cmocka_unit_test(ciphers_are_read),
    cmocka_unit_test(compression_is_read), cmocka_unit_test(what_is_none_is_bad),
};

UNIT_MAIN(tests)
