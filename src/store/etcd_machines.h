/* The machines of a fleet, in etcd: KEY.machines/NAME has the last report of each, and
 * KEY.machines/NAME/alive is there while it is heard of. Both have a lease, so a machine that is
 * dead is seen as such after some seconds, and is gone after a day.
 */
#ifndef TG_STORE_ETCD_MACHINES_H
#define TG_STORE_ETCD_MACHINES_H

#include "etcd.h"

/** What one machine keeps from report to report. */
typedef struct tg_etcd_presence_t tg_etcd_presence_t;

/** Of a machine that has not reported yet. */
tg_etcd_presence_t *tg_etcd_presence_new(apr_pool_t *pool);

/** Reports, and renews the leases. 1, or 0 with @p fault filled. */
int tg_etcd_report(tg_etcd_t *etcd, apr_pool_t *pool, tg_etcd_presence_t *presence,
                   const char *name, const char *report, tg_fault_t *fault);

/** Of tg_store_machine_t, by name; NULL with @p fault filled. */
apr_array_header_t *tg_etcd_machines(tg_etcd_t *etcd, apr_pool_t *pool, tg_fault_t *fault);

#endif
