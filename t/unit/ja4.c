/* Fingerprints: JA4 with the published values and the sentences of its specification, JA3
 * with a published one. */
#include "wire.h"

#include "tls/ja4.h"

/* The extensions of a hello as JA4 counts them: types in order, in hex, and the
 * contents of those that it reads. Others are empty. */
static const char *extensions_of(const char *types, const char *algorithms, const char *alpn,
                                 const char *versions)
{
    char *rest = apr_pstrdup(unit_pool, types), *type;
    const char *text = "";

    while ((type = apr_strtok(rest, ",", &rest)) != NULL) {
        const char *data = "";

        if (strcmp(type, "000d") == 0) {
            data = apr_pstrcat(unit_pool, "2[ ", algorithms, " ]", NULL);
        }
        else if (strcmp(type, "0010") == 0) {
            data = apr_pstrcat(unit_pool, "2[ ", alpn, " ]", NULL);
        }
        else if (strcmp(type, "002b") == 0) {
            data = apr_pstrcat(unit_pool, "1[ ", versions, " ]", NULL);
        }
        text = apr_pstrcat(unit_pool, text, " ", type, " 2[ ", data, " ]", NULL);
    }
    return text;
}

/* Numbers with commas between them, without the commas. */
static const char *without_commas(const char *with_commas)
{
    char *text = apr_pstrdup(unit_pool, with_commas), *comma;

    while ((comma = strchr(text, ',')) != NULL) {
        *comma = ' ';
    }
    return text;
}

static void same_ja4(const char *text, const char *want, const char *row)
{
    tg_hello_t hello = wire_parse(text, row);
    const tg_offer_t *offer = tg_offer_make(unit_pool, &hello);
    char ja4[TG_JA4_STRLEN];
    size_t at;

    CHECK(offer != NULL, "%s: no offer", row);
    CHECK(tg_ja4(offer, ja4) == ja4, "%s: no JA4", row);
    CHECK(!tg_ja4_prefix_fault(ja4, &at), "%s: not allowed as a prefix, at %d", ja4, (int)at);
    /* A dot matches any character. */
    if (strchr(want, '.')) {
        size_t i;

        same_number((int64_t)strlen(ja4), TG_JA4_STRLEN - 1, row);
        for (i = 0; want[i]; i++) {
            CHECK(want[i] == '.' || want[i] == ja4[i], "%s: %s, not %s", row, ja4, want);
        }
        return;
    }
    same_text(ja4, want, row);
}

/* --- published values: the numbers of the hellos, in the order in which they were sent --- */

#define CHROME "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"
#define CHROME_ALGORITHMS "0403,0804,0401,0503,0805,0501,0806,0601"
#define WINDOWS                                                                                    \
    "c02c,c02b,c030,c02f,c024,c023,c028,c027,c00a,c009,c014,c013,009d,009c,003d,003c,0035,002f,"   \
    "000a"
#define WINDOWS_ALGORITHMS "0804,0805,0806,0401,0501,0201,0403,0503,0203,0202,0601,0603"

