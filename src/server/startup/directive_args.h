/* The words of a directive, and what is said when they are wrong. */
#ifndef TG_SERVER_STARTUP_DIRECTIVE_ARGS_H
#define TG_SERVER_STARTUP_DIRECTIVE_ARGS_H

#include "server/base/conf.h"

/** The arguments of a directive, unquoted: the words in the configuration pool, the
 * array of them only as long as the directive is being read. */
typedef struct {
    int argc;
    const char *const *argv;
} tg_args_t;

tg_args_t tg_args_split(cmd_parms *cmd, const char *args);

/* The messages: directive, value, reason, right form. Each returns the text. */
const char *tg_args_error(cmd_parms *cmd, const char *value, const char *reason, const char *form);
const char *tg_args_fault(cmd_parms *cmd, const char *value, const tg_fault_t *fault);
const char *tg_args_given_twice(cmd_parms *cmd, const char *value);

/** Where no directive of ours may stand. */
#define TG_ARGS_NOT_IN_FILES                                                                       \
    (NOT_IN_DIRECTORY | NOT_IN_FILES | NOT_IN_HTACCESS | NOT_IN_PROXY | NOT_IN_LIMIT)

/**
 * Checks where a directive stands.
 * @param forbidden NOT_IN_… of http_config.h; a schedule is always forbidden
 * @param form      where it should stand
 * @return NULL, or the message
 */
const char *tg_args_check_place(cmd_parms *cmd, unsigned forbidden, const char *args,
                                const char *form);

/** The plan that is being read. */
tg_main_conf_t *tg_args_main_conf(cmd_parms *cmd);

#endif
