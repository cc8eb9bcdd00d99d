/* Advice: which lines are valid, and which one a client gets. */
#include "unit.h"

#include "policy/advice.h"

#include <apr_strings.h>

static const struct {
    const char *argv[4]; /* up to the first NULL */
    const char *reason;
} bad[] = {
    { { NULL }, "no text" },
    { { "" }, "no text" },
    { { "Use TLS 1.2", "Java" }, "\"Java\" is not a condition" },
    { { "Use TLS 1.2", "agent=Java" }, "\"agent=Java\" is not a condition" },
    { { "Use TLS 1.2", "UA=Java" }, "\"UA=Java\" is not a condition" },
    { { "Use TLS 1.2", "" }, "is not a condition" },
    { { "Use TLS 1.2", "ua=Java(1" }, "ua=Java(1: " },
    { { "Use TLS 1.2", "ua=[z-a]" }, "ua=[z-a]: " },
    { { "Use TLS 1.2", "cause=" }, "no cause \"\"" },
    { { "Use TLS 1.2", "cause=ancient" }, "no cause \"ancient\"" },
    { { "Use TLS 1.2", "cause=Old" }, "no cause \"Old\"" },
    { { "Use TLS 1.2", "cause=old,pinned" }, "no cause \"old,pinned\"" },
    { { "Use TLS 1.2", "protocol=TLSv1.0" }, "no protocol \"TLSv1.0\"" },
    { { "Use TLS 1.2", "protocol=any" }, "no protocol \"any\"" },
    { { "Use TLS 1.2", "protocol=" }, "no protocol \"\"" },
    { { "Use TLS 1.2", "ua=Java", "ua=Ruby" }, "ua= is given twice" },
    { { "Use TLS 1.2", "cause=old", "cause=old" }, "cause= is given twice" },
    { { "Use TLS 1.2 \xFF" }, "not UTF-8" },
    { { "\xFF" }, "not UTF-8" },
};

static int count_args(const char *const *argv)
{
    int argc = 0;

    while (argc < 4 && argv[argc]) {
        argc++;
    }
    return argc;
}

static void refuses_what_is_wrong(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bad); i++) {
        tg_fault_t fault = { "", "" };
        tg_advice_t advice;
        const char *row = bad[i].argv[1] ? bad[i].argv[1] : "(text)";

        CHECK(!tg_advice_parse(unit_pool, count_args(bad[i].argv), bad[i].argv, &advice, &fault),
              "row %d is read", (int)i);
        has_text(fault.reason, bad[i].reason, row);
        CHECK(fault.fix[0], "%s: no fix", row);
    }
}

/* In the order of the configuration. */
static const char *const configured[][4] = {
    { "old java", "ua=Java/1\\.7" },
    { "java at its start", "ua=^Java" },
    { "pinned ruby", "ua=Ruby", "cause=pinned" },
    { "curl without versions", "ua=curl/7\\.(1|2)[0-9]*\\.", "protocol=TLSv1", "protocol=TLSv1.1" },
    { "https please", "protocol=cleartext" },
    { "p\xC3\xA4pstlich", "ua=p\xC3\xA4pst" },
    { "fallen back", "cause=fallback" },
    { "server", "cause=server-capped" },
    { "put it first", "cause=capable", "protocol=TLSv1.2" },
    { "anyone on SSLv3", "protocol=sslv3" },
};

