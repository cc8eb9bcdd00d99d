/* Fuzzing: lines of foreign logs, of every format. What is read of a line is valid UTF-8.
 *
 * An input is the letter of a format, then lines: the first of them tells the format. With
 * TLSGATE_FUZZ_FAIL in the environment the first input is a finding.
 */
#include "base/utf8.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tg_log_format_t *format;
    tg_log_reader_t *reader = NULL;
    size_t way = size ? (size_t)(data[0] - 'a') % WAYS : 0;

    REQUIRE(!must_fail);
    format = tg_log_format_find(ways[way].from);
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
