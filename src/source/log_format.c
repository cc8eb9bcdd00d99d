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

const tg_log_format_t *tg_log_format_find(const char *name)
{
    int i;

    for (i = 0; log_formats[i] && strcmp(log_formats[i]->name, name) != 0; i++) {
    }
    return log_formats[i];
}
