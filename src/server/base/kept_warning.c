/* Warnings of the start: see kept_warning.h. */
#include "kept_warning.h"

#include "conf.h"

#include "report/warning.h"

#include <apr_strings.h>
#include <stdarg.h>

const char *tg_kept_warning_add(const char *number, const server_rec *s, const char *format, ...)
{
    tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    apr_pool_t *pool = main_conf->warnings->pool;
    tg_warning_t *warning;
    const char *text;
    va_list args;

    va_start(args, format);
    text = apr_pvsprintf(pool, format, args);
    va_end(args);
    main_conf->warning_count++;
    if (main_conf->warnings->nelts < TG_KEPT_WARNINGS_MAX) {
        warning = apr_array_push(main_conf->warnings);
        warning->code = apr_pstrcat(pool, TG_PROGRAM_MESSAGE, number, NULL);
        warning->topic = "Configuration";
        warning->text = text;
    }
    return text;
}
