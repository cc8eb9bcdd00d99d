/* The state file: whether it may be trusted, whether it has changed, and what is in it. */
#ifndef TG_SERVER_STATE_STATE_FILE_H
#define TG_SERVER_STATE_STATE_FILE_H

#include "base/fault.h"
#include "os/link.h"

#include <apr_pools.h>
#include <stdint.h>
#include <sys/stat.h>

/** Enough of stat(2) to tell whether reading again could give another result. All zero: no file. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed; /**< ctime, which nobody can set */
    /** Who may write those that decide what the path leads to: of that of the path, and of each
     * link that there is. */
    uint64_t directories[TG_LINKS_MAX + 1];
    int error; /**< why the system failed, as errno, which may pass; 0: it did not, or no file */
} tg_state_file_id_t;

typedef enum {
    TG_STATE_FILE_READ,    /**< there it is */
    TG_STATE_FILE_ABSENT,  /**< there is no such file */
    TG_STATE_FILE_REFUSED, /**< it must not be used, or cannot be */
} tg_state_file_result_t;

/** The id of what is at that path now. */
tg_state_file_id_t tg_state_file_id(const char *path);

/** 1 if the two are the same content, and as safe. */
int tg_state_file_same(const tg_state_file_id_t *a, const tg_state_file_id_t *b);

/**
 * Reads the file, if it is a regular one that belongs to root or @p owner and that no one else may
 * write, in a directory of the same kind, and so are the directories of links that lead to it.
 * @param text   receives the content, in @p pool
 * @param id     receives the id of what was read, or of what was refused
 * @param fault  filled if it is refused
 */
tg_state_file_result_t tg_state_file_read(apr_pool_t *pool, const char *path, uid_t owner,
                                          const char **text, apr_size_t *length,
                                          tg_state_file_id_t *id, tg_fault_t *fault);

/**
 * Where a path leads to: its last name, if the directory of each link on the way is safe. There may
 * be no file of that name yet.
 * @param at receives it
 * @return 1, or 0 with @p fault filled
 */
int tg_state_file_place(const char *path, uid_t owner, char at[PATH_MAX], tg_fault_t *fault);

/**
 * Without reading it: 1 if a state file could be used there, where there may be none yet; or 0 with
 * @p fault filled.
 */
int tg_state_file_can_be(const char *path, uid_t owner, tg_fault_t *fault);

#endif
