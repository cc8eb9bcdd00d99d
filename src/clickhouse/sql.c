/* SQL for a report, of which records it is: see sql.h. What is asked of them is in sql_report.c. */
#include "sql.h"

#include "base/rows.h"
#include "policy/network.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

/* Seconds that a DateTime of ClickHouse has. */
#define SECONDS_MAX 4294967295

const char *tg_sql_text(apr_pool_t *pool, const char *text)
{
    char *quoted = apr_palloc(pool, 2 * strlen(text) + 3), *at = quoted;

    *at++ = '\'';
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') {
            *at++ = '\\';
        }
        *at++ = *text;
    }
    *at++ = '\'';
    *at = '\0';
    return quoted;
}

/* --- keys --- */

static const char *cause_key(apr_pool_t *pool)
{
    const char *names = "''";
    int i;

    for (i = 0; i < TG_CAUSES; i++) {
        const char *name = tg_cause_name((tg_cause_t)i);

        names = name ? apr_pstrcat(pool, names, ", ", tg_sql_text(pool, name), NULL) : names;
    }
    return apr_psprintf(pool, "if(cause IN (%s), cause, '')", names);
}

/* NULL: it is made of the causes. */
static const char *const keys[] = {
    "client", (TG_SQL_ADDRESS), "user_agent", (TG_SQL_STEM), "host", NULL,
};
TG_ROWS_ARE(keys, TG_TALLY_GROUPS);

/* Each request has a client, and a condition about its column alone finds it without reading
 * all. */
const char *tg_sql_key(apr_pool_t *pool, tg_tally_group_t group)
{
    const char *key = keys[group] ? keys[group] : cause_key(pool);

    return group == TG_TALLY_BY_ACCOUNT ? key
                                        : apr_psprintf(pool, "if(%s = '', '-', %s)", key, key);
}

/* --- conditions --- */

/* A bound that no record is beyond is left out. */
static const char *time_condition(apr_pool_t *pool, const tg_tally_options_t *counted)
{
    const char *condition = "";

    if (counted->since > 0) {
        condition = apr_psprintf(
            pool, " AND time >= toDateTime(%" APR_INT64_T_FMT ")",
            (apr_int64_t)(counted->since < SECONDS_MAX ? counted->since : SECONDS_MAX));
    }
    if (counted->until < SECONDS_MAX) {
        condition = apr_psprintf(pool, "%s AND time < toDateTime(%" APR_INT64_T_FMT ")", condition,
                                 (apr_int64_t)(counted->until > 0 ? counted->until : 0));
    }
    return condition;
}

/* How addresses of each length are told, and made numbers. */
static const struct {
    int length, family;
    const char *looks, *function;
} families[] = {
    { 4, AF_INET, "^[0-9]+[.][0-9.]+$", "IPv4StringToNum" },
    { 16, AF_INET6, "^[0-9a-fA-F]*:[0-9a-fA-F:.]*$", "IPv6StringToNum" },
};

/* The numbers of a network are those from its first to its last address. */
static const char *network_condition(apr_pool_t *pool, const tg_sql_question_t *question,
                                     const tg_network_t *network)
{
    size_t row = network->length == families[0].length ? 0 : 1;
    tg_network_t last = *network;
    char first_text[INET6_ADDRSTRLEN], last_text[INET6_ADDRSTRLEN];
    const char *function = families[row].function;
    unsigned bit;

    for (bit = network->bits; bit < 8U * network->length; bit++) {
        last.bytes[bit / 8] = (unsigned char)(last.bytes[bit / 8] | 0x80U >> bit % 8);
    }
    inet_ntop(families[row].family, network->bytes, first_text, sizeof(first_text));
    inet_ntop(families[row].family, last.bytes, last_text, sizeof(last_text));
    return apr_psprintf(pool,
                        " AND NOT (match(" TG_SQL_ADDRESS ", '%s') AND %s%s(" TG_SQL_ADDRESS
                        ") >= %s('%s') AND %s%s(" TG_SQL_ADDRESS ") <= %s('%s'))",
                        families[row].looks, function, question->has_or_default ? "OrDefault" : "",
                        function, first_text, function, question->has_or_default ? "OrDefault" : "",
                        function, last_text);
}

static const char *networks_condition(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *condition = "";
    int i;

    for (i = 0; i < question->excluded->nelts; i++) {
        condition = apr_pstrcat(
            pool, condition,
            network_condition(pool, question, &APR_ARRAY_IDX(question->excluded, i, tg_network_t)),
            NULL);
    }
    return condition;
}

const char *tg_sql_where(apr_pool_t *pool, const tg_sql_question_t *question, const char *kind)
{
    const char *times = time_condition(pool, question->counted);
    const char *networks = networks_condition(pool, question);

    return kind ? apr_psprintf(pool, "WHERE kind = '%s'%s%s", kind, times, networks)
                : apr_psprintf(pool, "WHERE (kind = 'damaged' OR (1%s))%s", networks, times);
}

const char *tg_sql_records(apr_pool_t *pool, const tg_sql_question_t *question, const char *kind)
{
    return apr_pstrcat(pool, "FROM ", question->table, " ", tg_sql_where(pool, question, kind),
                       NULL);
}

const char *tg_sql_listed(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *requests = tg_sql_records(pool, question, TG_SQL_REQUEST);
    const char *key = tg_sql_key(pool, question->counted->group);

    if (question->client) {
        return apr_psprintf(pool, "%s AND %s = %s", requests, key,
                            tg_sql_text(pool, question->client));
    }
    if (question->top == 0) {
        return requests;
    }
    if (question->names) {
        return apr_psprintf(pool, "%s AND %s IN (%s)", requests, key, question->names);
    }
    return apr_psprintf(pool,
                        "%s AND %s IN (SELECT k FROM (SELECT %s AS k, count() AS n %s GROUP BY k "
                        "ORDER BY n DESC, k LIMIT %u))",
                        requests, key, key, requests, question->top);
}
