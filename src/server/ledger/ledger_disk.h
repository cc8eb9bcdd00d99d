/* The file of the ledger on the disk: where it may be, reading it, replacing it. */
#ifndef TG_SERVER_LEDGER_LEDGER_DISK_H
#define TG_SERVER_LEDGER_LEDGER_DISK_H

#include "base/fault.h"
#include "base/instant.h"

#include <apr_pools.h>
#include <sys/stat.h>

typedef enum {
    TG_LEDGER_DISK_READ,
    TG_LEDGER_DISK_ABSENT, /**< there is no such file yet */
    TG_LEDGER_DISK_UNSAFE, /**< others could have written it, or prepared what is done there */
    TG_LEDGER_DISK_FAILED, /**< it cannot be read */
} tg_ledger_disk_result_t;

/** Identifies a file, and shows whether it was written to since. All zero: none. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed; /**< its content; a rename leaves this as it is */
} tg_ledger_disk_id_t;

/** Reads the file. @param fault filled if it is unsafe or failed */
tg_ledger_disk_result_t tg_ledger_disk_read(apr_pool_t *pool, const char *path, const char **bytes,
                                            size_t *length, tg_ledger_disk_id_t *id,
                                            tg_fault_t *fault);

/**
 * Replaces the file, or makes it, unless it is another one than @p id, which then somebody else
 * writes as well.
 * @param id in and out
 * @return 1, or 0 with @p fault filled
 */
int tg_ledger_disk_write(apr_pool_t *pool, const char *path, const char *bytes, size_t length,
                         tg_ledger_disk_id_t *id, tg_fault_t *fault);

/** After the name of a file that was put aside, before the time. */
#define TG_LEDGER_DISK_ASIDE ".refused-"

/**
 * Renames the file, so that nothing is written over it.
 * @return its new path, in @p pool; NULL if it is still there
 */
const char *tg_ledger_disk_put_aside(apr_pool_t *pool, const char *path, tg_instant_t now);

#endif
