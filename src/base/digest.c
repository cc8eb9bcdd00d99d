/* Digests, looked up once: see digest.h. */
#include "digest.h"

#include <stdatomic.h>

static const EVP_MD *digest_of_name(const char *name)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    return EVP_MD_fetch(NULL, name, NULL);
#else
    return EVP_get_digestbyname(name);
#endif
}

const EVP_MD *tg_digest_get(tg_digest_t digest)
{
    static const char *const names[] = { "SHA256", "MD5" };
    static const EVP_MD *_Atomic found[TG_DIGESTS];
    const EVP_MD *md = atomic_load(&found[digest]);

    _Static_assert(sizeof(names) / sizeof(names[0]) == TG_DIGESTS, "a name for each digest");
    if (!md) {
        /* Two threads that look it up at the same time get the same one from libcrypto. */
        md = digest_of_name(names[digest]);
        atomic_store(&found[digest], md);
    }
    return md;
}

void tg_digest_get_all(void)
{
    int i;

    for (i = 0; i < TG_DIGESTS; i++) {
        (void)tg_digest_get((tg_digest_t)i);
    }
}
