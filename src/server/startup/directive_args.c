/* The arguments of a directive: see directive_args.h. */
#include "directive_args.h"

#include <apr_strings.h>
#include <string.h>

tg_args_t tg_args_split(cmd_parms *cmd, void *dir, const char *text)
{
    apr_array_header_t *words = apr_array_make(cmd->temp_pool, 4, sizeof(const char *));
    tg_args_t args = { .cmd = cmd, .dir = dir, .text = text };

    while (*text) {
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(cmd->pool, &text);
    }
    args.argc = words->nelts;
    args.argv = (const char *const *)words->elts;
    return args;
}

const char *tg_args_words(apr_pool_t *pool, const char *directive, const char *value)
{
    const char *mark = *value == '"' ? "" : "\""; /* it may bring its own */
    const char *bracket = *directive == '<' ? ">" : "";
    size_t length = strlen(value);

    if (*bracket && length > 0 && value[length - 1] == *bracket) {
        length--;
    }
    return apr_pstrcat(pool, directive, " ", mark, apr_pstrmemdup(pool, value, length), mark,
                       bracket, NULL);
}

const char *tg_args_error(const tg_args_t *args, const char *value, const char *reason,
                          const char *fix)
{
    return apr_psprintf(args->cmd->pool, "%s: %s; %s",
                        tg_args_words(args->cmd->pool, args->cmd->cmd->name, value), reason, fix);
}

const char *tg_args_fault(const tg_args_t *args, const char *value, const tg_fault_t *fault)
{
    return tg_args_error(args, value, fault->reason, fault->fix);
}

const char *tg_args_given_twice(const tg_args_t *args)
{
    return tg_args_error(args, args->text, "it is given twice", "keep one of the two lines");
}

tg_main_conf_t *tg_args_main_conf(const tg_args_t *args)
{
    return tg_conf_of_server(args->cmd->server)->main_conf;
}

tg_server_schedule_t *tg_args_schedule(const tg_args_t *args)
{
    return tg_args_main_conf(args)->open;
}
