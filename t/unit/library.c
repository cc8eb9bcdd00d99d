/* The library that a hello looks like: of captured hellos, and of those beside them. */
#include "wire.h"

#include "policy/cause.h"
#include "tls/library.h"

#include <stdio.h>

#define MAX 8192

/* Of t/hellos, whose README has the programs. */
static const struct {
    const char *file, *name; /* NULL: none that is known */
} captured[] = {
    { "bearssl-tlsv1.2", NULL },
    { "chromium-post-quantum", NULL },
    { "curl-address-tls1.2", "OpenSSL 1.1.1 to 3.4" },
    { "curl-default", "OpenSSL 3.0 to 3.4" },
    { "curl-post-quantum", "OpenSSL 3.5 or newer" },
    { "curl-tls1.0", "OpenSSL 1.1.1 to 3.4" },
    { "curl-tls1.2", "OpenSSL 1.1.1 to 3.4" },
    { "curl-tls1.3", "OpenSSL 3.0 to 3.4" },
    { "firefox-post-quantum", NULL },
    { "gnutls-default", "GnuTLS" },
    { "gnutls-fallback-tlsv1", "GnuTLS" },
    { "gnutls-tlsv1.1", "GnuTLS" },
    { "gnutls-tlsv1.3", "GnuTLS" },
    { "go-post-quantum", NULL },
    { "go-tlsv1", "Go" },
    { "go-tlsv1.1", "Go" },
    { "go-tlsv1.2", "Go" },
    { "go-tlsv1.3", "Go" },
    { "java-21", "Java (JSSE)" },
    { "java-default", "Java (JSSE)" },
    { "java-sslv3", "Java (JSSE)" },
    { "java-tlsv1", "Java (JSSE)" },
    { "java-tlsv1.2", "Java (JSSE)" },
    { "java-tlsv1.3", "Java (JSSE)" },
    { "mbedtls-fallback-tlsv1.1", NULL },
    { "mbedtls-tlsv1.2", NULL },
    { "node-default", "OpenSSL 3.0 to 3.4" },
    { "node-post-quantum", "OpenSSL 3.5 or newer" },
    { "node-forge-tlsv1", NULL },
    { "nss-default", "NSS, the library of Firefox" },
    { "nss-sslv3", NULL },
    { "nss-tlsv1", "NSS, the library of Firefox" },
    { "nss-tlsv1.2", "NSS, the library of Firefox" },
    { "nss-tlsv1.3", "NSS, the library of Firefox" },
    { "openssl-alpn-h2", "OpenSSL 3.0 to 3.4" },
    { "openssl-default", "OpenSSL 3.0 to 3.4" },
    { "openssl-every-cipher", "OpenSSL 3.0 to 3.4" },
    { "openssl-fallback-tlsv1", "OpenSSL 1.1.1 to 3.4" },
    { "openssl-no-name", "OpenSSL 3.0 to 3.4" },
    { "openssl-one-cipher-tlsv1.2", "OpenSSL 1.1.1 or newer" },
    { "openssl-post-quantum", "OpenSSL 3.5 or newer" },
    { "openssl-tlsv1", "OpenSSL 1.1.1 to 3.4" },
    { "openssl-tlsv1.3", "OpenSSL 3.0 to 3.4" },
    { "python-default", "OpenSSL 3.0 to 3.4" },
    { "sslscan-sslv3", NULL },
    { "wget-default", "GnuTLS" },
    { "wolfssl-default", NULL },
    { "wolfssl-tlsv1.2", NULL },
};

static const char *name_of(const tg_offer_t *offer)
{
    const tg_library_t *library = tg_library_guess(offer);

    if (library) { /* what a library is told by is evidence of what it can do */
        assert_true(tg_cause_evidence(offer) >= TG_LIBRARY_SINCE);
    }
    return library ? library->name : NULL;
}

static const char *name_of_file(const char *file)
{
    unsigned char bytes[MAX];
    FILE *f = fopen(apr_psprintf(unit_pool, "t/hellos/%s.hello", file), "rb");
    tg_hello_t hello;
    size_t n;

    CHECK(f != NULL, "%s: there is no such hello", file);
    n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    CHECK(tg_hello_parse(bytes, n, &hello) > 0, "%s is no hello", file);
    return name_of(tg_offer_make(unit_pool, &hello));
}

static void captured_hellos_are_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(captured); i++) {
        same_text(name_of_file(captured[i].file), captured[i].name, captured[i].file);
    }
}

/* What each sends beside its groups. */
#define OPENSSL "0016 2[] 0017 2[] 000d 2[ 2[ 0403 ] ] "
#define TLS13 "002b 2[ 1[ 0304 0303 ] ] "
#define TLS12 "002b 2[ 1[ 0303 ] ] "
#define SIGNATURES "0403 0503 0603 0807 0808 0809 080a 080b"