static const struct {
    const char *version, *ciphers, *extensions, *algorithms, *alpn, *versions, *ja4;
} published[] = {
    { "0301",
      "0039,0038,0035,0016,0013,000a,0033,0032,002f,009a,0099,0096,0005,0004,0015,0012,0009,0014,"
      "0011,0008,0006,0003,00ff",
      "0000", "", "", "", "t10d230100_6a57a6f57151_000000000000" },
    { "0303", WINDOWS, "0000,0005,000a,000b,000d,0023,0017,ff01", WINDOWS_ALGORITHMS, "", "",
      "t12d190800_d83cc789557e_7af1ed941c26" },
    { "0303", WINDOWS, "0000,0005,000a,000b,000d,0023,0010,0017,ff01", WINDOWS_ALGORITHMS,
      "1['h2']", "", "t12d1909h2_d83cc789557e_7af1ed941c26" },
    { "0303",
      "c030,c02c,c028,c024,c014,c00a,009f,006b,0039,cca9,cca8,ccaa,ff85,00c4,0088,0081,009d,003d,"
      "0035,00c0,0084,c02f,c02b,c027,c023,c013,c009,009e,0067,0033,00be,0045,009c,003c,002f,00ba,"
      "0041,c011,c007,0005,0004,c012,c008,0016,000a,00ff",
      "0000,000b,000a,000d,0010",
      "0601,0603,efef,0501,0503,0401,0403,eeee,eded,0301,0303,0201,0203", "1['h2']", "",
      "t12d4605h2_85626a9a5f7f_aaf95bb78ec9" },
    { "0303", CHROME,
      "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
      CHROME_ALGORITHMS, "1['h2'] 1['http/1.1']", "0304 0303",
      "t13d1516h2_8daaf6152771_e5627efa2ab1" },
    { "0303", "aaaa," CHROME,
      "dada,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,1a1a,0015",
      CHROME_ALGORITHMS, "1['h2']", "2a2a 0304 0303", "t13d1516h2_8daaf6152771_e5627efa2ab1" },
    { "0303", CHROME,
      "000d,0033,0000,ff01,002b,0023,002d,0005,0012,000b,0017,4469,0010,001b,000a,0015",
      CHROME_ALGORITHMS, "1['http/1.1']", "0304 0303", "t13d1516h1_8daaf6152771_e5627efa2ab1" },
    { "0303", CHROME,
      "ff01,0033,002d,0005,4469,000d,0010,0023,001b,002b,0000,0012,000a,0017,000b,0015",
      CHROME_ALGORITHMS, "1['99']", "0304", "t13d151699_8daaf6152771_e5627efa2ab1" },
    { "0303", CHROME, "0033,002b,001b,0000,0012,002d,000d,000a,0005,0023,0017,ff01,000b,0015",
      CHROME_ALGORITHMS, "", "0304", "t13d151400_8daaf6152771_de4a06bb82e3" },
    { "0303", CHROME,
      "0000,0017,0005,002b,0012,0023,000a,0033,0010,002d,001b,4469,000b,000d,ff01,0015,0029",
      CHROME_ALGORITHMS, "1['http/1.1']", "0304", "t13d1517h1_8daaf6152771_6cdcb247c39b" },
    { "0303",
      "1301,1303,1302,c02b,c02f,cca9,cca8,c02c,c030,c00a,c009,c013,c014,009c,009d,002f,0035",
      "0000,0017,ff01,000a,000b,0023,0010,0005,0022,0033,002b,000d,002d,001c,0015",
      "0403,0503,0603,0804,0805,0806,0401,0501,0601,0203,0201", "1['h2']", "0304 0303",
      "t13d1715h2_5b57614c22b0_3d5424432f57" },
    { "0303",
      "1301,1302,1303,c02c,c02b,c024,c023,c00a,c009,cca9,c030,c02f,c028,c027,c014,c013,cca8,009d,"
      "009c,003d,003c,0035,002f,c008,c012,000a",
      "ff01,0000,0017,000d,0005,0012,0010,000b,0033,002d,002b,000a,0015",
      "0403,0804,0401,0503,0203,0805,0805,0501,0806,0601,0201", "1['h2']", "0304",
      "t13d2613h2_2802a3db6c62_845d286b0d67" },
};

static void published_values_are_met(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(published); i++) {
        same_ja4(wire_hello(published[i].version, without_commas(published[i].ciphers),
                            extensions_of(published[i].extensions,
                                          without_commas(published[i].algorithms),
                                          published[i].alpn, published[i].versions)),
                 published[i].ja4, published[i].ja4);
    }
}

/* --- sentences of the specification, technical_details/JA4.md --- */

#define NO_EXTENSIONS "_............_000000000000"
#define NO_CIPHERS "_000000000000_"

