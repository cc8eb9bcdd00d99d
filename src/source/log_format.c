/* The table of formats: see log_format.h. */
#include "log_format.h"

#include <string.h>

/* One line for each format: a source of this folder defines tg_log_format_NAME. Of two that know a
 * line the first reads it. */
#define LOG_FORMATS(ROW)                                                                           \
    ROW(tlsgate)                                                                                   \
    ROW(httpd)                                                                                     \
    ROW(nginx)                                                                                     \
    ROW(haproxy)                                                                                   \
    ROW(alb)                                                                                       \
    ROW(cloudfront)                                                                                \
    ROW(caddy)                                                                                     \
    ROW(cloudtrail)                                                                                \
    ROW(logpush)

#define LOG_FORMAT_DECLARED(name) extern const tg_log_format_t tg_log_format_##name;
#define LOG_FORMAT_LISTED(name) &tg_log_format_##name,
LOG_FORMATS(LOG_FORMAT_DECLARED)
static const tg_log_format_t *const log_formats[] = { LOG_FORMATS(LOG_FORMAT_LISTED) NULL };

const tg_log_format_t *tg_log_format_at(int i)
{
    return log_formats[i];
}

/* An attempt takes memory: it has a pool of its own. */
static tg_log_reader_t *attempt_format(apr_pool_t *pool, const tg_log_format_t *format,
                                       tg_span_t line, const char *argument)
{
    tg_log_reader_t *reader;
    apr_pool_t *own;

    apr_pool_create(&own, pool);
    reader = format->begin(own, line, argument);
    if (!reader) {
        apr_pool_destroy(own);
    }
    return reader;
}

const tg_log_format_t *tg_log_format_begin(apr_pool_t *pool, const tg_log_format_t *wanted,
                                           tg_span_t line, const char *argument,
                                           tg_log_reader_t **reader)
{
    const tg_log_format_t *format;
    int i;

    if (wanted) {
        *reader = attempt_format(pool, wanted, line, argument);
        return *reader ? wanted : NULL;
    }
    for (i = 0; (format = log_formats[i]) != NULL; i++) {
        *reader = attempt_format(pool, format, line, argument);
        if (*reader) {
            return format;
        }
    }
    return NULL;
}

const tg_log_format_t *tg_log_format_find(const char *name)
{
    int i;

    for (i = 0; log_formats[i] && strcmp(log_formats[i]->name, name) != 0; i++) {
    }
    return log_formats[i];
}
