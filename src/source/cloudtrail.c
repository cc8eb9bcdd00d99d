/* Events of AWS CloudTrail, in JSON, one a line. Those without tlsDetails are no requests of
 * clients.
 */
#include "json_log.h"

static const tg_json_log_row_t cloudtrail_rows[] = {
    { "eventTime", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_RFC3339 } },
    { "sourceIPAddress", { .field = TG_LOG_ADDRESS } },
    { "userAgent", { .field = TG_LOG_USER_AGENT } },
    { "tlsDetails.tlsVersion", { .field = TG_LOG_PROTOCOL } },
    { "tlsDetails.cipherSuite", { .field = TG_LOG_CIPHER } },
    { "tlsDetails.clientProvidedHostHeader", { .field = TG_LOG_HOST } },
    { 0 },
};

static const tg_json_log_t cloudtrail_log = {
    .rows = cloudtrail_rows,
    .needed = 1U << TG_LOG_TIME | 1U << TG_LOG_ADDRESS | 1U << TG_LOG_PROTOCOL,
    .known_by = 1U << TG_LOG_TIME | 1U << TG_LOG_ADDRESS,
    .without = TG_PROTOCOL_UNKNOWN,
};

static tg_log_reader_t *cloudtrail_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    (void)argument;
    return tg_json_log_begin(pool, &cloudtrail_log, line);
}

const tg_log_format_t tg_log_format_cloudtrail = {
    .name = "cloudtrail",
    .has_all = 1,
    .begin = cloudtrail_begin,
    .read = tg_json_log_read,
    .is_apart = 1,
};
