/* Standard logs of CloudFront: columns that a heading names, between tabulators. */
#include "log_reader.h"

#include "base/rows.h"

#include <string.h>

#define HEADING "#Fields:"

static const struct {
    const char *name;
    tg_log_value_t value;
} cloudfront_fields[] = {
    { "date", { .field = TG_LOG_DATE } },
    { "time", { .field = TG_LOG_CLOCK } },
    { "c-ip", { .field = TG_LOG_ADDRESS } },
    { "x-host-header", { .field = TG_LOG_HOST, .escape = TG_LOG_PERCENT } },
    { "cs(User-Agent)", { .field = TG_LOG_USER_AGENT, .escape = TG_LOG_PERCENT } },
    { "sc-status", { .field = TG_LOG_STATUS } },
    { "cs-uri-stem", { .field = TG_LOG_PATH } },
    { "ssl-protocol", { .field = TG_LOG_PROTOCOL } },
    { "ssl-cipher", { .field = TG_LOG_CIPHER } },
};

/* Consumes the text before the next @p separator, and the separator. */
static tg_span_t take_column(const char **at, const char *end, char separator)
{
    const char *stop = memchr(*at, separator, (size_t)(end - *at));
    tg_span_t column = { *at, (uint32_t)((stop ? stop : end) - *at) };

    *at = stop ? stop + 1 : end;
    return column;
}

/* 1 if the heading names what must be known. */
static int read_heading(tg_log_reader_t *reader, tg_span_t line)
{
    const char *at = line.at + strlen(HEADING), *end = line.at + line.length;
    unsigned told = 0, needed = 1U << TG_LOG_DATE | 1U << TG_LOG_CLOCK | 1U << TG_LOG_ADDRESS |
                                1U << TG_LOG_PROTOCOL;

    reader->columns = apr_array_make(reader->pool, 33, sizeof(tg_log_value_t));
    while (at < end) {
        tg_span_t name = take_column(&at, end, ' ');
        tg_log_value_t value = { .field = TG_LOG_IGNORED };
        size_t i;

        if (name.length == 0) {
            continue;
        }
        for (i = 0; i < TG_ROWS(cloudfront_fields); i++) {
            if (tg_span_is(name, cloudfront_fields[i].name)) {
                value = cloudfront_fields[i].value;
            }
        }
        told |= 1U << value.field;
        APR_ARRAY_PUSH(reader->columns, tg_log_value_t) = value;
    }
    /* Without them no line can be read, also after a heading that had them. */
    reader->columns = (told & needed) == needed ? reader->columns : NULL;
    return reader->columns != NULL;
}

static tg_line_t cloudfront_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    const char *at = line.at, *end = line.at + line.length;
    int i;

    if (line.length == 0) {
        return TG_LINE_NOTHING;
    }
    if (*at == '#') {
        int is_heading = line.length > strlen(HEADING) && memcmp(at, HEADING, strlen(HEADING)) == 0;

        return !is_heading || read_heading(reader, line) ? TG_LINE_NOTHING : TG_LINE_DAMAGED;
    }
    if (!reader->columns) {
        return TG_LINE_DAMAGED;
    }
    tg_log_reader_start(reader, line.length, record);
    for (i = 0; i < reader->columns->nelts; i++) {
        if (at == end ||
            !tg_log_reader_fill(reader, &APR_ARRAY_IDX(reader->columns, i, tg_log_value_t),
                                take_column(&at, end, '\t'), record)) {
            return TG_LINE_DAMAGED;
        }
    }
    return at == end ? TG_LINE_RECORD : TG_LINE_DAMAGED;
}

static tg_log_reader_t *cloudfront_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    tg_log_reader_t *reader;
    int is_heading =
        line.length > strlen(HEADING) && memcmp(line.at, HEADING, strlen(HEADING)) == 0;

    (void)argument;
    if (!tg_span_is(line, "#Version: 1.0") && !is_heading) {
        return NULL;
    }
    reader = tg_log_reader_make(pool);
    return !is_heading || read_heading(reader, line) ? reader : NULL;
}

/* Not apart: a heading may be anywhere. */
const tg_log_format_t tg_log_format_cloudfront = {
    .name = "cloudfront",
    .has_all = 1,
    .begin = cloudfront_begin,
    .read = cloudfront_read,
};
