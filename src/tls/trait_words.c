/* Traits in words: see trait_words.h. */
#include "trait_words.h"

#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>
#include <string.h>

/* All traits but versions. */
static const struct {
    tg_traits_t bits;
    const char *words;
    int is_plural;
} others[] = {
    { TG_TRAIT_PROTOCOL(TG_PROTOCOL_CLEARTEXT), "plain HTTP", 0 },
    { TG_TRAIT_PROTOCOL(TG_PROTOCOL_UNKNOWN), "a protocol that the balancer does not report", 0 },
    { TG_TRAIT_KX_RSA, "RSA key exchange", 0 },
    { TG_TRAIT_KX_DHE, "DHE key exchange", 0 },
    { TG_TRAIT_KX_CLASSICAL, "key exchange without a post-quantum group", 0 },
    { TG_TRAIT_CIPHER_3DES, "3DES ciphers", 1 },
    { TG_TRAIT_CIPHER_RC4, "RC4 ciphers", 1 },
    { TG_TRAIT_CIPHER_CBC, "CBC ciphers", 1 },
    { TG_TRAIT_CIPHER_SHA1, "SHA-1 ciphers", 1 },
};

/* `TLS 1.0`, then `1.1`: only the first of a family has its name. */
static int add_versions(apr_pool_t *pool, tg_traits_t set, const char **words)
{
    const char *before = "";
    tg_protocol_t protocol;
    int n = 0;

    TG_PROTOCOL_EACH (protocol, set) {
        const char *family = tg_protocol_family(protocol);
        const char *version = tg_protocol_version(protocol);

        words[n++] = strcmp(family, before) == 0
                         ? version
                         : apr_pstrcat(pool, tg_text_upper(pool, family), " ", version, NULL);
        before = family;
    }
    return n;
}

const char *tg_trait_words(apr_pool_t *pool, tg_traits_t set, tg_words_of_t of, int *is_plural)
{
    const char *words[TG_PROTOCOLS + TG_ROWS(others) + 1];
    int n = 0, has_plural = 0;
    size_t i;

    if (set == TG_TRAIT_ANY) {
        words[n++] = "everything";
    }
    else {
        n = add_versions(pool, set, words);
        for (i = 0; i < TG_ROWS(others); i++) {
            if (set & others[i].bits) {
                words[n++] = others[i].words;
                has_plural |= others[i].is_plural;
            }
        }
        if (of == TG_WORDS_TRAITS_AND_EXPR) {
            words[n++] = "what its expression matches";
        }
    }
    if (is_plural) {
        *is_plural = n > 1 || has_plural;
    }
    return tg_text_join(pool, words, (apr_size_t)n, ", ", " and ");
}
