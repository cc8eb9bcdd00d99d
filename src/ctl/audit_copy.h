/* The audit lines of a store as they go into the audit log of a machine: each with where it
 * is from.
 */
#ifndef TG_CTL_AUDIT_COPY_H
#define TG_CTL_AUDIT_COPY_H

#include "etcd.h"

/**
 * The lines of a page of audit. If there is none about the last revision, it was not made
 * by this program, and one line says so.
 * @param store the name of the store
 * @param audit of tg_ctl_etcd_audit_t, at most TG_CTL_ETCD_PAGE
 * @param last  up to which revision the audit was asked for; set to up to which it came
 */
const char *tg_ctl_audit_copy(apr_pool_t *pool, const char *store, const apr_array_header_t *audit,
                              int64_t *last);

#endif
