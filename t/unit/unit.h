/* Included by every unit test: cmocka, a pool, and messages that name the row
 * that failed.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"

#include <apr_general.h>
#include <apr_pools.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/** Fails with a printf format that names the row. */
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)

/** Lives as long as the program. */
static apr_pool_t *unit_pool __attribute__((unused));

/** Two texts, either of which may be NULL, are the same. */
static inline void same_text(const char *got, const char *want, const char *row)
{
    CHECK((!got && !want) || (got && want && strcmp(got, want) == 0), "%s: \"%s\", not \"%s\"", row,
          got ? got : "(null)", want ? want : "(null)");
}

/** @p part is somewhere in @p whole. */
static inline void has_text(const char *whole, const char *part, const char *row)
{
    CHECK(whole && strstr(whole, part), "%s: \"%s\" lacks \"%s\"", row, whole ? whole : "(null)",
          part);
}

static inline void same_number(int64_t got, int64_t want, const char *row)
{
    CHECK(got == want, "%s: %lld, not %lld", row, (long long)got, (long long)want);
}

/** An instant that is written in the test itself; `never` and `always` are read too. */
static inline tg_instant_t at(const char *text)
{
    tg_fault_t fault;
    tg_instant_t t = strcmp(text, "never") == 0 ? TG_NEVER : TG_ALWAYS;

    if (t != TG_NEVER && strcmp(text, "always") != 0) {
        CHECK(tg_instant_parse(text, &t, &fault), "the test has a wrong instant: %s", text);
    }
    return t;
}

static inline int unit_start(void **state)
{
    (void)state;
    apr_initialize();
    return apr_pool_create(&unit_pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static inline int unit_stop(void **state)
{
    (void)state;
    apr_pool_destroy(unit_pool);
    apr_terminate();
    return 0;
}

/** The program: runs the tests and returns how many failed. */
#define UNIT_MAIN(tests)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        cmocka_set_message_output(CM_OUTPUT_TAP);                                                  \
        return cmocka_run_group_tests(tests, unit_start, unit_stop);                               \
    }

#endif
