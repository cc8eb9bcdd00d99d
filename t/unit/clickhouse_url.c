/* The address of a table: a failure without a reason of its own has one too. */
#include "unit.h"

#include "clickhouse/clickhouse_url.h"

#include <curl/curl.h>
#include <dlfcn.h>

static int has_no_memory;

/* The library calls these. */
CURL *curl_easy_init(void)
{
    CURL *(*real_init)(void) = NULL;

    *(void **)&real_init = dlsym(RTLD_NEXT, "curl_easy_init");
    return has_no_memory == 1 ? NULL : real_init();
}

char *curl_easy_unescape(CURL *curl, const char *text, int length, int *out)
{
    char *(*real_unescape)(CURL *, const char *, int, int *) = NULL;

    *(void **)&real_unescape = dlsym(RTLD_NEXT, "curl_easy_unescape");
    return has_no_memory == 2 ? NULL : real_unescape(curl, text, length, out);
}

static void what_has_no_memory_is_told(void **state)
{
    static const char url[] = "clickhouse://db.example/d/t?password-file=%2Fp";
    tg_clickhouse_url_t out;
    tg_fault_t fault;

    (void)state;
    CHECK(tg_clickhouse_url_parse(unit_pool, url, &out, &fault), "%s: %s", url, fault.reason);
    same_text(out.password_file, "/p", url);
    for (has_no_memory = 1; has_no_memory <= 2; has_no_memory++) {
        strcpy(fault.reason, "nothing");
        CHECK(!tg_clickhouse_url_parse(unit_pool, url, &out, &fault), "%d: read", has_no_memory);
        has_text(fault.reason, "no memory", "why");
    }
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(what_has_no_memory_is_told) };

UNIT_MAIN(tests)
