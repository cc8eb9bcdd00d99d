/* Logs of other servers: what each line of the shape that its vendor documents tells. */
#include "unit.h"

#include "source/log_format.h"

#include <apr_strings.h>
#include <stdlib.h>

#define COMBINED "%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\""

#define LONG "0123456789012345678901234567890123456789"

static const struct {
    const char *from, *argument, *heading; /* NULL: told by the line */
    const char *line;
    const char *time, *client, *protocol, *cipher, *host, *ua;
    int status;
} rows[] = {
    { "httpd", NULL, NULL,
      "192.0.2.7 - - [10/Jul/2018:10:00:01 +0100] \"GET /a HTTP/1.1\" 200 512 \"-\" "
      "\"curl/7.19.7 \\\"x\\\" \\xc3\\xa4\" TLSv1 ECDHE-RSA-AES128-SHA",
      "2018-07-10T09:00:01Z", "ip:192.0.2.7", "TLSv1", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "",
      "curl/7.19.7 \"x\" \xC3\xA4", 200 },
    { "httpd", NULL, NULL,
      "[10/Jul/2018:23:59:59 -0730] 2001:DB8:0::7 TLSv1.2 AES128-SHA \"GET / HTTP/1.1\" 12",
      "2018-07-11T07:29:59Z", "ip:2001:db8::7", "TLSv1.2", "TLS_RSA_WITH_AES_128_CBC_SHA", "", "",
      0 },
    { "httpd", "%v " COMBINED " %{SSL_PROTOCOL}x %{SSL_CIPHER}x", NULL,
      "api.example.com 192.0.2.7 - - [29/Feb/2020:00:00:00 +0000] \"GET / HTTP/1.1\" 426 9 \"-\" "
      "\"TLSv1.3\\\\\" - -",
      "2020-02-29T00:00:00Z", "ip:192.0.2.7", "cleartext", "", "api.example.com", "TLSv1.3\\",
      426 },
    { "httpd", "%{%Y-%m-%dT%T%z}t %a %{SSL_PROTOCOL}x \\\"%{User-agent}i\\\"", NULL,
      "2018-07-10T10:00:00+0530 ::ffff:192.0.2.9 SSLv3 \"-\"", "2018-07-10T04:30:00Z",
      "ip:192.0.2.9", "SSLv3", "", "", "", 0 },
    { "httpd", "%{msec}t %{c}a %{SSL_PROTOCOL}x %>s", NULL, "1531213200999 192.0.2.1 TLSv1.3 -",
      "2018-07-10T09:00:00Z", "ip:192.0.2.1", "TLSv1.3", "", "", "", 0 },
    /* What is written with a ^ is of no header of the request. */
    { "httpd", "%{User-Agent}^ti %^FB %h %t %{User-Agent}i %{Host}^to %{SSL_PROTOCOL}x", NULL,
      "trailer 1 192.0.2.1 [10/Jul/2018:09:00:00 +0000] b - TLSv1", "2018-07-10T09:00:00Z",
      "ip:192.0.2.1", "TLSv1", "", "", "b", 0 },
    { "nginx",
      "$remote_addr - [$time_local] \"$request\" $status \"$http_user_agent\" $ssl_protocol/"
      "$ssl_cipher $host",
      NULL,
      "192.0.2.7 - [10/Jul/2018:10:00:00 +0100] \"GET / HTTP/2.0\" 200 \"a\\x22b\\x5C\" "
      "TLSv1.1/ECDHE-RSA-AES256-SHA api.example.com",
      "2018-07-10T09:00:00Z", "ip:192.0.2.7", "TLSv1.1", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
      "api.example.com", "a\"b\\", 200 },
    { "nginx",
      "{\"t\":\"${time_iso8601}\",\"a\":\"$remote_addr\",\"p\":\"$ssl_protocol\","
      "\"u\":\"$http_user_agent\"}",
      NULL,
      "{\"t\":\"2018-07-10T10:00:00+01:00\",\"a\":\"192.0.2.7\",\"p\":\"\",\"u\":\"\\u00e4\\ud83d"
      "\\ude00\\\"\"}",
      "2018-07-10T09:00:00Z", "ip:192.0.2.7", "cleartext", "", "", "\xC3\xA4\xF0\x9F\x98\x80\"",
      0 },
    { "haproxy", NULL, NULL,
      "2018-07-10T10:00:01.2+01:00 lb haproxy[14389]: 192.0.2.7:33317 "
      "[10/Jul/2018:10:00:00.655] https~ static/srv1 10/0/30/69/109 200 2750 - - ---- "
      "1/1/1/1/0 0/0 {api} {} \"GET /index.html HTTP/1.1\" 0/0/0/0/0 "
      "api.example.com/TLSv1.3/TLS_AES_256_GCM_SHA384",
      "2018-07-10T09:00:00Z", "ip:192.0.2.7", "TLSv1.3", "TLS_AES_256_GCM_SHA384",
      "api.example.com", "", 200 },
    { "haproxy", "-02:00", NULL,
      "2001:db8::7:33317 [10/Jul/2018:10:00:00.655] https~ static/srv1 10/0/30/69/109 -1 0 - - "
      "CR-- 1/1/1/1/0 0/0 \"<BADREQ>\" 0/0/0/0/0 -/TLSv1/AES128-SHA",
      "2018-07-10T12:00:00Z", "ip:2001:db8::7", "TLSv1", "TLS_RSA_WITH_AES_128_CBC_SHA", "", "",
      0 },
    { "haproxy", "%ci %[req.hdr(User-Agent)]|%T|%sslv|%{+Q}r", NULL,
      "192.0.2.7 Java/1.7.0_80|10/Jul/2018:09:00:00 +0000|TLSv1|\"GET / HTTP/1.0\"",
      "2018-07-10T09:00:00Z", "ip:192.0.2.7", "TLSv1", "", "", "Java/1.7.0_80", 0 },
    { "haproxy", "%ci 100%%|%T|%sslv", NULL, "192.0.2.7 100%|10/Jul/2018:09:00:00 +0000|TLSv1",
      "2018-07-10T09:00:00Z", "ip:192.0.2.7", "TLSv1", "", "", "", 0 },
    { "alb", NULL, NULL,
      "https 2018-07-02T22:23:00.186641Z app/lb/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 "
      "0.086 0.048 0.037 200 200 0 57 \"GET https://api.example.com:443/ HTTP/1.1\" "
      "\"curl/7.46.0\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elb:targetgroup/t/73e2 "
      "\"Root=1-58337281-1d84f3d73c47ec4e58577259\" \"api.example.com\" \"arn:aws:acm:c/1\" 1 "
      "2018-07-02T22:22:48.364000Z \"authenticate,forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" "
      "\"-\" \"-\" TID_1",
      "2018-07-02T22:23:00Z", "ip:192.0.2.7", "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "api.example.com", "curl/7.46.0", 200 },
    { "cloudfront", NULL,
      "#Fields: date time c-ip sc-status cs(User-Agent) x-host-header ssl-protocol ssl-cipher",
      "2019-12-04\t21:02:31\t192.0.2.100\t200\tMozilla/5.0%20(x)\tapi.example.com\tTLSv1\t"
      "ECDHE-RSA-AES128-SHA",
      "2019-12-04T21:02:31Z", "ip:192.0.2.100", "TLSv1", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
      "api.example.com", "Mozilla/5.0 (x)", 200 },
    { "caddy", NULL, NULL,
      "{\"level\":\"info\",\"ts\":1646861401.5241024,\"logger\":\"http.log.access\",\"msg\":"
      "\"handled request\",\"request\":{\"remote_ip\":\"192.0.2.7\",\"remote_port\":\"41342\","
      "\"client_ip\":\"192.0.2.7\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":"
      "\"api.example.com\",\"uri\":\"/\",\"headers\":{\"User-Agent\":[\"curl/7.8\\u00e4\",\"b\"],"
      "\"Accept\":[]},\"tls\":{\"resumed\":false,\"version\":770,\"cipher_suite\":47}},"
      "\"status\":200}",
      "2022-03-09T21:30:01Z", "ip:192.0.2.7", "TLSv1.1", "TLS_RSA_WITH_AES_128_CBC_SHA",
      "api.example.com", "curl/7.8\xC3\xA4", 200 },
    /* A header with a name that is longer than any that is looked for hides nothing after it. */
    { "caddy", NULL, NULL,
      "{\"ts\":1,\"request\":{\"remote_ip\":\"192.0.2.1\",\"headers\":{\"X" LONG LONG LONG
      "\":[\"a\"],\"User-Agent\":[\"b\"]},\"tls\":{\"version\":769}}}",
      "1970-01-01T00:00:01Z", "ip:192.0.2.1", "TLSv1", "", "", "b", 0 },
    { "cloudtrail", NULL, NULL,
      "{\"eventVersion\":\"1.08\",\"eventTime\":\"2022-03-09T21:30:01Z\",\"sourceIPAddress\":"
      "\"192.0.2.7\",\"userAgent\":\"aws-cli/1.16\",\"tlsDetails\":{\"tlsVersion\":\"TLSv1\","
      "\"cipherSuite\":\"ECDHE-RSA-AES128-SHA\",\"clientProvidedHostHeader\":\"s3.example.com\"}}",
      "2022-03-09T21:30:01Z", "ip:192.0.2.7", "TLSv1", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
      "s3.example.com", "aws-cli/1.16", 0 },
    { "logpush", NULL, NULL,
      "{\"ClientIP\":\"192.0.2.7\",\"ClientRequestHost\":\"api.example.com\","
      "\"ClientRequestUserAgent\":\"Java/1.7\",\"ClientSSLCipher\":\"NONE\","
      "\"ClientSSLProtocol\":\"none\",\"EdgeResponseStatus\":301,\"EdgeStartTimestamp\":"
      "1646861401000000000}",
      "2022-03-09T21:30:01Z", "ip:192.0.2.7", "cleartext", "NONE", "api.example.com", "Java/1.7",
      301 },
};

static void same_span(tg_span_t got, const char *want, const char *row)
{
    same_text(apr_pstrmemdup(unit_pool, got.at ? got.at : "", got.length), want, row);
}

/* As `report` asks: the first format that knows the line. */
static const tg_log_format_t *format_of(const char *line, tg_log_reader_t **reader)
{
    const tg_log_format_t *format;
    int i;

    for (i = 0; (format = tg_log_format_at(i)) != NULL; i++) {
        *reader = format->begin(unit_pool, (tg_span_t){ line, (uint32_t)strlen(line) }, NULL);
        if (*reader) {
            break;
        }
    }
    return format;
}

static void each_line_is_read(void **state)
{
    tg_log_reader_t *reader;
    tg_record_t record;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const char *row = apr_psprintf(unit_pool, "row %d: %s", (int)i, rows[i].from);
        const char *first = rows[i].heading ? rows[i].heading : rows[i].line;
        const tg_log_format_t *format =
            rows[i].argument ? tg_log_format_find(rows[i].from) : format_of(first, &reader);

        CHECK(format, "%s is not known", row);
        same_text(format->name, rows[i].from, row);
        if (rows[i].argument) {
            reader = format->begin(unit_pool, (tg_span_t){ first, (uint32_t)strlen(first) },
                                   rows[i].argument);
            CHECK(reader, "%s: the argument is not taken", row);
        }
        CHECK(format->read(reader, (tg_span_t){ rows[i].line, (uint32_t)strlen(rows[i].line) },
                           &record) == TG_LINE_RECORD,
              "%s is not read", row);
        same_number(record.time, at(rows[i].time), row);
        same_span(record.client, rows[i].client, row);
        same_text(tg_protocol_name(record.protocol), rows[i].protocol, row);
        same_span(record.cipher, rows[i].cipher, row);
        same_span(record.host, rows[i].host, row);
        same_span(record.user_agent, rows[i].ua, row);
        same_number(record.status, rows[i].status, row);
    }
}

