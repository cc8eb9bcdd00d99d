/* The address of a table in ClickHouse: see clickhouse_url.h. */
#include "clickhouse_url.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <curl/curl.h>
#include <stddef.h>
#include <string.h>

#define FIX "write clickhouse://[USER@]HOST[:PORT]/DATABASE[/TABLE], or clickhouses:// for TLS"
#define DEFAULT_TABLE "tlsgate"

static const struct {
    const char *scheme, *http;
    const char *port; /* that ClickHouse listens on for HTTP */
    int tls;
} schemes[] = {
    { "clickhouse", "http", "8123", 0 },
    { "clickhouses", "https", "8443", 1 },
};

/* The row of schemes; TG_ROWS(schemes): none. */
static size_t find_scheme(const char *text)
{
    size_t i;

    for (i = 0; i < TG_ROWS(schemes); i++) {
        size_t length = strlen(schemes[i].scheme);

        if (strncmp(text, schemes[i].scheme, length) == 0 &&
            strncmp(text + length, "://", 3) == 0) {
            break;
        }
    }
    return i;
}

int tg_clickhouse_url_is(const char *text)
{
    return find_scheme(text) < TG_ROWS(schemes);
}

/* A part, decoded. NULL: there is none, or it holds what no text has. */
static const char *part_of(apr_pool_t *pool, CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    const char *copy = NULL;

    if (curl_url_get(url, part, &text, flags) == CURLUE_OK && *text) {
        copy = apr_pstrdup(pool, text);
    }
    curl_free(text);
    return copy;
}

/* --- DATABASE[/TABLE] --- */

/* A name that SQL takes as it stands. */
static int is_plain_name(const char *name)
{
    return *name != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_") == strlen(name);
}

static int read_table(apr_pool_t *pool, const char *path, tg_clickhouse_url_t *out,
                      tg_fault_t *fault)
{
    char *database = apr_pstrdup(pool, path ? path + strspn(path, "/") : "");
    char *table = strchr(database, '/');

    if (*database == '\0') {
        return tg_fault_set(fault, FIX, "it names no database");
    }
    if (table) {
        *table++ = '\0';
    }
    if (!is_plain_name(database) || (table && !is_plain_name(table))) {
        return tg_fault_set(fault, "name database and table with letters, digits and underscores",
                            "\"%.100s\" has other characters", path);
    }
    out->database = database;
    out->table_name = table ? table : DEFAULT_TABLE;
    out->table = apr_pstrcat(pool, "`", database, "`.`", table ? table : DEFAULT_TABLE, "`", NULL);
    return 1;
}

/* --- NAME=VALUE --- */

#define AT(member) offsetof(tg_clickhouse_url_t, member)

static const struct {
    const char *name;
    size_t at;
    int tls; /* needs clickhouses:// */
} parameters[] = {
    { "ca", AT(ca), 1 },
    { "password-file", AT(password_file), 0 },
};

static int without_memory(tg_fault_t *fault)
{
    return tg_fault_set(fault, "free some memory", "there is no memory to read it");
}

static int read_parameter(apr_pool_t *pool, CURL *easy, char *text, int tls,
                          tg_clickhouse_url_t *out, tg_fault_t *fault)
{
    char *value = strchr(text, '='), *plain;
    size_t i;

    if (value) {
        *value++ = '\0';
    }
    for (i = 0; i < TG_ROWS(parameters) && strcmp(parameters[i].name, text) != 0; i++) {
    }
    if (i == TG_ROWS(parameters) || !value || *value == '\0') {
        return tg_fault_set(fault, "use ca=FILE or password-file=FILE",
                            "a parameter is unknown or empty");
    }
    if (parameters[i].tls && !tls) {
        return tg_fault_set(fault, "write clickhouses://", "%s= needs TLS", parameters[i].name);
    }
    plain = curl_easy_unescape(easy, value, 0, NULL);
    if (!plain) {
        return without_memory(fault);
    }
    *(const char **)(void *)((char *)out + parameters[i].at) = apr_pstrdup(pool, plain);
    curl_free(plain);
    return 1;
}

static int read_parameters(apr_pool_t *pool, const char *query, int tls, tg_clickhouse_url_t *out,
                           tg_fault_t *fault)
{
    char *rest = apr_pstrdup(pool, query ? query : ""), *text, *last;
    CURL *easy = curl_easy_init();
    int is_right = easy != NULL || without_memory(fault);

    for (text = apr_strtok(rest, "&", &last); is_right && text;
         text = apr_strtok(NULL, "&", &last)) {
        is_right = read_parameter(pool, easy, text, tls, out, fault);
    }
    curl_easy_cleanup(easy);
    return is_right;
}

/* --- the whole --- */

static int read_parts(apr_pool_t *pool, CURLU *url, size_t scheme, tg_clickhouse_url_t *out,
                      tg_fault_t *fault)
{
    const char *host = part_of(pool, url, CURLUPART_HOST, 0);
    const char *port = part_of(pool, url, CURLUPART_PORT, 0);
    const char *path = part_of(pool, url, CURLUPART_PATH, CURLU_URLDECODE);

    out->user = part_of(pool, url, CURLUPART_USER, CURLU_URLDECODE);
    if (part_of(pool, url, CURLUPART_PASSWORD, 0)) {
        return tg_fault_set(fault, "write ?password-file=FILE, or set " TG_CLICKHOUSE_VARIABLE,
                            "a URL must not contain a password");
    }
    if (!host) {
        return tg_fault_set(fault, FIX, "it names no host");
    }
    port = port ? port : schemes[scheme].port;
    out->http = apr_pstrcat(pool, schemes[scheme].http, "://", host, ":", port, "/", NULL);
    out->name = apr_pstrcat(pool, schemes[scheme].scheme, "://", host, ":", port, path, NULL);
    return read_table(pool, path, out, fault) &&
           read_parameters(pool, part_of(pool, url, CURLUPART_QUERY, 0), schemes[scheme].tls, out,
                           fault);
}

int tg_clickhouse_url_parse(apr_pool_t *pool, const char *text, tg_clickhouse_url_t *out,
                            tg_fault_t *fault)
{
    size_t scheme = find_scheme(text);
    CURLU *url = curl_url();
    int is_right;

    memset(out, 0, sizeof(*out));
    if (scheme == TG_ROWS(schemes) || !url ||
        curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        is_right = tg_fault_set(fault, FIX, "it is not the address of a table");
    }
    else {
        is_right = read_parts(pool, url, scheme, out, fault);
    }
    curl_url_cleanup(url);
    return is_right;
}
