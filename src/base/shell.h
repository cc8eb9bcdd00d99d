/* Words of commands that people copy into a shell. */
#ifndef TG_BASE_SHELL_H
#define TG_BASE_SHELL_H

#include <apr_pools.h>

/** As a shell takes it for one word: quoted if it needs that. In @p pool, or @p word itself. */
const char *tg_shell_word(apr_pool_t *pool, const char *word);

/** The same into a buffer. 1, or 0 if it does not fit; then the buffer is empty. */
int tg_shell_word_into(const char *word, char *out, apr_size_t size);

#endif
