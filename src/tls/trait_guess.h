/* The trait that was meant by another spelling than ours. */
#ifndef TG_TLS_TRAIT_GUESS_H
#define TG_TLS_TRAIT_GUESS_H

#include "trait.h"

/**
 * What was meant by a word that is no trait: `TLS1.0`, `tls_1_2`, `TLS 1.0` in two words,
 * `TLSv1,TLSv1.1`, `http`, `RSA`, or a slip such as `TSLv1`.
 * @param next the word that follows, or NULL
 * @return traits as TlsGateDeprecate takes them, separated by spaces, in @p pool; NULL: none is
 * near
 */
const char *tg_trait_guess(apr_pool_t *pool, const char *word, const char *next);

#endif
