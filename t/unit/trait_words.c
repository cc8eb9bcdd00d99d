/* Traits in the words of people. */
#include "unit.h"

#include "tls/trait_words.h"

#define P(name) TG_TRAIT_PROTOCOL(TG_PROTOCOL_##name)

static const struct {
    tg_traits_t set;
    tg_words_of_t of;
    int is_plural;
    const char *words;
} rows[] = {
    { P(TLS1_0), TG_WORDS_TRAITS, 0, "TLS 1.0" },
    { P(TLS1_0) | P(TLS1_1), TG_WORDS_TRAITS, 1, "TLS 1.0 and 1.1" },
    { P(SSL3) | P(TLS1_0) | P(TLS1_1), TG_WORDS_TRAITS, 1, "SSL 3.0, TLS 1.0 and 1.1" },
    { P(TLS1_0) | P(TLS1_1) | P(TLS1_2) | P(TLS1_3), TG_WORDS_TRAITS, 1,
      "TLS 1.0, 1.1, 1.2 and 1.3" },
    { P(CLEARTEXT), TG_WORDS_TRAITS, 0, "plain HTTP" },
    { P(CLEARTEXT) | P(TLS1_0) | TG_TRAIT_KX_RSA, TG_WORDS_TRAITS, 1,
      "TLS 1.0, plain HTTP and RSA key exchange" },
    { P(UNKNOWN) | TG_TRAIT_KX_DHE, TG_WORDS_TRAITS, 1,
      "a protocol that the balancer does not report and DHE key exchange" },
    { TG_TRAIT_CIPHER_3DES, TG_WORDS_TRAITS, 1, "3DES ciphers" },
    { TG_TRAIT_CIPHER_RC4, TG_WORDS_TRAITS, 1, "RC4 ciphers" },
    { TG_TRAIT_CIPHER_CBC, TG_WORDS_TRAITS, 1, "CBC ciphers" },
    { TG_TRAIT_CIPHER_SHA1, TG_WORDS_TRAITS, 1, "SHA-1 ciphers" },
    { TG_TRAIT_KX_RSA, TG_WORDS_TRAITS, 0, "RSA key exchange" },
    { TG_TRAIT_KX_CLASSICAL, TG_WORDS_TRAITS, 0, "key exchange without a post-quantum group" },
    { TG_TRAIT_ANY, TG_WORDS_TRAITS, 0, "everything" },
    { TG_TRAIT_ANY, TG_WORDS_TRAITS_AND_EXPR, 0, "everything" },
    { 0, TG_WORDS_TRAITS_AND_EXPR, 0, "what its expression matches" },
    { P(TLS1_0), TG_WORDS_TRAITS_AND_EXPR, 1, "TLS 1.0 and what its expression matches" },
    { TG_TRAITS_TLS | P(CLEARTEXT) | P(UNKNOWN) | TG_TRAITS_KX, TG_WORDS_TRAITS_AND_EXPR, 1,
      "SSL 3.0, TLS 1.0, 1.1, 1.2, 1.3, plain HTTP, a protocol that the balancer does not report, "
      "RSA key exchange, DHE key exchange and what its expression matches" },
};

static void traits_have_words(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        int is_plural = -1;

        same_text(tg_trait_words(unit_pool, rows[i].set, rows[i].of, &is_plural), rows[i].words,
                  rows[i].words);
        same_number(is_plural, rows[i].is_plural, rows[i].words);
    }
    same_text(tg_trait_words(unit_pool, TG_TRAIT_ANY, TG_WORDS_TRAITS, NULL), "everything", "NULL");
}

/* A trait without words would be left out of a sentence. */
static void every_trait_has_words(void **state)
{
    int bit;

    (void)state;
    for (bit = 0; bit < 32; bit++) {
        if (tg_trait_name(bit)) {
            CHECK(*tg_trait_words(unit_pool, (tg_traits_t)1 << bit, TG_WORDS_TRAITS, NULL),
                  "%s has no words", tg_trait_name(bit));
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(traits_have_words),
    cmocka_unit_test(every_trait_has_words),
};

UNIT_MAIN(tests)
