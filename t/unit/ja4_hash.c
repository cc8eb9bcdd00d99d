/* The hash of a part of a JA4: what is remembered is the hash of that very text. OpenSSL's digest
 * is the oracle. */
#include "unit.h"

#include "tls/ja4_hash.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <openssl/evp.h>

static void same_hash(const char *text, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = NULL;
    char want[TG_JA4_HASH + 1], got[TG_JA4_HASH + 1];

    assert_true(EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL));
    apr_escape_hex(want, digest, TG_JA4_HASH / 2, 0, NULL);
    assert_true(tg_ja4_hash(&ctx, text, length, got));
    EVP_MD_CTX_free(ctx);
    same_text(got, want, apr_psprintf(unit_pool, "%.*s, %zu long", (int)length, text, length));
}

/* More texts than are remembered, which differ in one place only: the first, the last, any. Each
 * is asked for twice in a row and again after all others. */
static void texts_that_differ_little(void **state)
{
    static const size_t lengths[] = { 1,
                                      4,
                                      7,
                                      8,
                                      9,
                                      64,
                                      TG_JA4_HASH_TEXT_MAX - 1,
                                      TG_JA4_HASH_TEXT_MAX,
                                      TG_JA4_HASH_TEXT_MAX + 1,
                                      1000 };
    char text[1000];
    size_t l, at;
    int round, c;

    (void)state;
    for (round = 0; round < 2; round++) {
        for (l = 0; l < ROWS(lengths); l++) {
            for (at = 0; at < lengths[l]; at += at + 8 < lengths[l] ? 8 : 1) {
                memset(text, '0', sizeof(text));
                for (c = 'a'; c <= 'c'; c++) {
                    text[at] = (char)c;
                    same_hash(text, lengths[l]);
                    same_hash(text, lengths[l]);
                }
            }
        }
    }
}

/* The beginning of a text that is remembered is another text. */
static void beginning_of_another(void **state)
{
    const char *text = "002f,0035,000a,0005";
    size_t length;

    (void)state;
    for (length = strlen(text); length > 0; length--) {
        same_hash(text, length);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts_that_differ_little),
    cmocka_unit_test(beginning_of_another),
};

UNIT_MAIN(tests)
