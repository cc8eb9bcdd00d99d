/* The hash of a part of a JA4, remembered: a client that is rejected comes again with the same
 * lists, and SHA-256 is most of what a JA4 costs.
 *
 * Each thread has a memory of its own, so nothing is shared. A text that is not in it is hashed,
 * so the memory changes what a JA4 costs and never what it is.
 */
#ifndef TG_TLS_JA4_HASH_H
#define TG_TLS_JA4_HASH_H

#include <openssl/evp.h>
#include <stddef.h>

/** Hex digits of each of the two hashes of a JA4. */
#define TG_JA4_HASH 12

/** The longest text that is remembered. The lists of a browser are about 200 long. */
#define TG_JA4_HASH_TEXT_MAX 512

/** How many texts a thread remembers. */
#define TG_JA4_HASH_KEPT 16

/**
 * The first hex digits of the SHA-256 of a text.
 * @param ctx made when it is needed first, for the hashes of one JA4: it costs as much as a short
 *            text. The caller sets it to NULL before and frees it afterwards
 * @param out TG_JA4_HASH digits and a NUL
 * @return 1; 0 if the digest is not available
 */
int tg_ja4_hash(EVP_MD_CTX **ctx, const char *text, size_t length, char *out);

#endif
