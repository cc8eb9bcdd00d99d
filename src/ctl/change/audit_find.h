/* The audit of the store that a call works on, and the changes in it. */
#ifndef TG_CTL_CHANGE_AUDIT_FIND_H
#define TG_CTL_CHANGE_AUDIT_FIND_H

#include "ctl/base/ctl.h"
#include "store/store.h"

/**
 * Reads it. Each line that is damaged is named.
 * @param name receives the name of the store
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_audit_read(const tg_ctl_t *ctl, tg_audit_log_t *log, const char **name);

/**
 * 1 of a change that was made, or that was killed and may have been: one that failed changed
 * nothing.
 */
int tg_ctl_audit_may_have_changed(const tg_audit_change_t *change);

/**
 * What a change did: `suspend legacy-tls until 2018-08-21T09:00:00Z; kx ...`, bounded; with what an
 * undo would bring back, unless that has ended by @p now (TG_NEVER: without that). In @p pool.
 */
const char *tg_ctl_audit_words(apr_pool_t *pool, const tg_audit_change_t *change, tg_instant_t now);

/** One change as a document. A new reference. */
json_t *tg_ctl_audit_document(const tg_audit_change_t *change);

#endif
