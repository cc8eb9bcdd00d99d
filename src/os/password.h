/* A password in a file that others cannot read. */
#ifndef TG_OS_PASSWORD_H
#define TG_OS_PASSWORD_H

#include "base/fault.h"

#include <apr_pools.h>

/**
 * Reads the first line of a file.
 * @param password receives it, in @p pool
 * @return 1, or 0 with @p fault filled
 */
int tg_password_read(apr_pool_t *pool, const char *path, const char **password, tg_fault_t *fault);

#endif
