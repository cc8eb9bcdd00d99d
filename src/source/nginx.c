/* Access logs of nginx: log_format, or what a line of one looks like. */
#include "log_combined.h"

#include "log_template.h"

#include "base/rows.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const struct {
    const char *name;
    tg_log_value_t value;
} nginx_fields[] = {
    { "remote_addr", { .field = TG_LOG_ADDRESS } },
    { "proxy_protocol_addr", { .field = TG_LOG_ADDRESS } },
    { "time_local", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "time_iso8601", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_RFC3339 } },
    { "msec", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_UNIX } },
    { "http_user_agent", { .field = TG_LOG_USER_AGENT, .escape = TG_LOG_BACKSLASH } },
    { "host", { .field = TG_LOG_HOST, .escape = TG_LOG_BACKSLASH } },
    { "http_host", { .field = TG_LOG_HOST, .escape = TG_LOG_BACKSLASH } },
    { "ssl_server_name", { .field = TG_LOG_HOST, .escape = TG_LOG_BACKSLASH } },
    { "server_name", { .field = TG_LOG_HOST } },
    { "ssl_protocol", { .field = TG_LOG_PROTOCOL } },
    { "ssl_cipher", { .field = TG_LOG_CIPHER } },
    { "ssl_curve", { .field = TG_LOG_GROUP } },
    { "status", { .field = TG_LOG_STATUS } },
    { "request", { .field = TG_LOG_REQUEST, .escape = TG_LOG_BACKSLASH } },
    { "request_uri", { .field = TG_LOG_PATH, .escape = TG_LOG_BACKSLASH } },
};

static void add_variable(tg_log_template_t *shape, tg_span_t name)
{
    tg_log_value_t value = { .field = TG_LOG_IGNORED };
    size_t i;

    for (i = 0; i < TG_ROWS(nginx_fields); i++) {
        if (tg_span_is(name, nginx_fields[i].name)) {
            value = nginx_fields[i].value;
        }
    }
    tg_log_template_field(shape, &value);
}

/* `$name` or `${name}`. */
static void read_nginx_format(const char *format, tg_log_template_t *shape)
{
    while (*format) {
        size_t length = strcspn(format, "$");

        tg_log_template_text(shape, format, length);
        format += length;
        if (*format == '$') {
            int is_braced = format[1] == '{';

            format += 1 + is_braced;
            length = strspn(format, LETTERS);
            add_variable(shape, (tg_span_t){ format, (uint32_t)length });
            format += length;
            format += is_braced && *format == '}';
        }
    }
}

static const tg_log_template_t *nginx_shape(apr_pool_t *pool, const char *format, tg_fault_t *fault)
{
    tg_log_template_t *shape = tg_log_template_make(pool);

    read_nginx_format(format, shape);
    return tg_log_template_check(shape, "$remote_addr, $time_local and $ssl_protocol", fault)
               ? shape
               : NULL;
}

static tg_log_reader_t *nginx_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    tg_fault_t fault;

    return argument ? tg_log_template_reader(pool, nginx_shape(pool, argument, &fault))
                    : tg_log_combined(pool, line);
}

const tg_log_format_t tg_log_format_nginx = {
    .name = "nginx",
    .has_all = 1,
    .begin = nginx_begin,
    .read = tg_log_template_line,
    .shape = nginx_shape,
    .doubt = tg_log_combined_doubt,
    .is_apart = 1,
};
