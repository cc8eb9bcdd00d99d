/* Traits in the words of people: the one place where a sentence takes them from. */
#ifndef TG_TLS_TRAIT_WORDS_H
#define TG_TLS_TRAIT_WORDS_H

#include "trait.h"

/** Whether a schedule has an expression beside its traits. */
typedef enum { TG_WORDS_TRAITS, TG_WORDS_TRAITS_AND_EXPR } tg_words_of_t;

/**
 * `TLS 1.0 and 1.1`, `SSL 3.0, TLS 1.0 and plain HTTP`, `everything`, in @p pool.
 * @param set       at least one trait, or none with an expression
 * @param is_plural receives 1 if `are` follows, 0 if `is` does; may be NULL
 */
const char *tg_trait_words(apr_pool_t *pool, tg_traits_t set, tg_words_of_t of, int *is_plural);

#endif
