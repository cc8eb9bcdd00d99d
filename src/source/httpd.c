/* Access logs of httpd: LogFormat, or what a line of one looks like. */
#include "log_combined.h"

#include "log_template.h"
#include "log_time.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

static const struct {
    char letter;
    const char *argument; /* NULL: none */
    tg_log_value_t value;
} httpd_fields[] = {
    { 'a', NULL, { .field = TG_LOG_ADDRESS } },
    { 'a', "c", { .field = TG_LOG_ADDRESS } },
    { 'h', NULL, { .field = TG_LOG_ADDRESS } },
    { 'h', "c", { .field = TG_LOG_ADDRESS } },
    { 'v', NULL, { .field = TG_LOG_HOST } },
    { 'V', NULL, { .field = TG_LOG_HOST } },
    { 'i', "Host", { .field = TG_LOG_HOST, .escape = TG_LOG_BACKSLASH } },
    { 'i', "User-Agent", { .field = TG_LOG_USER_AGENT, .escape = TG_LOG_BACKSLASH } },
    { 'x', "SSL_PROTOCOL", { .field = TG_LOG_PROTOCOL } },
    { 'x', "SSL_CIPHER", { .field = TG_LOG_CIPHER } },
    { 'c', "version", { .field = TG_LOG_PROTOCOL } },
    { 'c', "cipher", { .field = TG_LOG_CIPHER } },
    { 's', NULL, { .field = TG_LOG_STATUS } },
    { 'r', NULL, { .field = TG_LOG_REQUEST, .escape = TG_LOG_BACKSLASH } },
    { 'U', NULL, { .field = TG_LOG_PATH, .escape = TG_LOG_BACKSLASH } },
    { 't', "sec", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_UNIX } },
    { 't', "msec", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_UNIX } },
    { 't', "usec", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_UNIX } },
};

/* `%t` brings its own brackets; `%{FORMAT}t` is as strftime() has it. */
static void add_time(tg_log_template_t *shape, const char *argument)
{
    static const tg_log_value_t clf = { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF };
    static const tg_log_value_t nothing = { .field = TG_LOG_IGNORED };
    tg_log_value_t value = { .field = TG_LOG_TIME, .form = TG_LOG_TIME_PATTERN };

    if (!argument) {
        tg_log_template_text(shape, "[", 1);
        tg_log_template_field(shape, &clf);
        tg_log_template_text(shape, "]", 1);
        return;
    }
    value.pattern = argument;
    tg_log_template_field(shape, tg_log_time_is_pattern(argument) ? &value : &nothing);
}

static void add_directive(tg_log_template_t *shape, char letter, const char *argument)
{
    static const tg_log_value_t nothing = { .field = TG_LOG_IGNORED };
    const char *colon = argument && letter == 't' ? strchr(argument, ':') : NULL;
    size_t i;

    if (colon && (colon - argument == 5 || colon - argument == 3) &&
        (strncmp(argument, "begin:", 6) == 0 || strncmp(argument, "end:", 4) == 0)) {
        argument = colon[1] ? colon + 1 : NULL;
    }
    for (i = 0; i < TG_ROWS(httpd_fields); i++) {
        const char *wanted = httpd_fields[i].argument;

        if (httpd_fields[i].letter == letter &&
            (wanted ? argument && strcasecmp(argument, wanted) == 0 : !argument)) {
            tg_log_template_field(shape, &httpd_fields[i].value);
            return;
        }
    }
    if (letter == 't') {
        add_time(shape, argument);
        return;
    }
    tg_log_template_field(shape, &nothing);
}

/* After a `%`. Returns what follows the directive, or NULL if it is incomplete. */
static const char *take_directive(apr_pool_t *pool, tg_log_template_t *shape, const char *at)
{
    const char *argument = NULL, *close;

    if (*at == '%') {
        tg_log_template_text(shape, at, 1);
        return at + 1;
    }
    for (;; at++) {
        if (*at == '{') {
            close = strchr(at, '}');
            if (!close) {
                return NULL;
            }
            argument = apr_pstrmemdup(pool, at + 1, (apr_size_t)(close - at - 1));
            at = close;
        }
        else if (!*at || !strchr("!,<>0123456789", *at)) {
            break;
        }
    }
    if (!*at) {
        return NULL;
    }
    add_directive(shape, *at, argument);
    return at + (*at == '^' && at[1] && at[2] ? 3 : 1); /* `^ti`, `^FB` */
}

/* As LogFormat is written: with `\"` for a quote, `\t` for a tabulator. */
static int read_log_format(apr_pool_t *pool, const char *format, tg_log_template_t *shape)
{
    while (*format) {
        size_t plain = strcspn(format, "%\\");

        tg_log_template_text(shape, format, plain);
        format += plain;
        if (*format == '%') {
            format = take_directive(pool, shape, format + 1);
            if (!format) {
                return 0;
            }
        }
        else if (*format && format[1]) {
            tg_log_template_text(shape, format[1] == 't' ? "\t" : format + 1, 1);
            format += 2;
        }
        else {
            format += *format != '\0';
        }
    }
    return 1;
}

static const tg_log_template_t *httpd_shape(apr_pool_t *pool, const char *format, tg_fault_t *fault)
{
    tg_log_template_t *shape = tg_log_template_make(pool);

    if (!read_log_format(pool, format, shape)) {
        (void)tg_fault_set(fault, "write it as LogFormat has it", "a %% directive is incomplete");
        return NULL;
    }
    return tg_log_template_check(shape, "%h, %t and %{SSL_PROTOCOL}x", fault) ? shape : NULL;
}

static tg_log_reader_t *httpd_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    tg_fault_t fault;

    return argument ? tg_log_template_reader(pool, httpd_shape(pool, argument, &fault))
                    : tg_log_combined(pool, line);
}

const tg_log_format_t tg_log_format_httpd = {
    .name = "httpd",
    .has_all = 1,
    .begin = httpd_begin,
    .read = tg_log_template_line,
    .shape = httpd_shape,
    .doubt = tg_log_combined_doubt,
    .is_apart = 1,
};
