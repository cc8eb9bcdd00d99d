/* SQL for a report, what is asked of its records: see sql.h. Each question reads the table once. */
#include "sql.h"

#include <apr_strings.h>
#include <string.h>

/* --- who is listed --- */

const char *tg_sql_top(apr_pool_t *pool, const tg_sql_question_t *question)
{
    return apr_psprintf(pool,
                        "SELECT total, tupleElement(t, 2) FROM (SELECT count() AS total, "
                        "arraySlice(arraySort(groupArray((-toInt64(n), k))), 1, %u) AS list FROM "
                        "(SELECT %s AS k, count() AS n %s GROUP BY k)) ARRAY JOIN list AS t",
                        question->top, tg_sql_key(pool, question->counted->group),
                        tg_sql_records(pool, question, TG_SQL_REQUEST));
}

/* --- what clients came with --- */

/* The most ways that there are, and more than the texts of a kind that are kept. */
#define ROWS_MAX (TG_PROTOCOLS * TG_CAUSES)

/* By account the client is the key, so that the address can be told of it afterwards. And who
 * chooses texts to have the number of others can only hide what is told of his own line then; in
 * others are several clients, so there the number is one that cannot be chosen like that. */
static const struct {
    const char *number, *address, *of_row;
} came_by[] = {
    { "sipHash64", TG_SQL_ADDRESS, "p" },
    { "cityHash64", "address",
      "if(p != '', p, if(substring(k, 1, 3) = 'ip:', substring(k, 4), ''))" },
};

/* What else than its key a record has is made one number first, since that is found faster than
 * many texts. Of each number there is one row then, and few rows are left to be taken apart: each
 * becomes one for each kind of texts. Of more texts than are kept those come that came last, and of
 * these the greatest. The ways are first, since they make the clients. */
const char *tg_sql_came_with(apr_pool_t *pool, const tg_sql_question_t *question)
{
    int by = question->counted->group == TG_TALLY_BY_ACCOUNT;

    return apr_psprintf(
        pool,
        "SELECT k, t.1 AS d, t.2 AS x, sum(n) AS n, min(a) AS a, max(z) AS z, sum(r) AS r FROM "
        "(SELECT %s AS k, %s(protocol, cause, user_agent, %s"
        ", host, schedule, advice, ja4) AS h, concat(any(protocol), ' ', any(cause)) AS way, "
        "any(user_agent) AS u, any(%s) AS p, any(host) AS o, any(schedule) AS s, "
        "any(advice) AS v, any(ja4) AS j, count() AS n, toUnixTimestamp(min(time)) AS a, "
        "toUnixTimestamp(max(time)) AS z, countIf(verdict = '%s' AND enforced) AS r "
        "%s GROUP BY k, h) "
        "ARRAY JOIN [(%d, way), (%d, u), (%d, %s), (%d, o), (%d, s), (%d, v), (%d, j)] AS t "
        "WHERE x != '' GROUP BY k, d, x ORDER BY d != %d, z DESC, x DESC LIMIT %d BY k, d",
        tg_sql_key(pool, question->counted->group), came_by[by].number, came_by[by].address,
        came_by[by].address, tg_action_name(TG_ACTION_REJECT), tg_sql_listed(pool, question),
        TG_TALLY_WAY, TG_TALLY_USER_AGENT, TG_TALLY_ADDRESS, came_by[by].of_row, TG_TALLY_HOST,
        TG_TALLY_SCHEDULE, TG_SQL_ADVICE, TG_SQL_JA4, TG_TALLY_WAY, ROWS_MAX);
}

/* --- what failed --- */

/* Of those that are not among the longest lists only what may be of a client that is listed. Names
 * of clients are lines of the report only by account. */
static const char *failed_condition(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *failed = tg_sql_records(pool, question, TG_SQL_FAILED);
    const char *of_listed =
        question->counted->group == TG_TALLY_BY_ACCOUNT
            ? apr_psprintf(pool,
                           " OR " TG_SQL_WITHOUT_KIND " IN (SELECT address %s AND address != '')",
                           tg_sql_listed(pool, question))
            : "";

    return question->failed_top == 0
               ? failed
               : apr_psprintf(
                     pool,
                     "%s AND ((client, ja4, host) IN (SELECT client, ja4, host FROM (SELECT "
                     "client, ja4, host, count() AS n %s GROUP BY client, ja4, host ORDER BY "
                     "n DESC, client, ja4, host LIMIT %u))%s)",
                     failed, failed, question->failed_top, of_listed);
}