static const struct {
    const char *ua, *cause;
    tg_protocol_t protocol;
    const char *text; /* or NULL */
} askers[] = {
    { "Java/1.7.0_80", NULL, TG_PROTOCOL_TLS1_0, "old java" },
    { "Apache-HttpClient (Java/1.7)", NULL, TG_PROTOCOL_TLS1_0, "old java" },
    { "Java/1x7", NULL, TG_PROTOCOL_TLS1_0, "java at its start" },
    { "Java/11", NULL, TG_PROTOCOL_TLS1_0, "java at its start" },
    { "OpenJava/11", NULL, TG_PROTOCOL_TLS1_0, NULL },
    { "java/1.7", NULL, TG_PROTOCOL_TLS1_0, NULL },
    { "Ruby", "pinned", TG_PROTOCOL_TLS1_0, "pinned ruby" },
    { "Ruby", "old", TG_PROTOCOL_TLS1_0, NULL },
    { "Ruby", NULL, TG_PROTOCOL_TLS1_0, NULL },
    { NULL, "pinned", TG_PROTOCOL_TLS1_0, NULL },
    { "curl/7.19.7", NULL, TG_PROTOCOL_TLS1_0, "curl without versions" },
    { "curl/7.29.0", NULL, TG_PROTOCOL_TLS1_1, "curl without versions" },
    { "curl/7.29.0", NULL, TG_PROTOCOL_TLS1_2, NULL },
    { "curl/7.88.1", NULL, TG_PROTOCOL_TLS1_0, NULL },
    { "curl/7.19.7", NULL, TG_PROTOCOL_CLEARTEXT, "https please" },
    { NULL, NULL, TG_PROTOCOL_CLEARTEXT, "https please" },
    { "", NULL, TG_PROTOCOL_CLEARTEXT, "https please" },
    { "Java/1.7.0_80", "fallback", TG_PROTOCOL_CLEARTEXT, "old java" },
    { "x", "fallback", TG_PROTOCOL_TLS1_0, "fallen back" },
    { "x", "fallback", TG_PROTOCOL_SSL3, "fallen back" },
    { "x", "server-capped", TG_PROTOCOL_TLS1_1, "server" },
    { "x", "capable", TG_PROTOCOL_TLS1_2, "put it first" },
    { "x", "capable", TG_PROTOCOL_TLS1_1, NULL },
    { "x", "old", TG_PROTOCOL_SSL3, "anyone on SSLv3" },
    { "p\xC3\xA4pst", NULL, TG_PROTOCOL_TLS1_0, "p\xC3\xA4pstlich" },
    { "", NULL, TG_PROTOCOL_TLS1_0, NULL },
    { NULL, NULL, TG_PROTOCOL_UNKNOWN, NULL },
    { "two\nlines Java/1.7", NULL, TG_PROTOCOL_TLS1_0, "old java" },
    { "\xFF\xFE Java/1.7", NULL, TG_PROTOCOL_TLS1_0, "old java" },
};

static apr_array_header_t *advice_list(void)
{
    apr_array_header_t *list = apr_array_make(unit_pool, 8, sizeof(tg_advice_t *));
    size_t i;

    for (i = 0; i < ROWS(configured); i++) {
        tg_advice_t *a = apr_palloc(unit_pool, sizeof(*a));
        tg_fault_t fault;

        CHECK(tg_advice_parse(unit_pool, count_args(configured[i]), configured[i], a, &fault),
              "%s: %s", configured[i][0], fault.reason);
        APR_ARRAY_PUSH(list, tg_advice_t *) = a;
    }
    return list;
}

static void the_first_match_is_given(void **state)
{
    apr_array_header_t *list = advice_list();
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(askers); i++) {
        same_text(tg_advice_find(list, askers[i].ua, askers[i].cause, askers[i].protocol),
                  askers[i].text, askers[i].ua ? askers[i].ua : "(no user agent)");
    }
    assert_null(tg_advice_find(NULL, "Java/1.7", NULL, TG_PROTOCOL_TLS1_0));
}

static void conditions_may_be_absent(void **state)
{
    static const char *const argv[] = { "Use TLS 1.2" };
    apr_array_header_t *list = apr_array_make(unit_pool, 1, sizeof(tg_advice_t *));
    tg_advice_t advice;
    tg_fault_t fault;

    (void)state;
    assert_true(tg_advice_parse(unit_pool, 1, argv, &advice, &fault));
    APR_ARRAY_PUSH(list, tg_advice_t *) = &advice;
    assert_string_equal(tg_advice_find(list, NULL, NULL, TG_PROTOCOL_UNKNOWN), "Use TLS 1.2");
    assert_string_equal(tg_advice_find(list, "x", "old", TG_PROTOCOL_TLS1_3), "Use TLS 1.2");
}

/* A user agent is searched up to a bound, whatever a client sends. */
static void looks_at_the_head_only(void **state)
{
    apr_array_header_t *list = advice_list();
    char *ua = apr_palloc(unit_pool, 100001);

    (void)state;
    memset(ua, 'x', 100000);
    ua[100000] = '\0';
    memcpy(ua + TG_ADVICE_UA_MAX - 8, "Java/1.7", 8);
    assert_string_equal(tg_advice_find(list, ua, NULL, TG_PROTOCOL_TLS1_0), "old java");
    memset(ua, 'x', 100000);
    memcpy(ua + TG_ADVICE_UA_MAX - 7, "Java/1.7", 8);
    assert_null(tg_advice_find(list, ua, NULL, TG_PROTOCOL_TLS1_0));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(refuses_what_is_wrong),
    cmocka_unit_test(the_first_match_is_given),
    cmocka_unit_test(conditions_may_be_absent),
    cmocka_unit_test(looks_at_the_head_only),
};

UNIT_MAIN(tests)