/* Each part of a line that is missing or wrong is seen, and never more than noted. */
static void a_damaged_line_is_told(void **state)
{
    static const struct {
        const char *from, *argument, *line;
    } damaged[] = {
        { "httpd", "%h %t %{SSL_PROTOCOL}x", "192.0.2.7 [31/Feb/2018:10:00:00 +0100] TLSv1" },
        { "httpd", "%h %t %{SSL_PROTOCOL}x", "192.0.2.7 [30/Jan/2018:10:00:00 +2500] TLSv1" },
        { "httpd", "%h %t %{SSL_PROTOCOL}x", "192.0.2.7 [30/Jan/2018:24:00:00 +0100] TLSv1" },
        { "httpd", "%h %t %{SSL_PROTOCOL}x", "192.0.2.700 [30/Jan/2018:10:00:00 +0100] TLSv1" },
        { "httpd", "%h %t %{SSL_PROTOCOL}x", "192.0.2.7 [30/Jan/2018:10:00:00 +0100] TLSv9" },
        { "httpd", "%h %t %{SSL_PROTOCOL}x", "192.0.2.7 [30/Jan/2018:10:00:00 +0100]" },
        { "httpd", "%h %t %{SSL_PROTOCOL}x \\\"%r\\\"",
          "192.0.2.7 [30/Jan/2018:10:00:00 +0100] TLSv1 \"a\\\"" },
        { "nginx", "$remote_addr $msec $ssl_protocol $status", "192.0.2.7 1.5 TLSv1 2000" },
        { "nginx", "$remote_addr $msec $ssl_protocol $status", "192.0.2.7 x.5 TLSv1 200" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(damaged); i++) {
        const tg_log_format_t *format = tg_log_format_find(damaged[i].from);
        tg_span_t line = { damaged[i].line, (uint32_t)strlen(damaged[i].line) };
        tg_log_reader_t *reader = format->begin(unit_pool, line, damaged[i].argument);
        tg_record_t record;

        CHECK(reader, "row %d: no reader", (int)i);
        CHECK(format->read(reader, line, &record) == TG_LINE_DAMAGED, "row %d is read", (int)i);
    }
}

/* A prefix of a line never tells more than the line, whatever its length. */
static void a_part_of_a_line_is_safe(void **state)
{
    size_t i, length;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const tg_log_format_t *format = tg_log_format_find(rows[i].from);

        for (length = 0; length < strlen(rows[i].line); length++) {
            char *part = malloc(length + 1);
            tg_span_t line = { part + 1, (uint32_t)length };
            tg_log_reader_t *reader;
            tg_record_t record;

            CHECK(part, "no memory");
            memcpy(part + 1, rows[i].line, length);
            reader = format->begin(unit_pool, line, rows[i].argument);
            if (reader) {
                (void)format->read(reader, line, &record);
            }
            free(part);
        }
    }
}

static void a_format_tells_what_is_needed(void **state)
{
    static const char *const wrong[][2] = {
        { "httpd", "%h %t \\\"%r\\\"" },     { "httpd", "%h%t%{SSL_PROTOCOL}x%b" },
        { "httpd", "%h %t %{SSL_PROTOCOL" }, { "httpd", "%h %t %" },
        { "nginx", "$remote_addr $status" }, { "haproxy", "%ci %ST" },
        { "haproxy", "%ci %t %" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(wrong); i++) {
        CHECK(
            !tg_log_format_find(wrong[i][0])->begin(unit_pool, (tg_span_t){ "x", 1 }, wrong[i][1]),
            "%s is taken", wrong[i][1]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_line_is_read),
    cmocka_unit_test(a_damaged_line_is_told),
    cmocka_unit_test(a_part_of_a_line_is_safe),
    cmocka_unit_test(a_format_tells_what_is_needed),
};

UNIT_MAIN(tests)
