/* Whole files: read while somebody else may be writing them; and whether others could have written
 * them.
 */
#ifndef TG_OS_FILE_H
#define TG_OS_FILE_H

#include "base/fault.h"

#include <apr_pools.h>
#include <limits.h>
#include <sys/stat.h>

typedef enum {
    TG_FILE_READ,
    TG_FILE_ABSENT, /**< there is no such file */
    TG_FILE_DENIED, /**< it cannot be opened */
    TG_FILE_FAILED  /**< it is not a regular file, too long, or cannot be read */
} tg_file_result_t;

/** A file that was read. */
typedef struct {
    const char *text; /**< all of it, in the pool, followed by a NUL */
    apr_size_t length;
    struct stat info; /**< when it was opened; set by TG_FILE_FAILED and TG_FILE_DENIED too */
    int error;        /**< the errno if the system denied it or failed, and the file did not */
} tg_file_t;

/**
 * Reads a regular file of at most @p most bytes. Never waits for the other end of a pipe.
 * @param fault filled if the file is denied or failed; does not name the path
 */
tg_file_result_t tg_file_read(apr_pool_t *pool, const char *path, apr_size_t most, tg_file_t *out,
                              tg_fault_t *fault);

/** Where a file is: its directory, open. What is done there stays in that directory, whatever its
 * name leads to by then. */
typedef struct {
    int directory;    /**< a descriptor */
    const char *path; /**< of the file */
    const char *name; /**< in that directory */
} tg_file_place_t;

/** The same for a file in a directory that is open; a link is not followed. */
tg_file_result_t tg_file_read_in(apr_pool_t *pool, const tg_file_place_t *place, apr_size_t most,
                                 tg_file_t *out, tg_fault_t *fault);

/**
 * Reads the end of a regular file, at most @p most bytes of it. Never waits for the other end of a
 * pipe.
 * @return its text in the pool, followed by a NUL, and *@p length; NULL if it cannot be read
 */
const char *tg_file_read_end(apr_pool_t *pool, const char *path, apr_size_t most,
                             apr_size_t *length);

/** 1 if it is the same file, and nothing was written to it. */
int tg_file_is_same(const struct stat *a, const struct stat *b);

/** The directory of a file: `.` for a name without a slash. @return @p directory */
const char *tg_file_directory(const char *path, char directory[PATH_MAX]);

/** 1 if group or others may write. */
int tg_file_is_writable_by_others(const struct stat *info);

/** Clears the write bits of group and others in @p info if the mount is sealed: see mount.h. */
void tg_file_ignore_write_bits(const char *directory, struct stat *info);

/**
 * 1 if the file or directory belongs to root or @p owner and nobody else may write it, or 0
 * with @p fault filled.
 * @param what what the fault calls it, such as `file`
 * @param path of it, for the command that helps
 */
int tg_file_is_trusted(const struct stat *info, uid_t owner, const char *what, const char *path,
                       tg_fault_t *fault);

/**
 * Says why the directory of that path cannot be used by httpd, and what to do: to create it, if
 * that is what is wrong.
 * @param error its errno, which is left so
 * @return 0 with @p fault filled
 */
int tg_file_no_directory(const char *path, int error, tg_fault_t *fault);

/** A fix: `run COMMAND PATH`, for a shell. @return @p fix */
const char *tg_file_fix_command(char fix[TG_FAULT_MAX], const char *command, const char *path);

/**
 * 1 if the path leads to a file that has no name any more: it was replaced, and only that file is
 * mounted there, not its directory. Then @p fault is filled.
 */
int tg_file_is_left_behind(const char *path, tg_fault_t *fault);

/** Opens the directory of a file. 1, or 0 with errno set and @p fault filled. */
int tg_file_place_open(const char *path, tg_file_place_t *out, tg_fault_t *fault);

/**
 * The same if others could not have written the directory: what is done there by its descriptor is
 * done where nobody else could have prepared it.
 * @param owner whom the directory may belong to, besides root
 */
int tg_file_place_open_trusted(const char *path, uid_t owner, tg_file_place_t *out,
                               tg_fault_t *fault);

/**
 * Fills the fault with errno for what is called @p name, in the directory of @p path.
 * @return 0, with errno as it was
 */
int tg_file_fail(const char *path, const char *name, tg_fault_t *fault);

/** Leaves errno as it is. */
void tg_file_place_close(tg_file_place_t *place);

/**
 * Opens a regular file of ours beside the state, such as its lock: not through a link, and not
 * one that has another name as well, which may be that of a file of somebody else's choice.
 * @param flags  of open(), without those that this needs
 * @return a descriptor, or -1 with errno set
 */
int tg_file_open_beside(const char *path, int flags, mode_t mode);

/** What to do if that fails with that errno: something else is in its place, or @p otherwise. */
const char *tg_file_fix_beside(int error, const char *otherwise);

#endif