static const struct {
    const char *what, *version, *ciphers, *extensions, *ja4;
} sentences[] = {
    { "0x0300 is s3", "0300", "002f", NULL, "ts3i010000" NO_EXTENSIONS },
    { "0x0002 is s2", "0002", "002f", NULL, "ts2i010000" NO_EXTENSIONS },
    { "0x0301 is 10", "0301", "002f", NULL, "t10i010000" NO_EXTENSIONS },
    { "0x0302 is 11", "0302", "002f", NULL, "t11i010000" NO_EXTENSIONS },
    { "0x0303 is 12", "0303", "002f", NULL, "t12i010000" NO_EXTENSIONS },
    { "0x0304 is 13", "0304", "002f", NULL, "t13i010000" NO_EXTENSIONS },
    { "0x0100 is unknown", "0100", "002f", NULL, "t00i010000" NO_EXTENSIONS },
    { "0x0000 is unknown", "0000", "002f", NULL, "t00i010000" NO_EXTENSIONS },
    { "0x00ff is unknown", "00ff", "002f", NULL, "t00i010000" NO_EXTENSIONS },
    { "0xffff is unknown", "ffff", "002f", NULL, "t00i010000" NO_EXTENSIONS },
    { "0x0305 is unknown", "0305", "002f", NULL, "t00i010000" NO_EXTENSIONS },
    { "the highest of the list, not the first", "0303", "002f", "002b 2[ 1[ 0301 0304 0302 ] ]",
      "t13i010100_............_............" },
    { "the list and not the number in front", "0303", "002f", "002b 2[ 1[ 0301 ] ]",
      "t10i010100_............_............" },
    { "without GREASE", "0303", "002f", "002b 2[ 1[ 0a0a aaaa fafa 0304 ] ]",
      "t13i010100_............_............" },
    { "GREASE alone", "0303", "002f", "002b 2[ 1[ 0a0a ] ]",
      "t00i010100_............_............" },
    { "a name makes d", "0301", "002f", "0000 2[ 2[ 00 2['a'] ] ]", "t10d010100" NO_EXTENSIONS },
    { "the extension does, not the name", "0301", "002f", "0000 2[]", "t10d010100" NO_EXTENSIONS },
    { "no cipher", "0301", "", NULL, "t10i000000" NO_CIPHERS "000000000000" },
    { "GREASE is not a cipher", "0301", "0a0a fafa", NULL, "t10i000000" NO_CIPHERS "000000000000" },
    { "GREASE does not count", "0301", "0a0a 0000 aaaa", "0a0a 2[] fafa 2[] 0000 2[]",
      "t10d010100" NO_EXTENSIONS },
    { "SNI and ALPN count, and are not hashed", "0301", "002f", "0000 2[] 0010 2[ 2[ 1['h2'] ] ]",
      "t10d0102h2" NO_EXTENSIONS },
    { "six ciphers", "0301", "55*12", NULL, "t10i060000" NO_EXTENSIONS },
    { "99 ciphers", "0301", "55*198", NULL, "t10i990000" NO_EXTENSIONS },
    { "100 ciphers", "0301", "55*200", NULL, "t10i990000" NO_EXTENSIONS },
    { "512 ciphers", "0301", "55*1024", NULL, "t10i990000" NO_EXTENSIONS },
    { "ciphers in hex order", "0301",
      "1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c "
      "009d 002f 0035",
      NULL, "t10i150000_8daaf6152771_000000000000" },
    { "ciphers in another order", "0301",
      "0035 002f 009d 009c c014 c013 cca8 cca9 c030 c02c c02f "
      "c02b 1303 1302 1301",
      NULL, "t10i150000_8daaf6152771_000000000000" },
    { "no signature algorithm: no underscore", "0301", "002f",
      "001b 2[] 0033 2[] 4469 2[] 0017 2[] 002d 2[] 000d 2[] 0005 2[] 0023 2[] 0012 2[] "
      "002b 2[ 1[ 0301 ] ] ff01 2[] 000b 2[] 000a 2[] 0015 2[]",
      "t10i011400_............_6d807ffa2a79" },
};

