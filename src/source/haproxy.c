/* Logs of HAProxy: those of `option httpslog`, or a log-format. */
#include "log_template.h"

#include "log_time.h"

#include "base/rows.h"

#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What `option httpslog` means. */
#define HTTPSLOG                                                                                   \
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq " \
    "%rest\"%r\" %errors %[ssl_fc_sni]/%sslv/%sslc"

static const struct {
    const char *name;
    tg_log_value_t value;
} haproxy_fields[] = {
    { "ci", { .field = TG_LOG_ADDRESS } },
    { "t", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "tr", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "T", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "trg", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "Tl", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "trl", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF } },
    { "Ts", { .field = TG_LOG_TIME, .form = TG_LOG_TIME_UNIX } },
    { "ST", { .field = TG_LOG_STATUS } },
    { "r", { .field = TG_LOG_REQUEST } },
    { "HP", { .field = TG_LOG_PATH } },
    { "HU", { .field = TG_LOG_PATH } },
    { "sslv", { .field = TG_LOG_PROTOCOL } },
    { "sslc", { .field = TG_LOG_CIPHER } },
    { "[ssl_fc_protocol]", { .field = TG_LOG_PROTOCOL } },
    { "[ssl_fc_cipher]", { .field = TG_LOG_CIPHER } },
    { "[ssl_fc_sni]", { .field = TG_LOG_HOST } },
    { "[req.hdr(host)]", { .field = TG_LOG_HOST } },
    { "[req.hdr(user-agent)]", { .field = TG_LOG_USER_AGENT } },
};

/* An alias is written in its case, an expression in any. */
static tg_log_value_t value_of_alias(const char *at, size_t length)
{
    size_t i;

    for (i = 0; i < TG_ROWS(haproxy_fields); i++) {
        const char *name = haproxy_fields[i].name;

        if (strlen(name) == length &&
            (*at == '[' ? strncasecmp(name, at, length) == 0 : strncmp(name, at, length) == 0)) {
            return haproxy_fields[i].value;
        }
    }
    return (tg_log_value_t){ .field = TG_LOG_IGNORED };
}

/* After a `%`: `ci`, `{+Q}r`, `[ssl_fc_sni]` or `%`. Returns what follows, or NULL if it is
 * incomplete. */
static const char *take_alias(tg_log_template_t *shape, const char *at)
{
    tg_log_value_t value;
    int is_quoted = 0;
    size_t length;

    if (*at == '%') {
        tg_log_template_text(shape, at, 1);
        return at + 1;
    }
    if (*at == '{') {
        length = strcspn(at, "}");
        is_quoted = memmem(at, length, "+Q", 2) != NULL;
        at += length + (at[length] == '}');
    }
    length = *at == '[' ? strcspn(at, "]") + 1 : strspn(at, LETTERS);
    if (length == 0 || length > strlen(at)) {
        return NULL;
    }
    value = value_of_alias(at, length);
    if (value.field == TG_LOG_ADDRESS && strncmp(at, "ci:%cp", 6) == 0) {
        value.field = TG_LOG_ADDRESS_PORT;
        length = 6;
    }
    tg_log_template_text(shape, "\"", (size_t)is_quoted);
    tg_log_template_field(shape, &value);
    tg_log_template_text(shape, "\"", (size_t)is_quoted);
    return at + length;
}

static int read_haproxy_format(const char *format, tg_log_template_t *shape)
{
    while (format && *format) {
        size_t plain = strcspn(format, "%\\");

        tg_log_template_text(shape, format, plain);
        format += plain;
        if (*format == '%') {
            format = take_alias(shape, format + 1);
        }
        else if (*format) { /* a blank or quote that was escaped */
            format++;
            tg_log_template_text(shape, format, *format != '\0');
            format += *format != '\0';
        }
    }
    return format != NULL;
}

/* Skips the header of syslog, which may have the offset of the machine. */
static tg_span_t without_header(tg_log_reader_t *reader, tg_span_t line)
{
    const char *mark = memmem(line.at, line.length, "]: ", 3);
    const char *blank = memchr(line.at, ' ', line.length);
    tg_span_t stamp = { line.at, blank ? (uint32_t)(blank - line.at) : 0 };
    const char *offset;
    int64_t ignored;

    if (!mark) {
        return line;
    }
    if (stamp.length > 19 &&
        tg_log_time(&(tg_log_value_t){ .form = TG_LOG_TIME_RFC3339 }, stamp, 0, &ignored)) {
        for (offset = line.at + 19; *offset == '.' || (*offset >= '0' && *offset <= '9');
             offset++) {
        }
        reader->has_offset |=
            tg_log_time_offset((tg_span_t){ offset, (uint32_t)(blank - offset) }, &reader->offset);
    }
    mark += 3;
    return (tg_span_t){ mark, line.length - (uint32_t)(mark - line.at) };
}

