/* Reading a whole file that somebody else may be writing. */
#ifndef TG_OS_FILE_H
#define TG_OS_FILE_H

#include "base/fault.h"

#include <apr_pools.h>

typedef enum { TG_FILE_READ, TG_FILE_ABSENT, TG_FILE_FAILED } tg_file_result_t;

/**
 * Reads a regular file of at most @p most bytes into @p pool, with a NUL behind it.
 * @param fault filled if it fails; it does not name the path
 */
tg_file_result_t tg_file_read(apr_pool_t *pool, const char *path, apr_size_t most,
                              const char **text, apr_size_t *length, tg_fault_t *fault);

/** Writes all of it, however often that takes. 1, or 0 with errno set. */
int tg_file_write(int fd, const char *text, apr_size_t length);

#endif
