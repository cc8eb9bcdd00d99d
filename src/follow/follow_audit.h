/* The audit lines of a store as they go into the audit log of a machine: each with its origin. */
#ifndef TG_FOLLOW_FOLLOW_AUDIT_H
#define TG_FOLLOW_FOLLOW_AUDIT_H

#include "store/feed.h"

/**
 * The lines of one change. Lines that are not JSON objects are left out.
 * @param store the name of the store
 */
const char *tg_follow_audit(apr_pool_t *pool, const char *store, const tg_store_change_t *change);

/** The line about a revision that has no audit: this program did not write it. */
const char *tg_follow_audit_none(apr_pool_t *pool, const char *store, int64_t revision);

#endif
