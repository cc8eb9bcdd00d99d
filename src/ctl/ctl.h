/* tlsgatectl: what every command is given, and what a command is.
 *
 * Data goes to the standard output, all else to the standard error. The exit status is 0,
 * 1 for a finding, 2 for a wrong call or something that could not be read or written.
 */
#ifndef TG_CTL_CTL_H
#define TG_CTL_CTL_H

#include "base/instant.h"
#include "base/program.h"

#include <apr_pools.h>

/** The exit statuses. */
enum { TG_CTL_OK = 0, TG_CTL_FINDING = 1, TG_CTL_ERROR = 2 };

/** Every option; options.c says what each is called. */
typedef enum {
    TG_CTL_STATE,
    TG_CTL_STORE,
    TG_CTL_HTTPD,
    TG_CTL_CONFIG,
    TG_CTL_HELP,
    TG_CTL_SHOW_VERSION,
    TG_CTL_ALL,
    TG_CTL_UNTIL,
    TG_CTL_FOR,
    TG_CTL_CUTOFF,
    TG_CTL_REASON,
    TG_CTL_BY,
    TG_CTL_OWNER,
    TG_CTL_AT,
    TG_CTL_PROTOCOL,
    TG_CTL_CLIENT,
    TG_CTL_HANDSHAKE,
    TG_CTL_YES,
    TG_CTL_DRY_RUN,
    TG_CTL_JSON,
    TG_CTL_OPTIONS
} tg_ctl_option_t;

#define TG_CTL_BIT(option) (1UL << (option))

/** One call of the program. Lives as long as it; read-only once the command runs. */
typedef struct {
    apr_pool_t *pool;
    tg_instant_t now;
    const char *given[TG_CTL_OPTIONS]; /**< the value, "" where none belongs; NULL: not given */
    int operands;
    const char *const *operand;
} tg_ctl_t;

/** One command. */
typedef struct {
    const char *name;
    const char *operands; /**< as the help shows them */
    const char *summary;  /**< one line */
    const char *more;     /**< what the help says beneath, or "" */
    int least, most;      /**< how many operands; most is -1 for any number */
    unsigned long options;
    int (*run)(tg_ctl_t *ctl);
} tg_ctl_command_t;

#endif