static const struct {
    const char *what, *groups, *others;
    const char *name, *post_quantum;
    int has_post_quantum;
} made[] = {
    { "Node.js 16, TLS 1.3", "001d 0017 001e 0019 0018", OPENSSL TLS13, "OpenSSL 1.1.1",
      "OpenSSL 3.5", 0 },
    { "Node.js 16, TLS 1.2", "001d 0017 001e 0019 0018", OPENSSL, "OpenSSL 1.1.1 to 3.4",
      "OpenSSL 3.5", 0 },
    { "Node.js 24, TLS 1.3", "11ec 001d 0017 001e 0018 0019 0100 0101", OPENSSL TLS13,
      "OpenSSL 3.5 or newer", NULL, 1 },
    { "Node.js 24, TLS 1.2", "001d 0017 001e 0018 0019", OPENSSL, "OpenSSL 3.5 or newer", NULL, 1 },
    { "Java 27, as its default list was announced",
      "11ec 001d 0017 0018 0019 001e 0100 0101 0102 0103 0104", TLS13, NULL, NULL, 0 },
    { "Go", "001d 0017 0018 0019", "0012 2[] " TLS13, "Go", "Go 1.24", 0 },
    { "Firefox 131", "001d 0017 0018 0019 0100 0101", "0017 2[] 001c 2[ 4001 ] 0012 2[] " TLS13,
      "NSS, the library of Firefox", "Firefox 132", 0 },
    { "Java 21", "001d 0017 0018 0019 001e 0100 0101 0102 0103 0104", TLS13, "Java (JSSE)",
      "JDK 27", 0 },
    { "GnuTLS", "0017 0018 0019 001d 001e 0100 0101 0102 0103 0104", "001c 2[ 4001 ] ", "GnuTLS",
      NULL, 0 },
    /* Not those. */
    { "another order", "0017 001d 001e 0019 0018", OPENSSL TLS13, NULL, NULL, 0 },
    { "a group less", "001d 0017 001e 0019", OPENSSL TLS13, NULL, NULL, 0 },
    { "a group more", "001d 0017 001e 0019 0018 0100", OPENSSL TLS13, NULL, NULL, 0 },
    { "finite fields, but no TLS 1.3", "001d 0017 001e 0019 0018 0100 0101 0102 0103 0104",
      OPENSSL TLS12, NULL, NULL, 0 },
    { "no extended_master_secret", "001d 0017 001e 0019 0018", "0016 2[] " TLS13, NULL, NULL, 0 },
    { "the groups of Go, with what Safari sends", "001d 0017 0018 0019",
      "0012 2[] 002d 2[ 1[ 01 ] ] 001b 2[ 1[ 0001 ] ] " TLS13, NULL, NULL, 0 },
    { "the groups of Go, before supported_versions", "001d 0017 0018 0019", "0012 2[] ", NULL, NULL,
      0 },
    { "no group at all", "", OPENSSL TLS13, NULL, NULL, 0 },
    { "the draft of Kyber", "6399 001d 0017 0018 0019 0100 0101", "0017 2[] 001c 2[ 4001 ] " TLS13,
      NULL, NULL, 0 },
};

static void lists_and_signs_tell(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(made); i++) {
        const char *extensions =
            apr_psprintf(unit_pool, "000a 2[ 2[ %s ] ] %s", made[i].groups, made[i].others);
        tg_hello_t hello = wire_parse(wire_hello("0303", "1301 002f", extensions), made[i].what);
        const tg_offer_t *offer = tg_offer_make(unit_pool, &hello);
        const tg_library_t *library = tg_library_guess(offer);

        same_text(library ? library->name : NULL, made[i].name, made[i].what);
        if (library) {
            same_text(library->post_quantum, made[i].post_quantum, made[i].what);
            same_number(library->has_post_quantum, made[i].has_post_quantum, made[i].what);
            same_number(tg_cause_evidence(offer), TG_LIBRARY_SINCE, made[i].what);
        }
    }
    assert_null(tg_library_guess(NULL));
}

/* Without ciphers for elliptic curves OpenSSL sends no groups. */
static void signatures_tell_where_there_are_no_groups(void **state)
{
    static const struct {
        const char *extensions, *name;
    } rows[] = {
        { "0016 2[] 0017 2[] 000d 2[ 2[ " SIGNATURES " ] ]", "OpenSSL 1.1.1 or newer" },
        { "0016 2[] 0017 2[] 000d 2[ 2[ " SIGNATURES " 0804 0805 ] ]", "OpenSSL 1.1.1 or newer" },
        { "0016 2[] 0017 2[] 000d 2[ 2[ 0403 0503 0603 0807 0808 0809 080a ] ]", NULL },
        { "0016 2[] 0017 2[] 000d 2[ 2[ 0503 0403 0603 0807 0808 0809 080a 080b ] ]", NULL },
        { "0017 2[] 000d 2[ 2[ " SIGNATURES " ] ]", NULL },
        { "0016 2[] 0017 2[] 000d 2[ 2[ " SIGNATURES " ] ] 000a 2[ 2[ 0017 ] ]", NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_hello_t hello =
            wire_parse(wire_hello("0303", "002f", rows[i].extensions), rows[i].extensions);

        same_text(name_of(tg_offer_make(unit_pool, &hello)), rows[i].name, rows[i].extensions);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(captured_hellos_are_told),
    cmocka_unit_test(lists_and_signs_tell),
    cmocka_unit_test(signatures_tell_where_there_are_no_groups),
};

UNIT_MAIN(tests)
