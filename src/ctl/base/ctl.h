/* tlsgatectl: one call of the program.
 *
 * Data goes to the standard output, everything else to the standard error.
 */
#ifndef TG_CTL_BASE_CTL_H
#define TG_CTL_BASE_CTL_H

#include "base/instant.h"
#include "base/program.h"

#include <apr_pools.h>

/**
 * Exit statuses: success; a problem, or nothing was changed; a wrong call, or an I/O error; a
 * change that is written and not in force, or not everywhere.
 */
typedef enum { TG_EXIT_OK, TG_EXIT_FINDING, TG_EXIT_ERROR, TG_EXIT_PENDING } tg_exit_t;

/** What an operand is that was written as `-`. */
#define TG_CTL_INPUT "/dev/stdin"

/** One call. Lives as long as the program; read-only once the command runs. */
typedef struct {
    apr_pool_t *pool;
    tg_instant_t now;

    /** The values of options of all commands; NULL: not given. */
    const char *state, *store, *httpd, *config, *patience;

    /**
     * All that was typed after the name of the program, the name of the command, and its
     * options.
     */
    int words;
    const char *const *word;
    const char *command;
    const void *given;

    /** What follows the name of the command, without options. */
    int operands;
    const char *const *operand;
} tg_ctl_t;

#endif
