/* Access logs of Caddy, in JSON: numbers as in a hello. */
#include "json_log.h"

static const tg_json_log_row_t caddy_rows[] = {
    { "ts", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_RFC3339 } },
    { "status", { .field = TG_LOG_STATUS } },
    { "request.remote_ip", { .field = TG_LOG_ADDRESS } },
    { "request.client_ip", { .field = TG_LOG_ADDRESS } },
    { "request.host", { .field = TG_LOG_HOST } },
    { "request.uri", { .field = TG_LOG_PATH } },
    { "request.headers.User-Agent", { .field = TG_LOG_USER_AGENT } },
    { "request.tls.version", { .field = TG_LOG_PROTOCOL } },
    { "request.tls.cipher_suite", { .field = TG_LOG_CIPHER } },
    { 0 },
};

static const tg_json_log_t caddy_log = {
    .rows = caddy_rows,
    .needed = 1U << TG_LOG_TIME | 1U << TG_LOG_ADDRESS,
    .has_numbers = 1,
    .without = TG_PROTOCOL_CLEARTEXT,
};

static tg_log_reader_t *caddy_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    (void)argument;
    return tg_json_log_begin(pool, &caddy_log, line);
}

const tg_log_format_t tg_log_format_caddy = {
    .name = "caddy",
    .has_all = 1,
    .begin = caddy_begin,
    .read = tg_json_log_read,
    .is_apart = 1,
};
