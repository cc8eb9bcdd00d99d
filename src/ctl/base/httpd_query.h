/* Runs httpd to test its configuration and to get its plan. */
#ifndef TG_CTL_BASE_HTTPD_QUERY_H
#define TG_CTL_BASE_HTTPD_QUERY_H

#include "ctl.h"

#include "format/plan.h"
#include "os/process.h"

/** How long httpd may take, in seconds, unless --patience says otherwise, and the most. */
#define TG_CTL_HTTPD_PATIENCE 10
#define TG_CTL_HTTPD_PATIENCE_MAX 3600

/** Whether --patience is a number of seconds. 1, or 0 after an error was printed. */
int tg_ctl_httpd_check_patience(const tg_ctl_t *ctl);

/** The program: --httpd, or the first of the usual names in PATH; NULL: none. */
const char *tg_ctl_httpd_program(const tg_ctl_t *ctl);

/** The command that reloads it, for a shell: `PROGRAM [-f CONFIG] -k graceful`. */
const char *tg_ctl_httpd_reload(const tg_ctl_t *ctl);

/**
 * Runs `PROGRAM [-f CONFIG] -t [-D DEFINE]`.
 * @param define or NULL
 * @return 1 whatever the exit status, or 0 with @p fault filled
 */
int tg_ctl_httpd_test(const tg_ctl_t *ctl, const char *define, tg_process_t *result,
                      tg_fault_t *fault);

/**
 * The plan of httpd.conf as it is when it is first asked for, with the pool of the call.
 * @return 1, or 0 with @p fault filled
 */
int tg_ctl_httpd_plan(const tg_ctl_t *ctl, tg_plan_t *plan, tg_fault_t *fault);

#endif
