/* Taking back a change of many exemptions whose entries were kept. */
#ifndef TG_CTL_CHANGE_MANY_UNDO_H
#define TG_CTL_CHANGE_MANY_UNDO_H

#include "exempt_many.h"

/** What it needs. Lives as long as the call. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_kept_t *kept;
    tg_ctl_many_source_t source; /**< of the change that is undone */
} tg_ctl_many_undo_t;

/**
 * Puts back what was replaced and removes what was written, in the places where it is.
 * @return 1, or 0 after it printed which entry is not as the change left it
 */
int tg_ctl_many_undo(const tg_ctl_many_undo_t *undo, tg_ctl_change_t *change, apr_pool_t *pool,
                     tg_state_t *state);

#endif