static void sentences_are_met(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(sentences); i++) {
        same_ja4(wire_hello(sentences[i].version, sentences[i].ciphers, sentences[i].extensions),
                 sentences[i].ja4, sentences[i].what);
    }
}

static void extensions_count_to_99(void **state)
{
    static const int counts[] = { 6, 99, 100, 255 };
    size_t c;
    int i;

    (void)state;
    for (c = 0; c < ROWS(counts); c++) {
        const char *text = "";

        for (i = 0; i < counts[c]; i++) {
            text = apr_psprintf(unit_pool, "%s %04x 2[]", text, 0xFFFF - i);
        }
        same_ja4(wire_hello("0301", "002f", text),
                 apr_psprintf(unit_pool, "t10i01%02d00_............_............",
                              counts[c] > 99 ? 99 : counts[c]),
                 "extensions");
    }
}

static const struct {
    const char *names, *shown;
} alpns[] = {
    { "1['h2'] 1['h3']", "h2" },
    { "1['http/1.1'] 1['h2']", "h1" },
    { "1['q']", "qq" },
    { "1['acme-tls/1']", "a1" },
    { "1['Az']", "Az" },
    { "1[ab]", "ab" },
    { "1[abcd]", "ad" },
    { "1[30ab]", "3b" },
    { "1[3031abcd]", "3d" },
    { "1[30abcd31]", "01" },
    { "1['.x']", "28" },
    { "1['x.']", "7e" },
    { "1[0a0a] 1['h2']", "0a" },
    { "1[2f]", "2f" },
    { "1[3a]", "3a" },
    { "1[40]", "40" },
    { "1[5b]", "5b" },
    { "1[60]", "60" },
    { "1[7b]", "7b" },
    { "1[c3a9]", "c9" },
    { "1['h' 5a*253 '2']", "h2" },
    { "", "00" },
    { "1[]", "00" },
    { "1[] 1['h2']", "00" },
};

static void alpn_has_two_characters(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(alpns); i++) {
        const char *text = apr_psprintf(unit_pool, "0010 2[ 2[ %s ] ]", alpns[i].names);

        same_ja4(wire_hello("0301", "002f", text),
                 apr_psprintf(unit_pool, "t10i0101%s" NO_EXTENSIONS, alpns[i].shown),
                 alpns[i].names);
    }
}

/* --- JA3: the digest of a text --- */

static const struct {
    const char *text, *version, *ciphers, *extensions, *ja3;
} ja3s[] = {
    { "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0", "0301",
      "002f 0035 0005 000a c009 c00a c013 c014 0032 0038 0013 0004",
      "0000 2[] 000a 2[ 2[ 0017 0018 0019 ] ] 000b 2[ 1[ 00 ] ]",
      "ada70206e40642a3e4461f35503241d5" },
    { "769,4-5-10-9-100-98-3-6-19-18-99,,,", "0301",
      "0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063", NULL,
      "de350869b8c85de67a350c8d186f11e6" },
};

static void ja3_is_met(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(ja3s); i++) {
        tg_hello_t hello = wire_parse(
            wire_hello(ja3s[i].version, ja3s[i].ciphers, ja3s[i].extensions), ja3s[i].text);
        char ja3[TG_JA3_STRLEN];

        same_text(tg_ja3(tg_offer_make(unit_pool, &hello), ja3), ja3s[i].ja3, ja3s[i].text);
    }
}

/* The longest texts stay within their buffers. */
static void the_longest_offer_is_hashed(void **state)
{
    tg_hello_t hello = wire_parse(wire_hello("ffff", "ff*1020", "0023 2[] ffff 2[]"), "longest");
    const tg_offer_t *offer = tg_offer_make(unit_pool, &hello);
    char ja4[TG_JA4_STRLEN], ja3[TG_JA3_STRLEN];

    (void)state;
    assert_non_null(offer);
    assert_ptr_equal(tg_ja4(offer, ja4), ja4);
    assert_ptr_equal(tg_ja3(offer, ja3), ja3);
    assert_int_equal(strlen(ja4), TG_JA4_STRLEN - 1);
    assert_int_equal(strlen(ja3), TG_JA3_STRLEN - 1);
}

