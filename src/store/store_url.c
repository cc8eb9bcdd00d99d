/* The address of a store: see store_url.h. */
#include "store_url.h"

#include "base/text.h"

#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIX "write etcd://HOST:PORT/KEY, or etcds:// for TLS"

static const struct {
    const char *prefix, *protocol;
    int tls;
    tg_store_kind_t kind;
} schemes[] = {
    { "etcd://", "http", 0, TG_STORE_KIND_ETCD },
    { "etcds://", "https", 1, TG_STORE_KIND_ETCD },
};

#define AT(member) offsetof(tg_store_url_t, member)

static const struct {
    const char *name;
    size_t at;
    int tls; /* needs etcds:// */
} parameters[] = {
    { "ca", AT(ca), 1 },
    { "cert", AT(cert), 1 },
    { "key", AT(cert_key), 1 },
    { "password-file", AT(password_file), 0 },
};

/* NULL after @p fault was filled. */
static const char *decode_part(apr_pool_t *pool, const char *what, const char *text,
                               tg_fault_t *fault)
{
    const char *plain = apr_punescape_url(pool, text, "", "", 0);

    if (!plain || *plain == '\0') {
        tg_fault_set(fault, FIX, plain ? "the %s is empty" : "the %s has a bad %% sequence", what);
        return NULL;
    }
    if (!tg_text_is_printable(pool, plain)) {
        tg_fault_set(fault, FIX, "the %s is not text in UTF-8", what);
        return NULL;
    }
    return plain;
}

/* --- HOST[:PORT] --- */

/* A name or an IPv4 address; in brackets, an IPv6 address. */
static int is_host(const char *host, int in_brackets)
{
    const char *p = host;

    if (in_brackets) {
        return strchr(host, ':') && host[strspn(host, "0123456789abcdefABCDEF:.")] == '\0';
    }
    while (apr_isalnum(*p) || (*p && strchr(".-_", *p))) {
        p++;
    }
    return p > host && *p == '\0';
}

/* NULL if it is not a port. */
static const char *port_of(apr_pool_t *pool, const char *text)
{
    char *end;
    long port;

    if (!text || *text == '\0') {
        return text ? NULL : apr_itoa(pool, TG_STORE_URL_PORT);
    }
    port = strtol(text, &end, 10);
    return apr_isdigit(*text) && *end == '\0' && port > 0 && port <= 65535
               ? apr_itoa(pool, (int)port)
               : NULL;
}

static int add_endpoint(apr_pool_t *pool, const char *protocol, char *text, tg_store_url_t *out,
                        tg_fault_t *fault)
{
    int in_brackets = *text == '[';
    char *end = in_brackets ? strchr(text, ']') : text + strcspn(text, ":");
    const char *port = NULL, *host = in_brackets ? text + 1 : text;

    if (end && in_brackets) {
        *end++ = '\0';
    }
    if (end && *end == ':') {
        *end++ = '\0';
        port = port_of(pool, end);
    }
    else if (end && *end == '\0') {
        port = port_of(pool, NULL);
    }
    if (!port || !is_host(host, in_brackets)) {
        /* Not the rest of it: it may be USER:PASSWORD. */
        return tg_fault_set(fault, FIX, "HOST[:PORT] expected at \"%s\"", host);
    }
    APR_ARRAY_PUSH(out->endpoints, const char *) =
        apr_pstrcat(pool, protocol, "://", in_brackets ? "[" : "", host, in_brackets ? "]" : "",
                    ":", port, NULL);
    return 1;
}

static int parse_hosts(apr_pool_t *pool, const char *protocol, char *hosts, tg_store_url_t *out,
                       tg_fault_t *fault)
{
    char *next = hosts;

    while (next) {
        char *host = next;

        next = strchr(host, ',');
        if (next) {
            *next++ = '\0';
        }
        if (!add_endpoint(pool, protocol, host, out, fault)) {
            return 0;
        }
    }
    return 1;
}

static int parse_user(apr_pool_t *pool, const char *user, tg_store_url_t *out, tg_fault_t *fault)
{
    if (strchr(user, ':')) {
        return tg_fault_set(fault, "write USER@HOST, and ?password-file=FILE after the key",
                            "a URL must not contain a password");
    }
    out->user = decode_part(pool, "user", user, fault);
    return out->user != NULL;
}

