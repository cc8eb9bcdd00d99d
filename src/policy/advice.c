/* Advice: see advice.h. */
#include "advice.h"

#include "cause.h"

#include "base/text.h"
#include "tls/group_guess.h"
#include "tls/ja4.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <string.h>

#define FIX                                                                                        \
    "write TlsGateAdvice \"TEXT\" [ua=REGEX] [cause=NAME] [protocol=NAME] [ja4=PREFIX] "           \
    "[group=NAME]"

static apr_status_t free_regex(void *data)
{
    regfree(data);
    return APR_SUCCESS;
}

static int parse_ua(apr_pool_t *pool, const char *value, tg_advice_t *advice, tg_fault_t *fault)
{
    char why[128];
    regex_t *regex;
    int rc;

    if (advice->ua) {
        return tg_fault_set(fault, "join the two with |", "ua= is given twice");
    }
    regex = apr_palloc(pool, sizeof(*regex));
    rc = regcomp(regex, value, REG_EXTENDED | REG_NOSUB);
    if (rc != 0) {
        regerror(rc, regex, why, sizeof(why));
        return tg_fault_set(fault,
                            "write a POSIX extended regular expression such as ua=Java/1[.]7",
                            "ua=%.60s: %s", value, why);
    }
    apr_pool_cleanup_register(pool, regex, free_regex, apr_pool_cleanup_null);
    advice->ua = regex;
    return 1;
}

static int parse_cause(apr_pool_t *pool, const char *value, tg_advice_t *advice, tg_fault_t *fault)
{
    tg_cause_t cause = tg_cause_parse(value);

    if (advice->cause) {
        return tg_fault_set(fault, "write a second TlsGateAdvice", "cause= is given twice");
    }
    if (cause == TG_CAUSES) {
        return tg_fault_set(fault, apr_pstrcat(pool, "use one of ", tg_cause_names(pool), NULL),
                            "there is no cause \"%.40s\"", value);
    }
    advice->cause = tg_cause_name(cause);
    return 1;
}

static int parse_protocol(apr_pool_t *pool, const char *value, tg_advice_t *advice,
                          tg_fault_t *fault)
{
    tg_protocol_t protocol = tg_protocol_parse(value);

    if (protocol == TG_PROTOCOLS) {
        return tg_fault_set(fault, apr_pstrcat(pool, "use one of ", tg_protocol_names(pool), NULL),
                            "there is no protocol \"%.40s\"", value);
    }
    advice->protocols |= TG_TRAIT_PROTOCOL(protocol);
    return 1;
}

/* A library has several: with and without a server name, over HTTP/2, after an update. */
static int parse_ja4(apr_pool_t *pool, const char *value, tg_advice_t *advice, tg_fault_t *fault)
{
    static const char fix[] =
        "write how a JA4 of the log begins, such as ja4=t13d1516h2_8daaf6152771";
    size_t at;
    const char *expected = tg_ja4_prefix_fault(value, &at);

    if (*value == '\0') {
        return tg_fault_set(fault, fix, "ja4= has no value");
    }
    if (expected) {
        return tg_fault_set(fault, fix, "ja4=%.40s: character %d is \"%.1s\", where a JA4 has %s",
                            value, (int)at + 1, value + at, expected);
    }
    if (!advice->ja4s) {
        advice->ja4s = apr_array_make(pool, 1, sizeof(const char *));
    }
    APR_ARRAY_PUSH(advice->ja4s, const char *) = apr_pstrdup(pool, value);
    return 1;
}

static int parse_group(apr_pool_t *pool, const char *value, tg_advice_t *advice, tg_fault_t *fault)
{
    unsigned number = tg_registry_group_number(value);
    const char *near = number ? NULL : tg_group_guess(pool, value);

    if (!number) {
        return tg_fault_set(fault,
                            near ? apr_pstrcat(pool, "the nearest are: ", near, NULL)
                                 : "use a name at IANA, such as X25519MLKEM768 or secp256r1",
                            "there is no group \"%.40s\"", value);
    }
    if (!advice->groups) {
        advice->groups = apr_array_make(pool, 1, sizeof(uint16_t));
    }
    APR_ARRAY_PUSH(advice->groups, uint16_t) = (uint16_t)number;
    return 1;
}

