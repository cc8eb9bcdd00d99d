/* What a developer is told about a library that a hello looks like. */
#include "wire.h"

#include "policy/cause.h"

#define TLS13 "002b 2[1[0304]]"

static const tg_offer_t *offer_of(const char *text, const char *row)
{
    tg_hello_t hello = wire_parse(text, row);

    return tg_offer_make(unit_pool, &hello);
}

/* What each library that a hello looks like means for its developer, whole. */
#define OPENSSL "0016 2[] 0017 2[] "
#define GROUPS_1_1_1 "000a 2[2[001d 0017 001e 0019 0018]] "
#define GROUPS_3_0 "000a 2[2[001d 0017 001e 0019 0018 0100 0101 0102 0103 0104]] "
#define USE_ANOTHER "use a TLS library that has X25519MLKEM768, such as OpenSSL 3.5 or Go 1.24."

static const struct {
    tg_reason_t reason;
    const char *extensions, *sentence;
} for_libraries[] = {
    { TG_REASON_GROUP, GROUPS_3_0 OPENSSL TLS13,
      "Your client offered no post-quantum group: " USE_ANOTHER
      " Its hello looks like that of OpenSSL 3.0 to 3.4: post-quantum key exchange came with "
      "OpenSSL 3.5." },
    { TG_REASON_GROUP, GROUPS_1_1_1 OPENSSL,
      "Your client offered TLSv1.2 at most, and post-quantum groups need TLSv1.3, which its "
      "library supports: allow that, and " USE_ANOTHER
      " Its hello looks like that of OpenSSL 1.1.1 to 3.4: post-quantum key exchange came with "
      "OpenSSL 3.5." },
    { TG_REASON_GROUP, "002d 2[1[01]] 000a 2[2[0017]] ",
      "Your client offered TLSv1.2 at most, and post-quantum groups need TLSv1.3, which its "
      "library supports: allow that, and " USE_ANOTHER },
    { TG_REASON_GROUP, "000a 2[2[001d 0017 001e 0018 0019]] " OPENSSL,
      "Your client offered TLSv1.2 at most, and post-quantum groups need TLSv1.3: allow that. Its "
      "hello looks like that of OpenSSL 3.5 or newer, which has them: a setting may disable "
      "them." },
    { TG_REASON_GROUP, "000a 2[2[6399 001d]] " TLS13,
      "Your client offered X25519Kyber768Draft00, a draft that X25519MLKEM768 has replaced: update "
      "its TLS library." },
    { TG_REASON_GROUP, "000a 2[2[0017 639a]] " TLS13,
      "Your client offered SecP256r1Kyber768Draft00, a draft that X25519MLKEM768 has replaced: "
      "update its TLS library." },
    { TG_REASON_GROUP, "000a 2[2[001d 0017]] " TLS13,
      "Your client offered no post-quantum group: " USE_ANOTHER },
    { TG_REASON_GROUP,
      "000a 2[2[0017 0018 0019 001d 001e 0100 0101 0102 0103 0104]] 001c 2[4001] " TLS13,
      "Your client offered no post-quantum group: " USE_ANOTHER
      " Its hello looks like that of GnuTLS." },
    { TG_REASON_KX, GROUPS_1_1_1 OPENSSL,
      "Your client offered nothing better: allow ciphers with ECDHE and AES-GCM in it, or update "
      "its "
      "TLS "
      "library. Its hello looks like that of OpenSSL 1.1.1 to 3.4, which supports better ciphers: "
      "a setting may disable them." },
    { TG_REASON_CLASS, GROUPS_1_1_1 OPENSSL,
      "Your client offered no better cipher: allow ciphers with AES-GCM or ChaCha20-Poly1305 in "
      "it, "
      "or update its TLS library. Its hello looks like that of OpenSSL 1.1.1 to 3.4, which supports "
      "better ciphers: a setting may disable them." },
    { TG_REASON_KX, "002d 2[1[01]] ",
      "Your client offered nothing better: allow ciphers with ECDHE and AES-GCM in it, or update "
      "its "
      "TLS "
      "library. Its library supports TLSv1.3, whose ciphers are all better, but a setting "
      "disables it." },
    { TG_REASON_KX, "000d 2[2[0403]] ",
      "Your client offered nothing better: allow ciphers with ECDHE and AES-GCM in it, or update "
      "its "
      "TLS "
      "library." },
};

static void a_library_is_named_if_it_is_known(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(for_libraries); i++) {
        const char *row = for_libraries[i].sentence;
        const tg_offer_t *offer =
            offer_of(wire_hello("0303", "002f", for_libraries[i].extensions), row);

        same_text(tg_cause_sentence(unit_pool, TG_CAUSE_OLD, offer, tg_cause_evidence(offer),
                                    for_libraries[i].reason, TG_PROTOCOLS),
                  row, row);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_library_is_named_if_it_is_known),
};

UNIT_MAIN(tests)
