/* The name that was probably meant by a typing error. */
#ifndef TG_BASE_NEAREST_H
#define TG_BASE_NEAREST_H

#include <apr_pools.h>

/** The best of the names that were tried so far. */
typedef struct {
    const char *typed;
    const char *found; /**< NULL: none is near */
    unsigned distance; /**< twice that of the one found, otherwise the least that is too far */
} tg_nearest_t;

/** Begins to look for what @p typed may mean, which must live as long. */
tg_nearest_t tg_nearest_to(const char *typed);

/**
 * Compares one name: how many letters are missing, too many, wrong or swapped with their
 * neighbour; upper and lower case do not differ. A third of the typed letters may be wrong, at
 * least one. A name that only begins with what was typed is the next best.
 */
void tg_nearest_try(tg_nearest_t *nearest, const char *name);

/** `; did you mean NAME?`, or nothing. In @p pool. */
const char *tg_nearest_question(apr_pool_t *pool, const tg_nearest_t *nearest);

#endif
