/* SQL for a report: see sql.h. */
#include "sql.h"

#include "base/rows.h"
#include "policy/network.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

/* Seconds that a DateTime of ClickHouse has. */
#define SECONDS_MAX 4294967295

/* TG_SQL_LATER in SQL, so that each time has as many digits. */
#define LATER APR_STRINGIFY(TG_SQL_LATER)

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
    "client", TG_SQL_ADDRESS, "user_agent", TG_SQL_STEM, "host", NULL,
};
TG_ROWS_ARE(keys, TG_TALLY_GROUPS);

const char *tg_sql_key(apr_pool_t *pool, tg_tally_group_t group)
{
    const char *key = keys[group] ? keys[group] : cause_key(pool);

    return apr_psprintf(pool, "if(%s = '', '-', %s)", key, key);
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

const char *tg_sql_records(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *condition = time_condition(pool, question->counted);
    int i;

    for (i = 0; i < question->excluded->nelts; i++) {
        condition = apr_pstrcat(
            pool, condition,
            network_condition(pool, question, &APR_ARRAY_IDX(question->excluded, i, tg_network_t)),
            NULL);
    }
    return apr_psprintf(pool, "FROM %s WHERE kind != 'damaged'%s", question->table, condition);
}

const char *tg_sql_damaged(apr_pool_t *pool, const tg_sql_question_t *question)
{
    return apr_psprintf(pool, "FROM %s WHERE kind = 'damaged'%s", question->table,
                        time_condition(pool, question->counted));
}

const char *tg_sql_requests(apr_pool_t *pool, const tg_sql_question_t *question)
{
    return apr_pstrcat(pool, tg_sql_records(pool, question), " AND kind = 'request'", NULL);
}

const char *tg_sql_listed(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *requests = tg_sql_requests(pool, question);
    const char *key = tg_sql_key(pool, question->counted->group);

    if (question->client) {
        return apr_psprintf(pool, "%s AND %s = %s", requests, key,
                            tg_sql_text(pool, question->client));
    }
    if (question->top == 0) {
        return requests;
    }
    return apr_psprintf(pool,
                        "%s AND %s IN (SELECT k FROM (SELECT %s AS k, count() AS n %s GROUP BY k "
                        "ORDER BY n DESC, k LIMIT %u))",
                        requests, key, key, requests, question->top);
}

const char *tg_sql_last(apr_pool_t *pool, const char *column)
{
    return apr_psprintf(pool,
                        "maxIf(concat(toString(toUnixTimestamp(time) + " LATER "), %s), %s != '')",
                        column, column);
}

/* --- trials --- */

/* The length of a slot follows from the range, as in report/presence.c. The number of a slot, modulo
 * 64, is that of seconds since 1970, since the beginning of time is a multiple of the longest slot. */
const char *tg_sql_presences(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *key = tg_sql_key(pool, question->counted->group);
    const char *listed = tg_sql_listed(pool, question);

    return apr_psprintf(
        pool,
        "SELECT k, groupBitOr(bitShiftLeft(toUInt64(1), toUInt8(bitShiftRight(t, s) %% 64))) FROM "
        "(SELECT %s AS k, toUInt64(toUnixTimestamp(time)) AS t %s) AS times ANY INNER JOIN "
        "(SELECT k, toUInt8(least + (bitShiftRight(b, least) - bitShiftRight(a, least) >= 64)) AS "
        "s "
        "FROM (SELECT k, a, b, toUInt8(if(b - a < 64, 0, floor(log2(b - a)) - 5)) AS least FROM "
        "(SELECT %s AS k, toUInt64(toUnixTimestamp(min(time))) AS a, "
        "toUInt64(toUnixTimestamp(max(time))) AS b %s GROUP BY k))) AS slots USING k GROUP BY k",
        key, listed, key, listed);
}

/* As bits_of() in report/trials.c, of the seconds since the trial began. */
static const char *trial_bits(apr_pool_t *pool, const tg_trials_row_t *row)
{
    const tg_trial_t *trial = row->trial;
    const char *since = apr_psprintf(
        pool, "(toInt64(toUnixTimestamp(time)) - %" APR_INT64_T_FMT ")", (apr_int64_t)row->start);
    const char *within = trial->every ? apr_psprintf(pool, "%s %% %" APR_INT64_T_FMT, since,
                                                     (apr_int64_t)trial->every)
                                      : since;
    apr_int64_t length = (apr_int64_t)(row->end - row->start);

    return apr_psprintf(
        pool,
        "%u * (%s >= -%" APR_INT64_T_FMT " AND %s < %" APR_INT64_T_FMT
        ") + %u * (%s >= 0 AND %s < %" APR_INT64_T_FMT " AND %s < %" APR_INT64_T_FMT " AND "
        "schedule = %s AND verdict = %s AND enforced) + %u * (%s >= 0 AND %s < 86400 AND "
        "%s %% 3600 < %d) + %u * (%s >= %" APR_INT64_T_FMT ")",
        TG_TRIALS_PRESENT, since, (apr_int64_t)TG_TRIALS_BEFORE, since, length, TG_TRIALS_MET,
        since, since, length, within, (apr_int64_t)(trial->first.end - trial->first.start),
        tg_sql_text(pool, row->schedule->name), tg_sql_text(pool, tg_action_name(TG_ACTION_REJECT)),
        TG_TRIALS_HOURLY_MET, since, since, since, TG_TRIALS_HOURLY, TG_TRIALS_AFTER, since,
        length);
}

const char *tg_sql_trials(apr_pool_t *pool, const tg_trials_t *trials)
{
    const char *digits = "''";
    int i;

    for (i = 0; i < trials->rows->nelts; i++) {
        digits = apr_psprintf(
            pool, "%s, substring('0123456789abcdef', 1 + groupBitOr(toUInt8(%s)), 1)", digits,
            trial_bits(pool, &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t)));
    }
    return apr_psprintf(pool, "concat(%s, '')", digits);
}
