/* The audit lines of a store as they go into the audit log of a machine: each with where it
 * is from.
 */
#ifndef TG_CTL_AUDIT_COPY_H
#define TG_CTL_AUDIT_COPY_H

#include "etcd.h"

/**
 * The lines of one change. What is no line is left out.
 * @param store the name of the store
 */
const char *tg_ctl_audit_copy(apr_pool_t *pool, const char *store,
                              const tg_ctl_etcd_audit_t *change);

/** The line about a revision that has none: it was not made by this program. */
const char *tg_ctl_audit_copy_none(apr_pool_t *pool, const char *store, int64_t revision);

#endif
