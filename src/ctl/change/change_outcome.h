/* What becomes of a change that is written: whether it is in force, where, and if not, why. That is
 * waited for, kept in the audit, and said.
 */
#ifndef TG_CTL_CHANGE_CHANGE_OUTCOME_H
#define TG_CTL_CHANGE_CHANGE_OUTCOME_H

#include "change_wait.h"

#include "store/store.h"

#include <jansson.h>

/** A change that is written. Lives as long as the call. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_store_t *store;
    const char *text; /**< of the document */
    const tg_audit_t *audit;
} tg_ctl_change_written_t;

/** That nothing is known. In @p pool. */
tg_ctl_change_outcome_t tg_ctl_change_outcome_none(apr_pool_t *pool);

/**
 * Waits for it, and adds to the audit what is known then.
 * @param wait in seconds; 0: as usual; negative: not at all
 */
tg_ctl_change_outcome_t tg_ctl_change_outcome(const tg_ctl_change_written_t *written, int64_t wait);

/** The members `in_force`, `acts` and `pending` of a document. A new reference. */
json_t *tg_ctl_change_outcome_json(apr_pool_t *pool, const tg_ctl_change_outcome_t *outcome);

/** Says it. */
void tg_ctl_change_outcome_say(const tg_ctl_change_written_t *written,
                               const tg_ctl_change_outcome_t *outcome);

#endif