const char *tg_sql_failed(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *total = question->failed_top
                            ? apr_psprintf(pool, "(SELECT uniqExact(client, ja4, host) %s)",
                                           tg_sql_records(pool, question, TG_SQL_FAILED))
                            : "0";

    return apr_psprintf(
        pool,
        "SELECT %s AS q, client, ja4, host, protocol, cause, count() AS n, "
        "countIf(verdict = '%s' AND enforced) AS r, toUnixTimestamp(min(time)) AS a, "
        "toUnixTimestamp(max(time)) AS z %s "
        "GROUP BY client, ja4, host, protocol, cause",
        total, tg_action_name(TG_ACTION_REFUSE), failed_condition(pool, question));
}

/* The column of addresses is read first, and the others where it has one of these. What JA4s are
 * without their extensions is worked out once for each client. */
const char *tg_sql_seen(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const char *failed = failed_condition(pool, question);
    const char *requests = tg_sql_where(pool, question, TG_SQL_REQUEST);

    return apr_psprintf(
        pool,
        "SELECT address, ja4, client FROM (SELECT address, ja4, client FROM %s PREWHERE address IN "
        "(SELECT " TG_SQL_WITHOUT_KIND
        " %s AND ja4 != '') %s GROUP BY client, address, ja4) WHERE ja4 != '' AND "
        "NOT (length(client) > 3 AND substring(client, 1, 3) = 'ip:') AND (address, " TG_SQL_STEM
        ") IN (SELECT " TG_SQL_WITHOUT_KIND ", " TG_SQL_STEM
        " %s AND ja4 != '') ORDER BY client LIMIT %d BY address, ja4",
        question->table, failed, requests, failed, TG_TALLY_KEPT_MAX);
}

/* --- trials --- */

static const char *since_trial(apr_pool_t *pool, const tg_trials_row_t *row)
{
    return apr_psprintf(pool, "(toInt64(toUnixTimestamp(time)) - %" APR_INT64_T_FMT ")",
                        (apr_int64_t)row->start);
}

/* In a window of that trial, about its schedule. */
static const char *in_trial(apr_pool_t *pool, const tg_trials_row_t *row)
{
    const tg_trial_t *trial = row->trial;
    const char *since = since_trial(pool, row);
    const char *within = trial->every ? apr_psprintf(pool, "%s %% %" APR_INT64_T_FMT, since,
                                                     (apr_int64_t)trial->every)
                                      : since;

    return apr_psprintf(
        pool, "schedule = %s AND %s >= 0 AND %s < %" APR_INT64_T_FMT " AND %s < %" APR_INT64_T_FMT,
        tg_sql_text(pool, row->schedule->name), since, since, (apr_int64_t)(row->end - row->start),
        within, (apr_int64_t)(trial->first.end - trial->first.start));
}

static const char *rejected_sql(apr_pool_t *pool)
{
    return apr_psprintf(pool, "verdict = '%s' AND enforced", tg_action_name(TG_ACTION_REJECT));
}

/* Because of a change that is no part of the trial. */
static const char *by_stop_sql(apr_pool_t *pool)
{
    return apr_psprintf(pool, "by_hand IN ('%s', '%s')", tg_override_kind_name(TG_OVERRIDE_SUSPEND),
                        tg_override_kind_name(TG_OVERRIDE_GUARD));
}

static const char *served_sql(apr_pool_t *pool)
{
    return apr_pstrcat(pool, by_stop_sql(pool), " AND NOT (", rejected_sql(pool), ")", NULL);
}

