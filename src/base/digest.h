/* The digests of libcrypto, each looked up once for the process: a look-up costs more than
 * the digest of a short text. */
#ifndef TG_BASE_DIGEST_H
#define TG_BASE_DIGEST_H

#include <openssl/evp.h>

typedef enum {
    TG_DIGEST_SHA256,
    TG_DIGEST_MD5,
    TG_DIGESTS,
} tg_digest_t;

/**
 * A digest for EVP_Digest() and EVP_DigestInit_ex(). Safe to call from any thread.
 * @return it, for as long as the process lives; NULL if libcrypto does not have it, as MD5
 *         under FIPS
 */
const EVP_MD *tg_digest_get(tg_digest_t digest);

/** Looks up all of them, so that the threads that begin afterwards only read. */
void tg_digest_get_all(void);

#endif