/* --- NAME=VALUE --- */

static int set_parameter(apr_pool_t *pool, const char *name, const char *value, tg_store_url_t *out,
                         tg_fault_t *fault)
{
    size_t i;

    for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        const char **at = (const char **)(void *)((char *)out + parameters[i].at);

        if (strcmp(parameters[i].name, name) != 0) {
            continue;
        }
        if (parameters[i].tls && !out->tls) {
            return tg_fault_set(fault, "write etcds://", "%s= needs TLS", name);
        }
        if (*at) {
            return tg_fault_set(fault, "write it once", "%s= is given twice", name);
        }
        *at = decode_part(pool, name, value, fault);
        return *at != NULL;
    }
    return tg_fault_set(
        fault, "use ca=, cert=, key= or password-file=", "there is no parameter \"%s\"", name);
}

static int parse_parameters(apr_pool_t *pool, char *text, tg_store_url_t *out, tg_fault_t *fault)
{
    char *last, *parameter;

    for (parameter = apr_strtok(text, "&", &last); parameter;
         parameter = apr_strtok(NULL, "&", &last)) {
        char *value = parameter + strcspn(parameter, "=");

        if (*value == '=') {
            *value++ = '\0';
        }
        if (!set_parameter(pool, parameter, value, out, fault)) {
            return 0;
        }
    }
    return 1;
}

/* Parameters that need each other. */
static int check_pairs(const tg_store_url_t *url, tg_fault_t *fault)
{
    if (!url->user != !url->password_file) {
        return tg_fault_set(fault, "write USER@HOST and ?password-file=FILE, or neither",
                            "a user needs a password file, and a password file a user");
    }
    if (!url->cert != !url->cert_key) {
        return tg_fault_set(fault, "write cert=FILE&key=FILE, or neither",
                            "a certificate needs its key, and a key its certificate");
    }
    return 1;
}

/* --- the whole --- */

/* Cuts @p text at the first @p c, and returns what follows, or NULL. */
static char *cut_at(char *text, char c)
{
    char *at = strchr(text, c);

    if (at) {
        *at++ = '\0';
    }
    return at;
}

/* [USER@]HOSTS/KEY[?PARAMETERS] */
static int parse_rest(apr_pool_t *pool, const char *prefix, const char *protocol, char *text,
                      tg_store_url_t *out, tg_fault_t *fault)
{
    char *rest = cut_at(text, '?');
    char *key = cut_at(text, '/');
    char *at = strrchr(text, '@');
    char *hosts = at ? at + 1 : text;

    if (!key) {
        return tg_fault_set(fault, FIX, "it names no key");
    }
    /* What precedes the @ may be a password: it is not repeated. */
    if (strchr(key, '@') || (rest && strchr(rest, '@'))) {
        return tg_fault_set(fault, "write %40 for an @ there, and USER@HOST without a password",
                            "there is an @ after the first / or ?");
    }
    if (at) {
        *at = '\0';
    }
    out->name = apr_pstrcat(pool, prefix, hosts, "/", key, NULL);
    out->key = decode_part(pool, "key", key, fault);
    return out->key && (!at || parse_user(pool, text, out, fault)) &&
           parse_hosts(pool, protocol, hosts, out, fault) &&
           (!rest || parse_parameters(pool, rest, out, fault)) && check_pairs(out, fault);
}

int tg_store_url_parse(apr_pool_t *pool, const char *text, tg_store_url_t *out, tg_fault_t *fault)
{
    size_t i;

    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i].prefix);

        if (strncmp(text, schemes[i].prefix, length) == 0) {
            memset(out, 0, sizeof(*out));
            out->kind = schemes[i].kind;
            out->tls = schemes[i].tls;
            out->endpoints = apr_array_make(pool, 3, sizeof(const char *));
            return parse_rest(pool, schemes[i].prefix, schemes[i].protocol,
                              apr_pstrdup(pool, text + length), out, fault);
        }
    }
    return tg_fault_set(fault, FIX, "it is not the address of a store");
}
