/* What httpd makes of the path of a request before it looks for its <Location>. */
#ifndef TG_CTL_REPORT_REQUEST_PATH_H
#define TG_CTL_REPORT_REQUEST_PATH_H

#include "base/fault.h"

#include <apr_pools.h>

/**
 * Decodes a path, without its query, and takes out `.`, `..` and doubled slashes, as httpd does
 * with AllowEncodedSlashes and MergeSlashes as they are by default.
 * @param path in @p pool
 * @return 1; 0 if httpd answers it with an error by itself: @p fault says which
 */
int tg_ctl_request_path(apr_pool_t *pool, const char *given, const char **path, tg_fault_t *fault);

#endif
