/* Groups that are meant by something else than their names in the registry. */
#ifndef TG_TLS_GROUP_GUESS_H
#define TG_TLS_GROUP_GUESS_H

#include <apr_pools.h>

/**
 * The names in the registry that are near a word: `secp256r1` for `P-256` or `prime256v1`,
 * `X25519MLKEM768` for `4588` or `0x11EC`, `MLKEM512, MLKEM768, ...` for `mlkem`. In @p pool.
 * @return NULL if none is
 */
const char *tg_group_guess(apr_pool_t *pool, const char *word);

#endif
