/* The httpd that runs, by the PidFile of its configuration and what /proc tells. */
#ifndef TG_CTL_BASE_HTTPD_PROCESS_H
#define TG_CTL_BASE_HTTPD_PROCESS_H

#include "ctl.h"

#include "base/fault.h"

#include <sys/types.h>

/** Lives as long as the call. */
typedef struct {
    int64_t pid;      /**< of its first process; 0: it does not run */
    const char *why;  /**< how that is known, if it does not run */
    uid_t uid;        /**< the user that it runs as */
    int is_elsewhere; /**< it sees another directory under the name of that of the state file */
    int is_denied;    /**< its user may not create a file there */
} tg_ctl_httpd_process_t;

/**
 * Asks `httpd -t -D DUMP_RUN_CFG` for the PidFile.
 * @return 1, or 0 with @p fault filled: httpd could not be asked
 */
int tg_ctl_httpd_process_find(const tg_ctl_t *ctl, const char *state, tg_ctl_httpd_process_t *out,
                              tg_fault_t *fault);

#endif
