/* Logs of HTTP requests that Cloudflare Logpush sends, in JSON. */
#include "json_log.h"

static const tg_json_log_row_t logpush_rows[] = {
    { "EdgeStartTimestamp", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_RFC3339 } },
    { "EdgeResponseStatus", { .field = TG_LOG_STATUS } },
    { "ClientIP", { .field = TG_LOG_ADDRESS } },
    { "ClientRequestHost", { .field = TG_LOG_HOST } },
    { "ClientRequestPath", { .field = TG_LOG_PATH } },
    { "ClientRequestURI", { .field = TG_LOG_PATH } },
    { "ClientRequestUserAgent", { .field = TG_LOG_USER_AGENT } },
    { "ClientSSLProtocol", { .field = TG_LOG_PROTOCOL } },
    { "ClientSSLCipher", { .field = TG_LOG_CIPHER } },
    { 0 },
};

static const tg_json_log_t logpush_log = {
    .rows = logpush_rows,
    .needed = 1U << TG_LOG_TIME | 1U << TG_LOG_ADDRESS | 1U << TG_LOG_PROTOCOL,
    .without = TG_PROTOCOL_UNKNOWN,
};

static tg_log_reader_t *logpush_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    (void)argument;
    return tg_json_log_begin(pool, &logpush_log, line);
}

const tg_log_format_t tg_log_format_logpush = {
    .name = "logpush",
    .has_all = 1,
    .begin = logpush_begin,
    .read = tg_json_log_read,
    .is_apart = 1,
};
