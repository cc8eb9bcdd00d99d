/* The audit lines of a store as they go into the audit log of a machine: each with where it
 * is from.
 */
#ifndef TG_FOLLOW_FOLLOW_AUDIT_H
#define TG_FOLLOW_FOLLOW_AUDIT_H

#include "store/etcd.h"

/**
 * The lines of one change. What is no line is left out.
 * @param store the name of the store
 */
const char *tg_follow_audit(apr_pool_t *pool, const char *store, const tg_etcd_audit_t *change);

/** The line about a revision that has none: it was not made by this program. */
const char *tg_follow_audit_none(apr_pool_t *pool, const char *store, int64_t revision);

#endif
