/* The hash of a part of a JA4: see ja4_hash.h. */
#include "ja4_hash.h"

#include "base/digest.h"

#include <apr_escape.h>
#include <stdint.h>
#include <string.h>

/* Written by the thread that it belongs to. */
typedef struct {
    char text[TG_JA4_HASH_TEXT_MAX];
    size_t length; /* 0: empty */
    char hash[TG_JA4_HASH + 1];
} remembered_hash_t;

static int hash_part(EVP_MD_CTX **ctx, const char *text, size_t length, char *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *md = tg_digest_get(TG_DIGEST_SHA256);

    if (!*ctx) {
        *ctx = EVP_MD_CTX_new();
    }
    if (!*ctx || !md || !EVP_DigestInit_ex(*ctx, md, NULL) ||
        !EVP_DigestUpdate(*ctx, text, length) || !EVP_DigestFinal_ex(*ctx, digest, NULL)) {
        return 0;
    }
    return apr_escape_hex(out, digest, TG_JA4_HASH / 2, 0, NULL) == APR_SUCCESS;
}

/* Where a text is remembered: any spread will do, since the texts are compared. */
static size_t place_of_text(const char *text, size_t length)
{
    uint64_t sum = length, word;
    size_t i;

    for (i = 0; i + sizeof(word) <= length; i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return (size_t)(sum >> 32) % TG_JA4_HASH_KEPT;
}

int tg_ja4_hash(EVP_MD_CTX **ctx, const char *text, size_t length, char *out)
{
    static _Thread_local remembered_hash_t remembered_hashes[TG_JA4_HASH_KEPT];
    remembered_hash_t *place;

    if (length > TG_JA4_HASH_TEXT_MAX) {
        return hash_part(ctx, text, length, out);
    }
    place = &remembered_hashes[place_of_text(text, length)];
    if (place->length != length || memcmp(place->text, text, length) != 0) {
        if (!hash_part(ctx, text, length, out)) {
            return 0;
        }
        memcpy(place->text, text, length);
        place->length = length;
        memcpy(place->hash, out, sizeof(place->hash));
    }
    memcpy(out, place->hash, sizeof(place->hash));
    return 1;
}
