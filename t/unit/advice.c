/* Advice: which lines are valid, and which one a client gets. */
#include "unit.h"
#include "wire.h"

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
    { { "Use TLS 1.2", "ja4=" }, "ja4= has no value" },
    { { "Use TLS 1.2", "ja4=q13d" }, "ja4=q13d: character 1 is \"q\", where a JA4 has t" },
    { { "Use TLS 1.2", "ja4=t13d1516h2-8d" }, "character 11 is \"-\", where a JA4 has the char" },
    { { "Use TLS 1.2", "ja4=t13d1516h2_8DAA" }, "character 13 is \"D\", where a JA4 has a hash" },
    { { "Use TLS 1.2", "JA4=t13d" }, "\"JA4=t13d\" is not a condition" },
    { { "Use TLS 1.2", "group=" }, "no group \"\"" },
    { { "Use TLS 1.2", "group=x25519,x448" }, "no group \"x25519,x448\"" },
    { { "Use TLS 1.2", "group=4588" }, "no group \"4588\"" },
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

static apr_array_header_t *list_of(const char *const (*lines)[4], size_t n)
{
    apr_array_header_t *list = apr_array_make(unit_pool, 8, sizeof(tg_advice_t *));
    size_t i;

    for (i = 0; i < n; i++) {
        tg_advice_t *a = apr_palloc(unit_pool, sizeof(*a));
        tg_fault_t fault;

        CHECK(tg_advice_parse(unit_pool, count_args(lines[i]), lines[i], a, &fault), "%s: %s",
              lines[i][0], fault.reason);
        APR_ARRAY_PUSH(list, tg_advice_t *) = a;
    }
    return list;
}

static apr_array_header_t *advice_list(void)
{
    return list_of(configured, ROWS(configured));
}

/* What is asked, and how often for the JA4. */
typedef struct {
    const char *ja4;
    int times;
} ja4_asked_t;

static const char *give_ja4(void *context)
{
    ja4_asked_t *asked = context;

    asked->times++;
    return asked->ja4;
}

static const char *advice_for(const apr_array_header_t *list, const char *ua, const char *cause,
                              tg_protocol_t protocol)
{
    ja4_asked_t asked = { "t10d230100_6a57a6f57151_000000000000", 0 };
    tg_advice_client_t client = {
        .ua = ua, .cause = cause, .protocol = protocol, .ja4 = give_ja4, .context = &asked
    };
    const char *text = tg_advice_find(list, &client);

    CHECK(asked.times == 0, "%s: a JA4 was made", text ? text : "(none)");
    return text;
}

static void the_first_match_is_given(void **state)
{
    apr_array_header_t *list = advice_list();
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(askers); i++) {
        same_text(advice_for(list, askers[i].ua, askers[i].cause, askers[i].protocol),
                  askers[i].text, askers[i].ua ? askers[i].ua : "(no user agent)");
    }
    assert_null(advice_for(NULL, "Java/1.7", NULL, TG_PROTOCOL_TLS1_0));
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
    assert_string_equal(advice_for(list, NULL, NULL, TG_PROTOCOL_UNKNOWN), "Use TLS 1.2");
    assert_string_equal(advice_for(list, "x", "old", TG_PROTOCOL_TLS1_3), "Use TLS 1.2");
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
    assert_string_equal(advice_for(list, ua, NULL, TG_PROTOCOL_TLS1_0), "old java");
    memset(ua, 'x', 100000);
    memcpy(ua + TG_ADVICE_UA_MAX - 7, "Java/1.7", 8);
    assert_null(advice_for(list, ua, NULL, TG_PROTOCOL_TLS1_0));
}

/* Of a client that was refused the hello is all that is known. */
static const char *const by_hello[][4] = {
    { "old draft", "group=X25519Kyber768Draft00", "group=SecP256r1Kyber768Draft00" },
    { "binary curves", "group=SECT571R1", "protocol=TLSv1" },
    { "chrome", "ja4=t13d1516h2_8daaf6152771_b186095e22b6" },
    { "java", "ja4=t10d220800_", "ja4=t10i210700_" },
    { "curl", "ua=^curl/", "ja4=t10" },
    { "brainpool", "group=brainpoolP256r1", "ja4=t12i" },
    { "anyone with TLS 1.0", "ja4=t10" },
};

