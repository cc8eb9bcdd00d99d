/* The arguments of a directive, and the messages when they are wrong. */
#ifndef TG_SERVER_STARTUP_DIRECTIVE_ARGS_H
#define TG_SERVER_STARTUP_DIRECTIVE_ARGS_H

#include "server/base/conf.h"

/** One line of httpd.conf as a handler is given it. The words live in the configuration pool,
 * the rest only as long as the line is being read. */
typedef struct {
    cmd_parms *cmd;
    tg_dir_conf_t *dir; /**< of the section that the line is in */
    const char *text;   /**< the arguments as they are written */
    int argc;
    const char *const *argv; /**< the same as words, without their quotes */
} tg_args_t;

tg_args_t tg_args_split(cmd_parms *cmd, void *dir, const char *text);

/**
 * How a message begins: `TlsGate "legacy"`; a section has both of its brackets, wherever the value
 * ends.
 */
const char *tg_args_words(apr_pool_t *pool, const char *directive, const char *value);

/* The messages: directive, value, reason, right form. Each returns the text. */
const char *tg_args_error(const tg_args_t *args, const char *value, const char *reason,
                          const char *fix);
const char *tg_args_fault(const tg_args_t *args, const char *value, const tg_fault_t *fault);
const char *tg_args_given_twice(const tg_args_t *args);

/** The configuration of all servers, which is being read. */
tg_main_conf_t *tg_args_main_conf(const tg_args_t *args);

/** The schedule whose section is being read; NULL outside of one. */
tg_server_schedule_t *tg_args_schedule(const tg_args_t *args);

#endif
