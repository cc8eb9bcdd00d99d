/* Where the state is kept: reading it, and writing it only over what was read.
 *
 * Two operators can work at once: the second one is told that the state has changed, and starts
 * again from the new one. Nothing is lost.
 */
#ifndef TG_STORE_STORE_H
#define TG_STORE_STORE_H

#include "audit.h"
#include "audit_log.h"
#include "store_url.h"

#include <stdint.h>
#include <sys/stat.h>

/** What is stored. Lives in the pool that it was read into. */
typedef struct {
    const char *text; /**< NULL: nothing is stored */
    int64_t revision; /**< of a store that counts its changes; else 0 */
    tg_state_t state;
    int is_broken; /**< what is stored cannot be read; its text may be overwritten all the same */
    int is_lost;   /**< nothing is stored any more, but httpd may still apply an earlier document */
} tg_store_snapshot_t;

/** Where a damaged state file is kept that a change has overwritten. */
#define TG_STORE_DAMAGED_SUFFIX ".damaged"

typedef enum {
    TG_STORE_DONE,
    TG_STORE_DOUBTFUL, /**< stored, but with a problem that the fault names */
    TG_STORE_CHANGED,  /**< changed since it was read: nothing was written */
    TG_STORE_UNKNOWN,  /**< sent, but whether it is stored cannot be found out */
    TG_STORE_FAILED    /**< nothing was written */
} tg_store_result_t;

/** A machine that follows a store. */
typedef struct {
    const char *name;
    const char *report; /**< what it wrote last: format/machine.h */
    int is_alive;       /**< it was heard of in the last seconds */
} tg_store_machine_t;

/** A store. Made once per call of the program. */
typedef struct tg_store_t {
    const char *name;   /**< what messages call it */
    const char *effect; /**< who applies a change, and when, for messages */
    void *self;
    apr_size_t most; /**< of a document, in bytes */

    /** Reads and checks it. 1, or 0 with @p fault filled: its reason names the place. */
    int (*read)(const struct tg_store_t *store, apr_pool_t *pool, tg_store_snapshot_t *out,
                tg_fault_t *fault);

    /**
     * Writes @p text and the audit, if what is stored is still @p before.
     * @param fault filled if the result is doubtful, unknown or failed
     */
    tg_store_result_t (*write)(const struct tg_store_t *store, apr_pool_t *pool,
                               const tg_store_snapshot_t *before, const char *text,
                               const tg_audit_t *audit, tg_fault_t *fault);

    /**
     * Adds all of the audit, the oldest change first.
     * @return 1, also if there is none; or 0 with @p fault filled: its reason names the place
     */
    int (*read_audit)(const struct tg_store_t *store, apr_pool_t *pool, tg_audit_log_t *log,
                      tg_fault_t *fault);

    /**
     * Adds to the audit of a change that was written what is known after the wait. NULL for a store
     * whose machines say themselves what they act on.
     * @return 1, or 0 with @p fault filled
     */
    int (*confirm)(const struct tg_store_t *store, apr_pool_t *pool, const tg_audit_t *audit,
                   const char *outcome, const apr_array_header_t *acts,
                   const apr_array_header_t *pending, tg_fault_t *fault);

    /**
     * Reads the entries that a change of many has replaced and written. NULL for a store that keeps
     * none: a change there has no `kept`.
     */
    int (*read_kept)(const struct tg_store_t *store, apr_pool_t *pool, const char *id,
                     tg_kept_t *out, tg_fault_t *fault);

    /** Why httpd would refuse the file although its content is valid (owner, mode), or NULL. */
    const char *(*problem)(const struct tg_store_t *store, apr_pool_t *pool);

    /**
     * Reads what the machines that follow it have reported. NULL for a store of one machine.
     * @return of tg_store_machine_t, by name; NULL with @p fault filled
     */
    apr_array_header_t *(*machines)(const struct tg_store_t *store, apr_pool_t *pool,
                                    tg_fault_t *fault);
} tg_store_t;

/** A store that is a file. */
tg_store_t tg_store_file(apr_pool_t *pool, const char *path);

/**
 * Puts a document into a store that is a file, whatever it has now, in one step.
 * @param written receives what the new file is like, from before it had its name
 * @param fault filled if it is doubtful or failed
 */
tg_store_result_t tg_store_file_install(const tg_store_t *store, apr_pool_t *pool, const char *text,
                                        struct stat *written, tg_fault_t *fault);

/** The store at that address, which must live as long. 1, or 0 with @p fault filled. */
int tg_store_open(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault);

#endif