/* --- how a JA4 may begin --- */

static const struct {
    const char *text, *words; /* NULL: it may */
    size_t at;
} prefixes[] = {
    { "", NULL, 0 },
    { "t", NULL, 1 },
    { "t1", NULL, 2 },
    { "ts", NULL, 2 },
    { "t0", NULL, 2 },
    { "t13", NULL, 3 },
    { "ts2i", NULL, 4 },
    { "t00d99", NULL, 6 },
    { "t13d1516h2", NULL, 10 },
    { "t13d1516zZ_", NULL, 11 },
    { "t13d1516h2_8daaf6152771_b186095e22b6", NULL, 36 },
    { "q", "t, for TCP", 0 },
    { "T", "t, for TCP", 0 },
    { "*", "t, for TCP", 0 },
    { "_", "t, for TCP", 0 },
    { "t2", "the version: 13, 12, 11, 10, s3, s2 or 00", 1 },
    { "td1", "the version: 13, 12, 11, 10, s3, s2 or 00", 1 },
    { "t14", "the version: 13, 12, 11, 10, s3, s2 or 00", 2 },
    { "ts1", "the version: 13, 12, 11, 10, s3, s2 or 00", 2 },
    { "t13D", "d with a server name, or i without", 3 },
    { "t131516h2", "d with a server name, or i without", 3 },
    { "t13d1a", "two digits for the ciphers, and two for the extensions", 5 },
    { "t13d151.", "two digits for the ciphers, and two for the extensions", 7 },
    { "t13d1516_", "two letters or digits for ALPN, 00 without", 8 },
    { "t13d1516h*", "two letters or digits for ALPN, 00 without", 9 },
    { "t13d1516h28", "the character _", 10 },
    { "t13d1516h2_8dag", "a hash: digits, and letters from a to f in lower case", 14 },
    { "t13d1516h2_8daaf6152771b", "the character _", 23 },
    { "t13d1516h2_8daaf6152771_b186095e22b", NULL, 35 },
    { "t13d1516h2_8daaf6152771_b186095e22bG",
      "a hash: digits, and letters from a to f in lower case", 35 },
    { "t13d1516h2_8daaf6152771_b186095e22b60", "nothing: it has 36 characters", 36 },
    { "t13d\x80", "two digits for the ciphers, and two for the extensions", 4 },
};

static void a_prefix_has_its_shape(void **state)
{
    size_t i, at;

    (void)state;
    for (i = 0; i < ROWS(prefixes); i++) {
        same_text(tg_ja4_prefix_fault(prefixes[i].text, &at), prefixes[i].words, prefixes[i].text);
        same_number((int64_t)at, (int64_t)prefixes[i].at, prefixes[i].text);
    }
}

static void a_library_is_told_by_ciphers_and_alpn(void **state)
{
    static const struct {
        const char *other;
        int is_same;
    } rows[] = {
        { "t10d2301h2_6a57a6f57151_000000000000", 1 },
        { "t13i2309h2_6a57a6f57151_aaf95bb78ec9", 1 },
        { "t13d2401h2_6a57a6f57151_000000000000", 0 },
        { "t13d230100_6a57a6f57151_000000000000", 0 },
        { "t13d2301h2_d83cc789557e_000000000000", 0 },
        { "", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        same_number(tg_ja4_is_same_library("t10d2301h2_6a57a6f57151_000000000000", rows[i].other),
                    rows[i].is_same, rows[i].other);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(published_values_are_met),
    cmocka_unit_test(sentences_are_met),
    cmocka_unit_test(extensions_count_to_99),
    cmocka_unit_test(alpn_has_two_characters),
    cmocka_unit_test(ja3_is_met),
    cmocka_unit_test(the_longest_offer_is_hashed),
    cmocka_unit_test(a_prefix_has_its_shape),
    cmocka_unit_test(a_library_is_told_by_ciphers_and_alpn),
};

UNIT_MAIN(tests)
