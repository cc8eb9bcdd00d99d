/* The words of a directive: see directive_args.h. */
#include "directive_args.h"

#include <apr_strings.h>

tg_args_t tg_args_split(cmd_parms *cmd, const char *args)
{
    apr_array_header_t *array = apr_array_make(cmd->temp_pool, 4, sizeof(const char *));
    tg_args_t words;

    while (*args) {
        APR_ARRAY_PUSH(array, const char *) = ap_getword_conf(cmd->pool, &args);
    }
    words.argc = array->nelts;
    words.argv = (const char *const *)array->elts;
    return words;
}

const char *tg_args_error(cmd_parms *cmd, const char *value, const char *reason, const char *form)
{
    const char *mark = *value == '"' ? "" : "\""; /* it may bring its own */

    return apr_psprintf(cmd->pool, "%s %s%s%s: %s; %s", cmd->cmd->name, mark, value, mark, reason,
                        form);
}

const char *tg_args_fault(cmd_parms *cmd, const char *value, const tg_fault_t *fault)
{
    return tg_args_error(cmd, value, fault->reason, fault->fix);
}

const char *tg_args_given_twice(cmd_parms *cmd, const char *value)
{
    return tg_args_error(cmd, value, "it is given twice", "keep one of the two lines");
}

tg_main_conf_t *tg_args_main_conf(cmd_parms *cmd)
{
    return tg_conf_of_server(cmd->server)->main_conf;
}

const char *tg_args_check_place(cmd_parms *cmd, unsigned forbidden, const char *args,
                                const char *form)
{
    if (tg_args_main_conf(cmd)->open || ap_check_cmd_context(cmd, forbidden)) {
        return tg_args_error(cmd, args, "it cannot stand here", form);
    }
    return NULL;
}
