/* Watching a document in etcd: one stream that tells when the document changes, and nothing else.
 * The new document is read by another call.
 */
#ifndef TG_STORE_ETCD_WATCH_H
#define TG_STORE_ETCD_WATCH_H

#include "etcd.h"

/**
 * Asks the current member for all changes from that revision on. The watch ends with the pool.
 * @return NULL: out of memory
 */
tg_store_watch_t *tg_etcd_watch_open(apr_pool_t *pool, const tg_etcd_t *etcd, int64_t revision);

/** Waits for news, or until @p fd is readable. @p fault is filled when the watch has ended. */
tg_store_event_t tg_etcd_watch_wait(tg_store_watch_t *watch, int milliseconds, int fd,
                                    tg_fault_t *fault);

#endif