static const struct {
    const char *name;
    int (*parse)(apr_pool_t *pool, const char *value, tg_advice_t *advice, tg_fault_t *fault);
} conditions[] = {
    { "ua=", parse_ua },   { "cause=", parse_cause }, { "protocol=", parse_protocol },
    { "ja4=", parse_ja4 }, { "group=", parse_group },
};
#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

static int parse_condition(apr_pool_t *pool, const char *arg, tg_advice_t *advice,
                           tg_fault_t *fault)
{
    size_t i;

    for (i = 0; i < CONDITIONS; i++) {
        size_t len = strlen(conditions[i].name);

        if (strncmp(arg, conditions[i].name, len) == 0) {
            return conditions[i].parse(pool, arg + len, advice, fault);
        }
    }
    return tg_fault_set(fault, FIX, "\"%.60s\" is not a condition", arg);
}

int tg_advice_parse(apr_pool_t *pool, int argc, const char *const *argv, tg_advice_t *out,
                    tg_fault_t *fault)
{
    int i, cut = 0;

    memset(out, 0, sizeof(*out));
    if (argc < 1 || *argv[0] == '\0') {
        return tg_fault_set(fault, FIX, "there is no text");
    }
    out->text = tg_text_clean(pool, argv[0], 3 * strlen(argv[0]) + 1, &cut);
    if (strcmp(out->text, argv[0]) != 0) {
        return tg_fault_set(fault, "save the file as UTF-8", "the text is not UTF-8");
    }
    for (i = 1; i < argc; i++) {
        if (!parse_condition(pool, argv[i], out, fault)) {
            return 0;
        }
    }
    return 1;
}

/* Who offers a group need not get it: what a library can do shows in what it offers. */
static int has_one_of_groups(const tg_advice_client_t *client, const apr_array_header_t *groups)
{
    int i;

    for (i = 0; i < groups->nelts; i++) {
        unsigned group = APR_ARRAY_IDX(groups, i, uint16_t);

        if (client->group == group ||
            (client->offer && tg_offer_has(client->offer, TG_OFFER_GROUPS, group))) {
            return 1;
        }
    }
    return 0;
}

static int begins_with_one_of(const char *ja4, const apr_array_header_t *prefixes)
{
    int i;

    for (i = 0; ja4 && i < prefixes->nelts; i++) {
        const char *prefix = APR_ARRAY_IDX(prefixes, i, const char *);

        if (strncmp(ja4, prefix, strlen(prefix)) == 0) {
            return 1;
        }
    }
    return 0;
}

/* All but ja4=. */
static int advice_matches(const tg_advice_t *advice, const tg_advice_client_t *client,
                          const char *ua)
{
    if (advice->protocols && !(advice->protocols & TG_TRAIT_PROTOCOL(client->protocol))) {
        return 0;
    }
    if (advice->cause && (!client->cause || strcmp(advice->cause, client->cause) != 0)) {
        return 0;
    }
    if (advice->groups && !has_one_of_groups(client, advice->groups)) {
        return 0;
    }
    return !advice->ua || (ua && regexec(advice->ua, ua, 0, NULL, 0) == 0);
}

const char *tg_advice_find(const apr_array_header_t *advice, const tg_advice_client_t *client)
{
    char head[TG_ADVICE_UA_MAX + 1];
    const char *ua = client->ua, *ja4 = NULL;
    int i, is_asked = 0;

    if (!advice) {
        return NULL;
    }
    if (ua) {
        apr_cpystrn(head, ua, sizeof(head));
        ua = head;
    }
    for (i = 0; i < advice->nelts; i++) {
        const tg_advice_t *a = APR_ARRAY_IDX(advice, i, const tg_advice_t *);

        if (!advice_matches(a, client, ua)) {
            continue;
        }
        if (a->ja4s && !is_asked) {
            ja4 = client->ja4(client->context);
            is_asked = 1;
        }
        if (!a->ja4s || begins_with_one_of(ja4, a->ja4s)) {
            return a->text;
        }
    }
    return NULL;
}
