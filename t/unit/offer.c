/* The offer: what is kept of a ClientHello, in which order, and how much memory it needs. */
#include "wire.h"

#include "tls/offer.h"

#define SSL3 TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3)
#define TLS(minor) TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_##minor)

static const tg_offer_t *offer_of(const char *text, const char *row)
{
    tg_hello_t hello = wire_parse(text, row);

    return tg_offer_make(unit_pool, &hello);
}

static const tg_offer_t *offer_of_sslv2(const char *version, const char *ciphers)
{
    wire_t wire = wire_make(wire_sslv2(version, ciphers));
    tg_hello_t hello;

    CHECK(tg_hello_parse_sslv2(wire.at, wire.length, &hello) > 0, "%s: is none", ciphers);
    return tg_offer_make(unit_pool, &hello);
}

/* A list is those numbers, of two bytes each. */
static void same_list(const tg_offer_t *offer, tg_offer_list_t list, const char *want,
                      const char *row)
{
    wire_t wire = wire_make(want);
    int i, n;
    const uint16_t *numbers = tg_offer_list(offer, list, &n);

    CHECK(n == (int)wire.length / 2, "%s: %d numbers, not %d", row, n, (int)wire.length / 2);
    for (i = 0; i < n; i++) {
        CHECK(numbers[i] == tg_hello_u16(wire.at + 2 * i), "%s: %04x", row, numbers[i]);
        CHECK(tg_offer_has(offer, list, numbers[i]), "%s: has no %04x", row, numbers[i]);
    }
    CHECK(!tg_offer_has(offer, list, 0x7777), "%s: has 7777", row);
}

/* --- what is kept --- */

static const struct {
    const char *what, *ciphers, *extensions;
    tg_offer_list_t list;
    const char *kept;
} lists[] = {
    { "ciphers in their order", "0035 002f 00ff 5600", "", TG_OFFER_CIPHERS,
      "0035 002f 00ff 5600" },
    { "the same cipher twice", "002f 002f", "", TG_OFFER_CIPHERS, "002f 002f" },
    { "no GREASE among ciphers", "0a0a 002f fafa", "", TG_OFFER_CIPHERS, "002f" },
    { "GREASE in the first eight", "0a0a 0001 0002 0003 0004 0005 0006 0007 0008 0009", "",
      TG_OFFER_CIPHERS, "0001 0002 0003 0004 0005 0006 0007 0008 0009" },
    { "GREASE in the second eight",
      "0001 0002 0003 0004 0005 0006 0007 0008 0009 000a 000b 000c 000d 000e 000f fafa 0010", "",
      TG_OFFER_CIPHERS,
      "0001 0002 0003 0004 0005 0006 0007 0008 0009 000a 000b 000c 000d 000e 000f 0010" },
    { "no GREASE in eight that look like it", "0a1a 1a0a fa0a 0afa 0a0b 0b0a 0aaa aa0a 1301", "",
      TG_OFFER_CIPHERS, "0a1a 1a0a fa0a 0afa 0a0b 0b0a 0aaa aa0a 1301" },
    { "efef is not GREASE", "efef eeee eded", "", TG_OFFER_CIPHERS, "efef eeee eded" },
    { "no cipher", "", "", TG_OFFER_CIPHERS, "" },
    { "extensions in their order, none parsed", "002f", "0023 2[00] ff01 2[00] 0017 2[]",
      TG_OFFER_EXTENSIONS, "0023 ff01 0017" },
    { "no GREASE among extensions", "002f", "1a1a 2[] 000a 2[ 2[] ] 2a2a 2[00]",
      TG_OFFER_EXTENSIONS, "000a" },
    { "a malformed one is listed too", "002f", "0010 2[00]", TG_OFFER_EXTENSIONS, "0010" },
    { "none", "002f", NULL, TG_OFFER_EXTENSIONS, "" },
    { "groups", "002f", "000a 2[ 2[ 001d 0017 ] ]", TG_OFFER_GROUPS, "001d 0017" },
    { "no GREASE among groups", "002f", "000a 2[ 2[ baba 001d ] ]", TG_OFFER_GROUPS, "001d" },
    { "malformed groups", "002f", "000a 2[ 2[ 00 ] ]", TG_OFFER_GROUPS, "" },
    { "signature algorithms", "002f", "000d 2[ 2[ 0804 0403 ] ]", TG_OFFER_SIGNATURE_ALGORITHMS,
      "0804 0403" },
    { "no GREASE among them", "002f", "000d 2[ 2[ 0a0a 0403 efef ] ]",
      TG_OFFER_SIGNATURE_ALGORITHMS, "0403 efef" },
    { "point formats", "002f", "000b 2[ 1[ 00 01 02 ] ]", TG_OFFER_POINT_FORMATS,
      "0000 0001 0002" },
    { "ten is a point format, not GREASE", "002f", "000b 2[ 1[ 0a ] ]", TG_OFFER_POINT_FORMATS,
      "000a" },
};

