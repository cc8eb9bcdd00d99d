/* The entries of the last change of many, such as an import, in FILE.import: what it replaced and
 * what it wrote. The audit has only their number, and undo needs them. One change is kept, so that
 * the file is never longer than two documents.
 */
#ifndef TG_STORE_KEPT_H
#define TG_STORE_KEPT_H

#include "format/state.h"

/** Appended to the name of the state file. */
#define TG_KEPT_SUFFIX ".import"

/** The entries of one change. */
typedef struct {
    tg_state_t before; /**< the exemptions that it replaced or removed */
    tg_state_t after;  /**< those that it wrote */
} tg_kept_t;

/** The text of the file, in @p pool; NULL if it cannot be written. */
const char *tg_kept_print(apr_pool_t *pool, const char *id, const tg_kept_t *kept);

/**
 * Reads it.
 * @param id of the change whose entries are wanted
 * @return 1, or 0 with @p fault filled: its reason names the file
 */
int tg_kept_read(apr_pool_t *pool, const char *path, const char *id, tg_kept_t *out,
                 tg_fault_t *fault);

#endif
