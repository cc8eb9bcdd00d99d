/* Watching a document in etcd: one stream that tells when it changes, and no more than
 * that. What it has become is read apart.
 */
#ifndef TG_STORE_ETCD_WATCH_H
#define TG_STORE_ETCD_WATCH_H

#include "etcd.h"

typedef struct tg_etcd_watch_t tg_etcd_watch_t;

/** What a wait ended with. */
typedef enum {
    TG_ETCD_WATCH_BEGUN,   /**< the member watches now: no change is missed any more */
    TG_ETCD_WATCH_CHANGED, /**< there is a change to read */
    TG_ETCD_WATCH_TIMEOUT, /**< nothing was said for that long */
    TG_ETCD_WATCH_WOKEN,   /**< the descriptor can be read */
    TG_ETCD_WATCH_ENDED    /**< there will be nothing more; the fault says why */
} tg_etcd_watch_event_t;

/**
 * Asks the member that is asked first for all changes from that revision on. It ends with
 * the pool.
 * @return NULL: no memory
 */
tg_etcd_watch_t *tg_etcd_watch_open(apr_pool_t *pool, const tg_etcd_t *etcd, int64_t revision);

/**
 * Waits.
 * @param fd what else to wait for
 */
tg_etcd_watch_event_t tg_etcd_watch_wait(tg_etcd_watch_t *watch, int milliseconds, int fd,
                                         tg_fault_t *fault);

#endif
