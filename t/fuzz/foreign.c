/* Fuzzing: lines of foreign logs, of every format. What is read of a line is valid UTF-8.
 *
 * An input is the letter of a format, then lines: the first of them tells the format. With
 * TLSGATE_FUZZ_FAIL in the environment the first input is a finding. Lines of CloudTrail are cut as a document of
 * records as well: they are the same ones whether all bytes are there at once or come one by one.
 */
#include "base/utf8.h"
#include "source/json_records.h"
#include "source/log_format.h"

#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program at the finding. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

static const struct {
    const char *from, *argument;
} ways[] = {
    { "httpd", NULL },
    { "httpd", "%v %h %t \\\"%r\\\" %>s \\\"%{User-Agent}i\\\" %{SSL_PROTOCOL}x %{SSL_CIPHER}x" },
    { "httpd", "%{%F %T %z}t %a %{SSL_PROTOCOL}x %{Host}i" },
    { "nginx", "$remote_addr [$time_local] \"$http_user_agent\" $ssl_protocol $ssl_curve $msec" },
    { "haproxy", NULL },
    { "haproxy", "-02:00" },
    { "haproxy", "%ci:%cp %t %sslv %[req.hdr(user-agent)]" },
    { "alb", NULL },
    { "cloudfront", NULL },
    { "caddy", NULL },
    { "cloudtrail", NULL },
    { "logpush", NULL },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static apr_pool_t *fuzz_pool;
static int must_fail;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    apr_initialize();
    apr_pool_create(&fuzz_pool, NULL);
    must_fail = getenv("TLSGATE_FUZZ_FAIL") != NULL;
    return 0;
}

static void check_span(tg_span_t span)
{
    char *copy = malloc((size_t)span.length + 1);
    size_t i = 0, bytes;

    REQUIRE(copy != NULL);
    memcpy(copy, span.length ? span.at : "", span.length);
    copy[span.length] = '\0';
    for (; i < span.length; i += bytes) {
        bytes = tg_utf8_length((const unsigned char *)copy + i);
        REQUIRE(bytes > 0 && copy[i] != '\0');
    }
    free(copy);
}

static void read_one(const tg_log_format_t *format, tg_log_reader_t *reader, tg_span_t line)
{
    tg_record_t record;

    if (format->read(reader, line, &record) == TG_LINE_RECORD) {
        REQUIRE(record.client.length > 3 && memcmp(record.client.at, "ip:", 3) == 0);
        REQUIRE(record.protocol < TG_PROTOCOLS && record.status >= 0 && record.status <= 999);
        check_span(record.client);
        check_span(record.user_agent);
        check_span(record.host);
        check_span(record.cipher);
    }
}

/* The place of the next record, its length, and where it goes on; 0: there is none. Of all bytes that there
 * are, or of one more each time. */
static int next_record(tg_json_records_t *records, const char *text, size_t size, int one_by_one,
                       size_t *at, tg_span_t *record)
{
    size_t have = one_by_one ? *at : size, used;

    for (;;) {
        int is_found = tg_json_records_next(records, text + *at, have - *at, &used, record);

        REQUIRE(used <= have - *at);
        REQUIRE(!is_found ||
                (record->length > 0 && record->at + record->length == text + *at + used));
        *at += used;
        if (is_found || have == size) {
            return is_found;
        }
        have++;
    }
}

static void check_document(const tg_log_format_t *format, tg_log_reader_t *reader, const char *text,
                           size_t size)
{
    tg_json_records_t once = { .looked = 0 }, slow = { .looked = 0 };
    size_t once_at = 0, slow_at = 0;
    tg_span_t record, other;

    while (next_record(&once, text, size, 0, &once_at, &record)) {
        REQUIRE(next_record(&slow, text, size, 1, &slow_at, &other));
        REQUIRE(record.at == other.at && record.length == other.length && once_at == slow_at);
        read_one(format, reader, record);
    }
    REQUIRE(!next_record(&slow, text, size, 1, &slow_at, &other));
}

static void read_document(const tg_log_format_t *format, const uint8_t *data, size_t size)
{
    static const char first[] =
        "{\"eventTime\":\"2018-07-10T09:00:00Z\",\"sourceIPAddress\":\"192.0.2.7\","
        "\"tlsDetails\":{\"tlsVersion\":\"TLSv1\"}}";
    tg_log_reader_t *reader =
        format->begin(fuzz_pool, (tg_span_t){ first, sizeof(first) - 1 }, NULL);
    char *text = malloc(size); /* a copy, so that a byte too many is seen */

    REQUIRE(reader && text);
    memcpy(text, data, size);
    check_document(format, reader, text, size);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tg_log_format_t *format;
    tg_log_reader_t *reader = NULL;
    size_t way = size ? (size_t)(data[0] - 'a') % WAYS : 0;

    REQUIRE(!must_fail);
    format = tg_log_format_find(ways[way].from);
    if (size > 1 && strcmp(format->name, "cloudtrail") == 0) {
        read_document(format, data + 1, size - 1);
    }
    for (data += size > 0, size -= size > 0; size > 0;) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end ? (size_t)(end - data) : size;
        char *line = malloc(length + 1); /* a copy, so that a byte too many is seen */

        REQUIRE(line != NULL);
        memcpy(line + 1, data, length);
        if (!reader) {
            reader = format->begin(fuzz_pool, (tg_span_t){ line + 1, (uint32_t)length },
                                   ways[way].argument);
        }
        if (reader) {
            read_one(format, reader, (tg_span_t){ line + 1, (uint32_t)length });
        }
        free(line);
        length += end != NULL;
        data += length;
        size -= length;
    }
    apr_pool_clear(fuzz_pool);
    return 0;
}
