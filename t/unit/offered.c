/* A client's offer as a page shows it: every member is always present. */
#include "wire.h"

#include "tls/offered.h"

static const tg_offer_t *offer_of(const char *text, const char *row)
{
    tg_hello_t hello = wire_parse(text, row);

    return tg_offer_make(unit_pool, &hello);
}

static const struct {
    const char *what, *version, *ciphers, *extensions;
    const char *json; /* with ' for " */
} pages[] = {
    { "TLS 1.0, and nothing else", "0301", "002f 00ff", NULL,
      "{'offered_versions':['TLSv1'],'offered_max_version':'TLSv1',"
      "'given_cipher_suites':['TLS_RSA_WITH_AES_128_CBC_SHA','TLS_EMPTY_RENEGOTIATION_INFO_SCSV'],"
      "'given_named_groups':[],"
      "'given_signature_algorithms':[],'post_quantum_key_agreement':false,"
      "'ephemeral_keys_supported':false,'session_ticket_supported':false,"
      "'tls_compression_supported':false,'looks_like':null}" },
    { "TLS 1.3, GREASE and unknown numbers", "0303", "aaaa 1301 7777 c02f",
      "0a0a 2[] 0023 2[] 000d 2[ 2[ 0201 0a0a 0403 0202 ] ] 000a 2[ 2[ 1a1a 11ec 001d 0abc ] ] "
      "002b 2[ 1[ 2a2a 0304 0303 ] ]",
      "{'offered_versions':['TLSv1.2','TLSv1.3'],'offered_max_version':'TLSv1.3',"
      "'given_cipher_suites':['TLS_AES_128_GCM_SHA256','0x7777',"
      "'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],"
      "'given_named_groups':['X25519MLKEM768','x25519','0x0abc'],"
      "'given_signature_algorithms':['rsa_pkcs1_sha1','ecdsa_secp256r1_sha256','0x0202'],"
      "'post_quantum_key_agreement':true,'ephemeral_keys_supported':true,"
      "'session_ticket_supported':true,'tls_compression_supported':false,'looks_like':null}" },
    { "only unknown versions", "0303", "", "002b 2[ 1[ 0a0a 7f1c ] ]",
      "{'offered_versions':[],'offered_max_version':'no known version',"
      "'given_cipher_suites':[],'given_named_groups':[],"
      "'given_signature_algorithms':[],'post_quantum_key_agreement':false,"
      "'ephemeral_keys_supported':false,'session_ticket_supported':false,"
      "'tls_compression_supported':false,'looks_like':null}" },
    { "SSL 2.0", "0002", "", NULL,
      "{'offered_versions':[],'offered_max_version':'SSLv2','given_cipher_suites':[],"
      "'given_named_groups':[],"
      "'given_signature_algorithms':[],'post_quantum_key_agreement':false,"
      "'ephemeral_keys_supported':false,'session_ticket_supported':false,"
      "'tls_compression_supported':false,'looks_like':null}" },
};

/* A fingerprint has that many characters; it is cut out. */
static void take_fingerprint(json_t *page, const char *name, size_t length, const char *row)
{
    const char *text = json_string_value(json_object_get(page, name));

    CHECK(text && strlen(text) == length, "%s: %s is \"%s\"", row, name, text ? text : "(none)");
    json_object_del(page, name);
}

static void pages_tell_the_offer(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(pages); i++) {
        const char *row = pages[i].what;
        char *text = apr_pstrdup(unit_pool, pages[i].json), *quote;
        json_t *page = json_object(), *want;

        while ((quote = strchr(text, '\'')) != NULL) {
            *quote = '"';
        }
        want = json_loads(text, 0, NULL);
        CHECK(want != NULL, "%s: the test has no JSON", row);
        tg_offered_json(
            page,
            offer_of(wire_hello(pages[i].version, pages[i].ciphers, pages[i].extensions), row));
        take_fingerprint(page, "ja4", 36, row);
        take_fingerprint(page, "ja3", 32, row);
        CHECK(json_equal(page, want), "%s: %s", row, json_dumps(page, JSON_COMPACT));
        json_decref(page);
        json_decref(want);
    }
}

/* Without an offer the same members are present, and null. */
static void members_are_there_without_an_offer(void **state)
{
    json_t *with = json_object(), *without = json_object(), *value;
    const char *name;

    (void)state;
    tg_offered_json(with, offer_of(wire_hello("0301", "002f", NULL), "with"));
    tg_offered_json(without, NULL);
    assert_int_equal(json_object_size(with), json_object_size(without));
    json_object_foreach(with, name, value)
    {
        CHECK(json_is_null(json_object_get(without, name)), "%s is not null", name);
        CHECK(!json_is_null(value) || strcmp(name, "looks_like") == 0, "%s is null", name);
    }
    json_decref(with);
    json_decref(without);
}

static void compression_is_told(void **state)
{
    json_t *page = json_object();

    (void)state;
    tg_offered_json(page, offer_of("01 3[ 0301 5a*32 1[] 2[002f] 1[01 00] ]", "deflate"));
    assert_true(json_is_true(json_object_get(page, "tls_compression_supported")));
    json_decref(page);
}

static void versions_are_one_text(void **state)
{
    (void)state;
    same_text(tg_offered_versions(unit_pool, NULL), NULL, "no offer");
    same_text(tg_offered_versions(unit_pool, offer_of(wire_hello("0303", "", NULL), "to 1.2")),
              "TLSv1 TLSv1.1 TLSv1.2", "to 1.2");
    same_text(tg_offered_versions(unit_pool, offer_of(wire_hello("0300", "", NULL), "SSLv3")),
              "SSLv3", "SSLv3");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pages_tell_the_offer),
    cmocka_unit_test(members_are_there_without_an_offer),
    cmocka_unit_test(compression_is_told),
    cmocka_unit_test(versions_are_one_text),
};

UNIT_MAIN(tests)