static void lists_are_kept(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(lists); i++) {
        const tg_offer_t *offer =
            offer_of(wire_hello("0303", lists[i].ciphers, lists[i].extensions), lists[i].what);

        CHECK(offer != NULL, "%s: no offer", lists[i].what);
        same_list(offer, lists[i].list, lists[i].kept, lists[i].what);
    }
}

/* Each list begins where the one before it ends. */
static void lists_do_not_mix(void **state)
{
    const tg_offer_t *offer = offer_of(wire_hello("0303", "c02f 002f",
                                                  "000b 2[ 1[ 00 ] ] 000d 2[ 2[ 0804 0401 0403 ] ] "
                                                  "000a 2[ 2[ 001d 0017 0018 0019 ] ]"),
                                       "all lists");

    (void)state;
    same_list(offer, TG_OFFER_CIPHERS, "c02f 002f", "ciphers");
    same_list(offer, TG_OFFER_EXTENSIONS, "000b 000d 000a", "extensions");
    same_list(offer, TG_OFFER_GROUPS, "001d 0017 0018 0019", "groups");
    same_list(offer, TG_OFFER_SIGNATURE_ALGORITHMS, "0804 0401 0403", "algorithms");
    same_list(offer, TG_OFFER_POINT_FORMATS, "0000", "formats");
}

static const struct {
    const char *what, *version, *extensions;
    unsigned max_version;
    tg_traits_t versions;
    tg_protocol_t newest;
} versions[] = {
    { "1.0 does not mean SSL 3.0 as well", "0301", NULL, 0x0301, TLS(0), TG_PROTOCOL_TLS1_0 },
    { "SSL 3.0 alone", "0300", NULL, 0x0300, SSL3, TG_PROTOCOL_SSL3 },
    { "SSL 3.0 in the list", "0303", "002b 2[ 1[ 0303 0300 ] ]", 0x0303, SSL3 | TLS(2),
      TG_PROTOCOL_TLS1_2 },
    { "1.3 in the list", "0303", "002b 2[ 1[ 0304 ] ]", 0x0304, TLS(3), TG_PROTOCOL_TLS1_3 },
    { "GREASE alone", "0303", "002b 2[ 1[ 0a0a ] ]", 0, 0, TG_PROTOCOL_UNKNOWN },
    { "SSL 2.0", "0002", NULL, 0x0002, 0, TG_PROTOCOL_UNKNOWN },
};

static void versions_are_kept(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(versions); i++) {
        const char *row = versions[i].what;
        const tg_offer_t *offer =
            offer_of(wire_hello(versions[i].version, "002f", versions[i].extensions), row);

        same_number(offer->max_version, versions[i].max_version, row);
        same_number(offer->versions, versions[i].versions, row);
        same_number(tg_offer_newest(offer), versions[i].newest, row);
        same_number(offer->legacy_version, strtol(versions[i].version, NULL, 16), row);
    }
}

static void flags_are_kept(void **state)
{
    (void)state;
    assert_int_equal(offer_of(wire_hello("0301", "5600 002f", NULL), "fallback")->fallback, 1);
    assert_int_equal(offer_of(wire_hello("0301", "002f", NULL), "none")->fallback, 0);
    assert_int_equal(offer_of(wire_hello("0301", "002f", NULL), "null")->compression, 0);
    assert_int_equal(offer_of("01 3[ 0301 5a*32 1[] 2[002f] 1[01 00] ]", "deflate")->compression,
                     1);
}

static void ciphers_of_ssl2_are_dropped(void **state)
{
    const tg_offer_t *offer = offer_of_sslv2("0301", "010080 00002f 0700c0 000035 000a0a 005600");

    (void)state;
    same_list(offer, TG_OFFER_CIPHERS, "002f 0035 5600", "SSLv2 format");
    assert_int_equal(offer->fallback, 1);
    same_list(offer, TG_OFFER_EXTENSIONS, "", "SSLv2 format");
    same_list(offer_of_sslv2("0002", "010080 0700c0"), TG_OFFER_CIPHERS, "", "SSL 2.0 alone");
}

/* --- questions --- */

static const struct {
    const char *what, *ciphers, *groups;
    int post_quantum, ephemeral;
} questions[] = {
    { "RSA", "002f 0035 00ff", "001d", 0, 0 },
    { "ECDHE", "002f c013", "001d 0017", 0, 1 },
    { "DHE", "0033", "", 0, 1 },
    { "DHE with a shared key", "c0aa", "", 0, 1 },
    { "ECDHE with a shared key", "c035", "001d", 0, 1 },
    { "anonymous DH", "0018", "", 0, 0 },
    { "anonymous ECDH", "c018", "001d", 0, 0 },
    { "ECDH that is not ephemeral", "c00e", "0017", 0, 0 },
    { "a cipher of TLS 1.3", "1301", "001d", 0, 1 },
    { "signalling values alone", "00ff 5600", "", 0, 0 },
    { "an unknown cipher", "7777", "", 0, 0 },
    { "no cipher", "", "", 0, 0 },
    { "X25519MLKEM768", "1301", "001d 11ec", 1, 1 },
    { "the draft before it", "1301", "6399", 1, 1 },
    { "an ffdhe group", "1301", "0100", 0, 1 },
};

