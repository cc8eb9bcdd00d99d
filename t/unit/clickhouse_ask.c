/* A question to a server that takes the connection and says nothing: it ends. */
#include "unit.h"

#include "clickhouse/ask.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The library calls this one, in which seconds of silence are few. */
#undef curl_easy_setopt
CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    CURLcode (*real_setopt)(CURL *, CURLoption, ...) = NULL;
    va_list arguments;
    void *value;

    va_start(arguments, option);
    value = va_arg(arguments, void *);
    va_end(arguments);
    *(void **)&real_setopt = dlsym(RTLD_NEXT, "curl_easy_setopt");
    if (option == CURLOPT_LOW_SPEED_TIME) {
        CHECK((long)value >= 60, "%ld seconds of silence are no fault", (long)value);
        return real_setopt(curl, option, 1L);
    }
    return real_setopt(curl, option, value);
}

/* The kernel takes the connection. */
static int listen_silently(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int take_nothing(void *context, const tg_clickhouse_row_t *row)
{
    (void)context;
    (void)row;
    return 0;
}

static void silence_ends(void **state)
{
    int port, fd = listen_silently(&port);
    tg_clickhouse_url_t url;
    tg_clickhouse_t *db;
    tg_fault_t fault;

    (void)state;
    unsetenv("http_proxy");
    assert_true(tg_clickhouse_url_parse(
        unit_pool, apr_psprintf(unit_pool, "clickhouse://127.0.0.1:%d/d", port), &url, &fault));
    db = tg_clickhouse_open(unit_pool, &url, NULL, &fault);
    assert_non_null(db);
    assert_false(tg_clickhouse_ask(db, "SELECT 1", 1, take_nothing, NULL, &fault));
    has_text(fault.fix, "--since", fault.reason);
    close(fd);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(silence_ends) };

UNIT_MAIN(tests)