/* `192.0.2.7:49152 [10/Jul/2018:10:00:00.123] https/1: SSL handshake failure` */
static int read_failure(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    static const tg_log_value_t who = { .field = TG_LOG_ADDRESS_PORT };
    static const tg_log_value_t when = { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF };
    const char *end = line.at + line.length, *open = memmem(line.at, line.length, " [", 2), *close;

    close = open ? memchr(open, ']', (size_t)(end - open)) : NULL;
    if (!close || !memmem(close, (size_t)(end - close), "SSL handshake", 13)) {
        return 0;
    }
    tg_log_reader_start(reader, line.length, record);
    record->is_failed = 1;
    return tg_log_reader_fill(reader, &who, (tg_span_t){ line.at, (uint32_t)(open - line.at) },
                              record) &&
           tg_log_reader_fill(reader, &when, (tg_span_t){ open + 2, (uint32_t)(close - open - 2) },
                              record);
}

/* Other lines, which do not begin with an address, are about HAProxy itself. */
static tg_line_t haproxy_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    tg_span_t rest;
    const char *colon;

    if (line.length == 0) {
        return TG_LINE_NOTHING;
    }
    if (tg_log_template_read(reader, line, record)) {
        return TG_LINE_RECORD;
    }
    rest = without_header(reader, line);
    if (tg_log_template_read(reader, rest, record) || read_failure(reader, rest, record)) {
        return TG_LINE_RECORD;
    }
    colon = memchr(rest.at, ':', rest.length);
    return rest.at != line.at && (!colon || memchr(rest.at, ' ', (size_t)(colon - rest.at)))
               ? TG_LINE_NOTHING
               : TG_LINE_DAMAGED;
}

/* 1 if the format has `%name`. */
static int has_alias(const char *format, const char *name)
{
    size_t length = strlen(name);

    while ((format = strchr(format, '%')) != NULL) {
        format++;
        if (*format == '%') { /* a plain one */
            format++;
        }
        else if (strspn(format, LETTERS) == length && memcmp(format, name, length) == 0) {
            return 1;
        }
    }
    return 0;
}

static int machine_offset(const char *argument, int *offset)
{
    return tg_log_time_offset((tg_span_t){ argument, (uint32_t)strlen(argument) }, offset);
}

/* The argument may be an offset instead. */
static const tg_log_template_t *haproxy_shape(apr_pool_t *pool, const char *argument,
                                              tg_fault_t *fault)
{
    tg_log_template_t *shape = tg_log_template_make(pool);
    const char *format = argument;
    int offset;

    if (!format || machine_offset(format, &offset)) {
        format = HTTPSLOG;
    }
    if (!read_haproxy_format(format, shape)) {
        (void)tg_fault_set(fault, "write it as log-format has it, or an offset such as +01:00",
                           "a variable is incomplete");
        return NULL;
    }
    return tg_log_template_check(shape, "%ci, %tr and %sslv", fault) ? shape : NULL;
}

static tg_log_reader_t *haproxy_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    tg_fault_t fault;
    tg_log_reader_t *reader = tg_log_template_reader(pool, haproxy_shape(pool, argument, &fault));
    tg_record_t record;

    if (reader && argument) {
        reader->has_offset = machine_offset(argument, &reader->offset) ||
                             !(has_alias(argument, "t") || has_alias(argument, "tr"));
        return reader;
    }
    return reader && haproxy_read(reader, line, &record) == TG_LINE_RECORD ? reader : NULL;
}

static const char *haproxy_doubt(const tg_log_reader_t *reader, const char **fix)
{
    *fix = "give the offset of its machine, with --from haproxy=+01:00";
    return reader->has_offset ? NULL : "its times have no offset and were read as UTC";
}

const tg_log_format_t tg_log_format_haproxy = {
    .name = "haproxy",
    .has_all = 1,
    .begin = haproxy_begin,
    .read = haproxy_read,
    .shape = haproxy_shape,
    .doubt = haproxy_doubt,
};