static void questions_are_answered(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(questions); i++) {
        const char *row = questions[i].what;
        const char *groups = apr_psprintf(unit_pool, "000a 2[ 2[ %s ] ]", questions[i].groups);
        const tg_offer_t *offer = offer_of(wire_hello("0303", questions[i].ciphers, groups), row);

        same_number(tg_offer_post_quantum(offer), questions[i].post_quantum, row);
        same_number(tg_offer_ephemeral(offer), questions[i].ephemeral, row);
    }
}

/* --- bounds --- */

static const struct {
    const char *what, *ciphers, *extensions;
    int kept; /* numbers; 0 if there is no offer */
} sizes[] = {
    { "512 ciphers", "55*1024", NULL, 512 },
    { "513 ciphers", "55*1026", NULL, 0 },
    { "512 in five lists", "55*1000",
      "000a 2[ 2[ 001d 001d ] ] 000b 2[ 1[ 00*5 ] ] 000d 2[ 2[ 0403 0403 ] ]", 512 },
    { "513 in five lists", "55*1000",
      "000a 2[ 2[ 001d 001d ] ] 000b 2[ 1[ 00*6 ] ] 000d 2[ 2[ 0403 0403 ] ]", 0 },
    { "GREASE does not count", "55*1024", "0a0a 2[ 5a*100 ]", 512 },
    { "as many ciphers as there can be", "55*65534", NULL, 0 },
    { "as many, all of them GREASE", "0a*65534", NULL, -1 },
    { "nothing", "", NULL, -1 },
};

static void numbers_have_a_bound(void **state)
{
    size_t i;

    (void)state;
    assert_int_equal(TG_OFFER_NUMBERS_MAX, 512);
    for (i = 0; i < ROWS(sizes); i++) {
        const char *row = sizes[i].what;
        const tg_offer_t *offer =
            offer_of(wire_hello("0303", sizes[i].ciphers, sizes[i].extensions), row);
        int list, n = 0;

        CHECK((offer != NULL) == (sizes[i].kept != 0), "%s: %s", row, offer ? "kept" : "not kept");
        for (list = 0; offer && list < TG_OFFER_LISTS; list++) {
            n += offer->counts[list];
        }
        same_number(n, sizes[i].kept < 0 ? 0 : sizes[i].kept, row);
    }
}

/* What OpenSSL 3.0 sends by default: 31 ciphers, 12 extensions, 10 groups, 20 algorithms. */
static void an_ordinary_offer_is_small(void **state)
{
    const tg_offer_t *offer = offer_of(
        wire_hello("0303",
                   "1302 1303 1301 c02c c030 009f cca9 cca8 ccaa c02b c02f 009e c024 c028 "
                   "006b c023 c027 0067 c00a c014 0039 c009 c013 0033 009d 009c 003d 003c "
                   "0035 002f 00ff",
                   "0000 2[ 2[ 00 2['api.example.com'] ] ] 000b 2[ 1[ 00 01 02 ] ] "
                   "000a 2[ 2[ 001d 0017 001e 0019 0018 0100 0101 0102 0103 0104 ] ] "
                   "0023 2[] 0010 2[ 2[ 1['h2'] 1['http/1.1'] ] ] 0016 2[] 0017 2[] "
                   "000d 2[ 2[ 0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 "
                   "0501 0601 0303 0301 0302 0402 0502 0602 ] ] "
                   "002b 2[ 1[ 0304 0303 ] ] 002d 2[ 1[ 01 ] ] "
                   "0033 2[ 2[ 001d 2[ 5a*32 ] ] ] 0031 2[]"),
        "OpenSSL 3.0");
    size_t size = sizeof(*offer);
    int list;

    (void)state;
    for (list = 0; list < TG_OFFER_LISTS; list++) {
        size += offer->counts[list] * sizeof(offer->numbers[0]);
    }
    print_message("# an offer of OpenSSL 3.0 needs %d bytes\n", (int)size);
    CHECK(size < 200, "%d bytes", (int)size);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lists_are_kept),
    cmocka_unit_test(lists_do_not_mix),
    cmocka_unit_test(versions_are_kept),
    cmocka_unit_test(flags_are_kept),
    cmocka_unit_test(ciphers_of_ssl2_are_dropped),
    cmocka_unit_test(questions_are_answered),
    cmocka_unit_test(numbers_have_a_bound),
    cmocka_unit_test(an_ordinary_offer_is_small),
};

UNIT_MAIN(tests)