static const struct {
    const char *ua, *groups; /* on offer, in hex; NULL: no hello is known */
    unsigned group;
    const char *ja4;
    const char *text; /* or NULL */
    int times;        /* how often the JA4 is asked for */
} known[] = {
    { NULL, "6399 001d", 0x1D, "t13d1516h2_8daaf6152771_b186095e22b6", "old draft", 0 },
    { NULL, "001d 639a", 0x1D, "t13d1516h2_8daaf6152771_b186095e22b6", "old draft", 0 },
    { NULL, NULL, 25497, "t13d1516h2_8daaf6152771_b186095e22b6", "old draft", 0 },
    { NULL, NULL, 25499, "t13d1516h2_8daaf6152771_b186095e22b6", "chrome", 1 },
    { NULL, "001d", 0x1D, "t13d1516h2_8daaf6152771_b186095e22b6", "chrome", 1 },
    { NULL, "001d", 0x1D, "t13d1516h2_8daaf6152771_b186095e22b7", NULL, 1 },
    { NULL, "001d", 0x1D, "t13d1516h2_8daaf6152771_", NULL, 1 },
    { NULL, "000e 0017", 0, "t10d220800_8f3dcbce23eb_ddcc4a856434", "binary curves", 0 },
    { NULL, "0017", 0, "t10d220800_8f3dcbce23eb_ddcc4a856434", "java", 1 },
    { NULL, "0017", 0, "t10i210700_8f3dcbce23eb_ddcc4a856434", "java", 1 },
    { "curl/7.19", "0017", 0, "t10i220700_8f3dcbce23eb_ddcc4a856434", "curl", 1 },
    { "wget", "0017", 0, "t10i220700_8f3dcbce23eb_ddcc4a856434", "anyone with TLS 1.0", 1 },
    { NULL, "001a", 0, "t12i220700_8f3dcbce23eb_ddcc4a856434", "brainpool", 1 },
    { NULL, "001b", 0, "t12i220700_8f3dcbce23eb_ddcc4a856434", NULL, 1 },
    { NULL, NULL, 0, NULL, NULL, 1 },
    { "curl/7.19", NULL, 0, NULL, NULL, 1 },
    { NULL, "", 0, NULL, NULL, 1 },
};

static const tg_offer_t *offer_with(const char *groups)
{
    tg_hello_t hello;

    if (!groups) {
        return NULL;
    }
    hello = wire_parse(
        wire_hello("0303", "002f", apr_psprintf(unit_pool, "000a 2[ 2[ %s ] ]", groups)), groups);
    return tg_offer_make(unit_pool, &hello);
}

static void what_a_hello_tells_is_enough(void **state)
{
    apr_array_header_t *list = list_of(by_hello, ROWS(by_hello));
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(known); i++) {
        const char *row = apr_psprintf(unit_pool, "row %d", (int)i);
        ja4_asked_t asked = { known[i].ja4, 0 };
        tg_advice_client_t client = { .ua = known[i].ua,
                                      .protocol = TG_PROTOCOL_TLS1_0,
                                      .offer = offer_with(known[i].groups),
                                      .group = known[i].group,
                                      .ja4 = give_ja4,
                                      .context = &asked };

        same_text(tg_advice_find(list, &client), known[i].text, row);
        same_number(asked.times, known[i].times, row);
    }
}

/* The other conditions are cheaper: where they do not hold, no JA4 is made. */
static void a_ja4_is_the_last_resort(void **state)
{
    static const char *const lines[][4] = {
        { "a", "ja4=t10", "cause=pinned" },
        { "b", "ja4=t10", "protocol=TLSv1.1" },
        { "c", "ja4=t10", "group=x448" },
        { "d", "ja4=t10", "ua=Java" },
    };

    (void)state;
    assert_null(advice_for(list_of(lines, ROWS(lines)), "curl", "old", TG_PROTOCOL_TLS1_0));
}

static const struct {
    const char *word, *fix;
} near_groups[] = {
    { "P-256", "the nearest are: secp256r1" },
    { "prime256v1", "the nearest are: secp256r1" },
    { "p-521", "the nearest are: secp521r1" },
    { "curve25519", "the nearest are: x25519" },
    { "4588", "the nearest are: X25519MLKEM768" },
    { "0x11ec", "the nearest are: X25519MLKEM768" },
    { "29", "the nearest are: x25519" },
    { "kyber", "the nearest are: X25519Kyber768Draft00, SecP256r1Kyber768Draft00" },
    { "mlkem", "the nearest are: MLKEM512, MLKEM768, MLKEM1024, SecP256r1MLKEM768, X25519MLKEM768, "
               "SecP384r1MLKEM1024, curveSM2MLKEM768" },
    { "X25519ML-KEM768", "the nearest are: X25519MLKEM768" },
    { "secp256rl", "the nearest are: secp256r1" },
    { "65535", "use a name at IANA, such as X25519MLKEM768 or secp256r1" },
    { "65565", "use a name at IANA, such as X25519MLKEM768 or secp256r1" },
    { "nothing-of-the-kind", "use a name at IANA, such as X25519MLKEM768 or secp256r1" },
    { "", "use a name at IANA, such as X25519MLKEM768 or secp256r1" },
};

static void a_group_that_is_meant_is_named(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(near_groups); i++) {
        const char *argv[] = { "text",
                               apr_pstrcat(unit_pool, "group=", near_groups[i].word, NULL) };
        tg_advice_t advice;
        tg_fault_t fault;

        CHECK(!tg_advice_parse(unit_pool, 2, argv, &advice, &fault), "%s is a group", argv[1]);
        same_text(fault.fix, near_groups[i].fix, argv[1]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(refuses_what_is_wrong),          cmocka_unit_test(the_first_match_is_given),
    cmocka_unit_test(conditions_may_be_absent),       cmocka_unit_test(looks_at_the_head_only),
    cmocka_unit_test(what_a_hello_tells_is_enough),   cmocka_unit_test(a_ja4_is_the_last_resort),
    cmocka_unit_test(a_group_that_is_meant_is_named),
};

UNIT_MAIN(tests)
