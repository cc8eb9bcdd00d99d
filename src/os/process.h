/* Running another program, within limits of time and output. */
#ifndef TG_OS_PROCESS_H
#define TG_OS_PROCESS_H

#include "base/fault.h"

#include <apr_pools.h>

/** What a program wrote to its two outputs, and how it ended. */
typedef struct {
    const char *out, *err;
    apr_size_t out_length;
    int status; /**< the exit status; 128 and the signal if one ended it */
} tg_process_t;

/**
 * Runs a program with an empty standard input. If it takes long, a message says so. After the time
 * limit, or if it writes more than @p most bytes, it is killed with everything that it has started.
 * @return 1, or 0 with @p fault filled: it could not be run, or had to be killed
 */
int tg_process_run(apr_pool_t *pool, const char *const *argv, int seconds, apr_size_t most,
                   tg_process_t *result, tg_fault_t *fault);

#endif
