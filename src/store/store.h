/* Where the state is kept: reading it, and writing it only over what was read.
 *
 * Two operators can work at once: who was second is told that the state has changed, and
 * begins again from what it is now. Nothing is lost.
 */
#ifndef TG_STORE_STORE_H
#define TG_STORE_STORE_H

#include "audit.h"
#include "store_url.h"

#include <stdint.h>
#include <sys/stat.h>

/** What is stored. Lives in the pool that it was read into. */
typedef struct {
    const char *text; /**< NULL: nothing was ever stored */
    int64_t revision; /**< of a store that counts its changes; else 0 */
    tg_state_t state;
    int is_lost; /**< nothing is stored, but httpd may go on with what was once */
} tg_store_snapshot_t;

typedef enum {
    TG_STORE_DONE,
    TG_STORE_DOUBTFUL, /**< it is stored, but not all about it went well */
    TG_STORE_CHANGED,  /**< it is no more what was read: nothing was written */
    TG_STORE_UNKNOWN,  /**< whether it is stored cannot be found out */
    TG_STORE_FAILED    /**< nothing was written */
} tg_store_result_t;

/** A store. Made once per call of the program. */
typedef struct tg_store_t {
    const char *name;   /**< what messages call it */
    const char *effect; /**< who follows a change, and when */
    void *self;         /**< what it keeps for itself */

    /** Reads and checks it. 1, or 0 with @p fault filled: its reason names the place. */
    int (*read)(const struct tg_store_t *store, apr_pool_t *pool, tg_store_snapshot_t *out,
                tg_fault_t *fault);

    /**
     * Writes @p text, if what is stored is still @p before, and the audit with it.
     * @param fault filled if the result is doubtful, unknown or failed
     */
    tg_store_result_t (*write)(const struct tg_store_t *store, apr_pool_t *pool,
                               const tg_store_snapshot_t *before, const char *text,
                               const tg_audit_t *audit, tg_fault_t *fault);

    /** Why httpd does not take what is stored, however good it is; NULL: it does. */
    const char *(*problem)(const struct tg_store_t *store, apr_pool_t *pool);
} tg_store_t;

/** A store that is a file. */
tg_store_t tg_store_file(apr_pool_t *pool, const char *path);

/**
 * Puts a document into a store that is a file, whatever it has now, in one step.
 * @param written receives what the file is like: its inode, size and time of change (mtime)
 * @return 1, or 0 with @p fault filled
 */
int tg_store_file_install(const tg_store_t *store, apr_pool_t *pool, const char *text,
                          struct stat *written, tg_fault_t *fault);

/** A store that is a key in etcd. 1, or 0 with @p fault filled. */
int tg_store_etcd(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault);

#endif