/* As bits_of() in tally/trials.c, of the seconds since the trial began. */
static const char *trial_bits(apr_pool_t *pool, const tg_trials_row_t *row)
{
    const char *since = since_trial(pool, row), *in = in_trial(pool, row);

    return apr_psprintf(
        pool,
        "%u * (%s >= -%" APR_INT64_T_FMT " AND %s < %" APR_INT64_T_FMT
        " AND NOT (%s AND %s)) + %u * (%s AND %s) + %u * (%s >= 0 AND %s < %" APR_INT64_T_FMT
        " AND %s %% 3600 < %d)",
        TG_TRIALS_PRESENT, since, (apr_int64_t)TG_TRIALS_BEFORE, since,
        (apr_int64_t)(row->end - row->start), in, served_sql(pool), TG_TRIALS_MET, in,
        rejected_sql(pool), TG_TRIALS_HOURLY_MET, since, since, (apr_int64_t)TG_TRIALS_DAY, since,
        TG_TRIALS_HOURLY);
}

static const char *trial_digits(apr_pool_t *pool, const tg_trials_t *trials)
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

/* A range of this many slots, or fewer, has shorter ones. */
#define LEAST_RANGE 16

/* The slots of each length that they may have. Only when all records of a client are read it is
 * known how long its own are; to read them twice would take longer. */
static const char *all_slots(apr_pool_t *pool, int64_t range)
{
    const char *slots = "";
    int shift;

    for (shift = 0; shift == 0 || range >> shift >= LEAST_RANGE; shift++) {
        slots = apr_psprintf(pool,
                             "%s%sgroupBitOr(bitShiftLeft(toUInt64(1), "
                             "toUInt8(bitShiftRight(toUInt64(toUnixTimestamp(time)), %d) %% 64)))",
                             slots, shift ? ", " : "", shift);
    }
    return slots;
}

/* The length of a slot follows from the range, as in tally/presence.c. The number of a slot, modulo
 * 64, is that of seconds since 1970, since the beginning of time is a multiple of the longest
 * slot. */
const char *tg_sql_trials(apr_pool_t *pool, const tg_sql_question_t *question, int64_t range)
{
    return apr_psprintf(
        pool,
        "SELECT k, d, s[1 + least + (bitShiftRight(b, least) - bitShiftRight(a, least) >= 64)] "
        "FROM "
        "(SELECT k, d, s, a, b, toUInt8(if(b - a < 64, 0, floor(log2(b - a)) - 5)) AS least FROM "
        "(SELECT %s AS k, %s AS d, [%s] AS s, toUInt64(toUnixTimestamp(min(time))) AS a, "
        "toUInt64(toUnixTimestamp(max(time))) AS b %s GROUP BY k))",
        tg_sql_key(pool, question->counted->group), trial_digits(pool, question->counted->trials),
        all_slots(pool, range), tg_sql_listed(pool, question));
}

/* `minIf(...), maxIf(...)`: when somebody was served because of that kind of stop. */
static const char *served_times(apr_pool_t *pool, const char *in, tg_override_kind_t kind)
{
    const char *which = apr_psprintf(pool, "%s AND by_hand = '%s' AND NOT (%s)", in,
                                     tg_override_kind_name(kind), rejected_sql(pool));

    return apr_psprintf(pool, "minIf(toUnixTimestamp(time), %s), maxIf(toUnixTimestamp(time), %s)",
                        which, which);
}

/* As tg_trials_note() finds it, for whichever client. */
const char *tg_sql_told(apr_pool_t *pool, const tg_sql_question_t *question)
{
    const apr_array_header_t *rows = question->counted->trials->rows;
    const char *told = "";
    int i;

    for (i = 0; i < rows->nelts; i++) {
        const char *in = in_trial(pool, &APR_ARRAY_IDX(rows, i, tg_trials_row_t));

        told = apr_psprintf(pool, "%s%s(%d, %s, %s, maxIf(toUnixTimestamp(time), %s AND %s))", told,
                            i ? ", " : "", i, served_times(pool, in, TG_OVERRIDE_GUARD),
                            served_times(pool, in, TG_OVERRIDE_SUSPEND), in, rejected_sql(pool));
    }
    return apr_psprintf(pool,
                        "SELECT t.1 AS i, t.2 AS x, t.3 AS y, t.4 AS z, t.5 AS u, t.6 AS r FROM "
                        "(SELECT [%s] AS l %s AND (%s OR (%s))) ARRAY JOIN l AS t",
                        told, tg_sql_records(pool, question, TG_SQL_REQUEST), by_stop_sql(pool),
                        rejected_sql(pool));
}
