/* A report from ClickHouse: see count.h. A question for each part of the report, in a table: each asks
 * for sums and not for records, and its rows fill one part of the tally.
 */
#include "count.h"

#include "base/rows.h"
#include "report/tally_fill.h"

#include <apr_strings.h>
#include <string.h>

/* What is counted while the database answers. */
typedef struct {
    apr_pool_t *pool;
    tg_sql_question_t *question;
    tg_tally_t *tally;
    tg_clickhouse_sums_t *sums;
} counting_t;

/* --- values of a row --- */

static uint64_t number_of_row(const tg_clickhouse_row_t *row, int cell)
{
    tg_span_t text = row->cell[cell];
    uint64_t number = 0;
    uint32_t i;

    for (i = 0; i < text.length && text.at[i] >= '0' && text.at[i] <= '9'; i++) {
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    return number;
}

static int is_word(tg_span_t text, const char *word)
{
    return word && strlen(word) == text.length && memcmp(word, text.at, text.length) == 0;
}

static tg_protocol_t protocol_in(const tg_clickhouse_row_t *row, int cell)
{
    int i;

    for (i = 0; i < TG_PROTOCOLS; i++) {
        if (is_word(row->cell[cell], tg_protocol_name((tg_protocol_t)i))) {
            return (tg_protocol_t)i;
        }
    }
    return TG_PROTOCOL_UNKNOWN;
}

static tg_cause_t cause_in(const tg_clickhouse_row_t *row, int cell)
{
    int i;

    for (i = 0; i < TG_CAUSES; i++) {
        if (is_word(row->cell[cell], tg_cause_name((tg_cause_t)i))) {
            return (tg_cause_t)i;
        }
    }
    return TG_CAUSE_NONE;
}

/* --- what version it is --- */

static const char *ask_functions(const counting_t *c)
{
    (void)c;
    return "SELECT count() FROM system.functions WHERE name = 'IPv6StringToNumOrDefault'";
}

static int take_functions_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;

    c->question->has_or_default = number_of_row(row, 0) > 0;
    return 1;
}

/* --- sums --- */

static const char *ask_sums(const counting_t *c)
{
    return apr_pstrcat(c->pool, "SELECT kind, count(), toUnixTimestamp(max(time)) ",
                       tg_sql_records(c->pool, c->question), " GROUP BY kind", NULL);
}

static int take_sums_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_sums_t *sums = tg_tally_fill_sums(c->tally);
    const struct {
        const char *kind;
        uint64_t *sum;
    } kinds[] = {
        { "request", &sums->requests },
        { "failed", &sums->failed },
        { "test", &sums->tests },
    };
    tg_instant_t latest = (tg_instant_t)number_of_row(row, 2);
    size_t i;

    for (i = 0; i < TG_ROWS(kinds) && !is_word(row->cell[0], kinds[i].kind); i++) {
    }
    if (i == TG_ROWS(kinds)) {
        return 0;
    }
    *kinds[i].sum = number_of_row(row, 1);
    sums->records += number_of_row(row, 1);
    sums->latest = latest > sums->latest ? latest : sums->latest;
    return 1;
}

static const char *ask_damaged(const counting_t *c)
{
    return apr_pstrcat(c->pool, "SELECT count() ", tg_sql_damaged(c->pool, c->question), NULL);
}

static int take_damaged_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;

    c->sums->damaged = number_of_row(row, 0);
    return 1;
}

static const char *ask_found(const counting_t *c)
{
    return apr_pstrcat(c->pool, "SELECT uniqExact(",
                       tg_sql_key(c->pool, c->question->counted->group), ") ",
                       tg_sql_requests(c->pool, c->question), NULL);
}

static int take_found_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;

    c->sums->clients = number_of_row(row, 0);
    return 1;
}

static const char *ask_days(const counting_t *c)
{
    return apr_pstrcat(c->pool,
                       "SELECT intDiv(toUnixTimestamp(time), 86400) AS d, protocol, count() ",
                       tg_sql_requests(c->pool, c->question), " GROUP BY d, protocol", NULL);
}

static int take_day_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;

    tg_tally_fill_day(c->tally, (int64_t)number_of_row(row, 0), protocol_in(row, 1),
                      number_of_row(row, 2));
    return 1;
}

/* --- clients --- */

static const char *listed_by(const counting_t *c, const char *what, const char *by)
{
    return apr_pstrcat(c->pool, "SELECT ", tg_sql_key(c->pool, c->question->counted->group),
                       " AS k, ", what, " ", tg_sql_listed(c->pool, c->question), " ", by, NULL);
}

static tg_tally_sum_t sum_in(const tg_clickhouse_row_t *row, int cell)
{
    return (tg_tally_sum_t){ .protocol = protocol_in(row, cell),
                             .cause = cause_in(row, cell + 1),
                             .count = number_of_row(row, cell + 2),
                             .refused = number_of_row(row, cell + 3),
                             .first = (tg_instant_t)number_of_row(row, cell + 4),
                             .last = (tg_instant_t)number_of_row(row, cell + 5) };
}

static const char *ask_clients(const counting_t *c)
{
    return listed_by(c,
                     "protocol, cause, count(), 0, toUnixTimestamp(min(time)), "
                     "toUnixTimestamp(max(time))",
                     "GROUP BY k, protocol, cause");
}

static int take_client_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_sum_t sum = sum_in(row, 1);

    tg_tally_fill_client(c->tally, row->cell[0], &sum);
    return 1;
}

static const char *ask_last(const counting_t *c)
{
    return listed_by(c,
                     apr_pstrcat(c->pool, tg_sql_last(c->pool, "advice"), ", ",
                                 tg_sql_last(c->pool, "ja4"), NULL),
                     "GROUP BY k");
}

#define LATER_DIGITS (sizeof(APR_STRINGIFY(TG_SQL_LATER)) - 1)

/* What tg_sql_last() made. */
static tg_span_t last_text(tg_span_t cell, int64_t *at)
{
    tg_clickhouse_row_t time = { .cell = { { cell.at, LATER_DIGITS } } };

    *at = 0;
    if (cell.length <= LATER_DIGITS) {
        return (tg_span_t){ NULL, 0 };
    }
    *at = (int64_t)number_of_row(&time, 0) - TG_SQL_LATER;
    return (tg_span_t){ cell.at + LATER_DIGITS, cell.length - (uint32_t)LATER_DIGITS };
}

static int take_last_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_client_t *client = tg_tally_find(c->tally, row->cell[0]);
    int64_t advice_at, ja4_at;
    tg_span_t advice = last_text(row->cell[1], &advice_at);
    tg_span_t ja4 = last_text(row->cell[2], &ja4_at);

    if (client) {
        tg_tally_fill_last(c->tally, client, advice, advice_at, ja4, ja4_at);
    }
    return 1;
}

/* Of more than are kept those that came last, and of these the greatest. */
static const char *ask_texts(const counting_t *c, const char *text)
{
    return listed_by(c, apr_pstrcat(c->pool, text, " AS x, toUnixTimestamp(max(time)) AS t", NULL),
                     apr_psprintf(c->pool,
                                  "AND x != '' GROUP BY k, x ORDER BY t DESC, x DESC LIMIT %d BY k",
                                  TG_TALLY_KEPT_MAX));
}

static int take_text_row(const counting_t *c, tg_tally_kind_t kind, const tg_clickhouse_row_t *row)
{
    tg_tally_client_t *client = tg_tally_find(c->tally, row->cell[0]);

    if (client) {
        tg_tally_fill_text(c->tally, client, kind, row->cell[1], (int64_t)number_of_row(row, 2));
    }
    return 1;
}

static const char *ask_agents(const counting_t *c)
{
    return ask_texts(c, "user_agent");
}

static int take_agent_row(void *context, const tg_clickhouse_row_t *row)
{
    return take_text_row(context, TG_TALLY_USER_AGENT, row);
}

static const char *ask_addresses(const counting_t *c)
{
    return ask_texts(c, TG_SQL_ADDRESS);
}

static int take_address_row(void *context, const tg_clickhouse_row_t *row)
{
    return take_text_row(context, TG_TALLY_ADDRESS, row);
}

static const char *ask_hosts(const counting_t *c)
{
    return ask_texts(c, "host");
}

static int take_host_row(void *context, const tg_clickhouse_row_t *row)
{
    return take_text_row(context, TG_TALLY_HOST, row);
}

static const char *ask_schedules(const counting_t *c)
{
    return ask_texts(c, "schedule");
}

static int take_schedule_row(void *context, const tg_clickhouse_row_t *row)
{
    return take_text_row(context, TG_TALLY_SCHEDULE, row);
}

/* --- what failed --- */

static const char *ask_failed(const counting_t *c)
{
    return apr_psprintf(c->pool,
                        "SELECT client, ja4, host, protocol, cause, count(), "
                        "countIf(verdict = '%s' AND enforced), toUnixTimestamp(min(time)), "
                        "toUnixTimestamp(max(time)) %s AND kind = 'failed' "
                        "GROUP BY client, ja4, host, protocol, cause",
                        tg_action_name(TG_ACTION_REFUSE), tg_sql_records(c->pool, c->question));
}

static int take_failed_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_sum_t sum = sum_in(row, 3);

    tg_tally_fill_failed(c->tally, row->cell[0], row->cell[1], row->cell[2], &sum);
    return 1;
}

/* Who was seen with an address and a JA4: asked only of those with which a handshake failed. */
static const char *ask_seen(const counting_t *c)
{
    return apr_psprintf(
        c->pool,
        "SELECT address, ja4, client %s AND address != '' AND ja4 != '' AND "
        "NOT (length(client) > 3 AND substring(client, 1, 3) = 'ip:') AND (address, " TG_SQL_STEM
        ") IN (SELECT " TG_SQL_WITHOUT_KIND ", " TG_SQL_STEM
        " %s AND kind = 'failed' AND ja4 != '') "
        "GROUP BY address, ja4, client ORDER BY client LIMIT %d BY address, ja4",
        tg_sql_requests(c->pool, c->question), tg_sql_records(c->pool, c->question),
        TG_TALLY_KEPT_MAX);
}

static int take_seen_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;

    tg_tally_fill_seen(c->tally, row->cell[0], row->cell[1], row->cell[2]);
    return 1;
}

/* --- trials --- */

static const char *ask_trials(const counting_t *c)
{
    const tg_trials_t *trials = c->question->counted->trials;

    return trials && trials->rows->nelts > 0
               ? listed_by(c, tg_sql_trials(c->pool, trials), "GROUP BY k")
               : NULL;
}

static int take_trials_row(void *context, const tg_clickhouse_row_t *row)
{
    static const char digits[] = "0123456789abcdef";
    counting_t *c = context;
    const tg_trials_t *trials = c->question->counted->trials;
    const tg_tally_client_t *client = tg_tally_find(c->tally, row->cell[0]);
    int i;

    if ((int)row->cell[1].length != trials->rows->nelts) {
        return 0;
    }
    for (i = 0; client && i < trials->rows->nelts; i++) {
        const char *digit = memchr(digits, row->cell[1].at[i], sizeof(digits) - 1);

        if (!digit) {
            return 0;
        }
        tg_tally_fill_trial(c->tally, client, i, (unsigned)(digit - digits));
    }
    return 1;
}

static const char *ask_presences(const counting_t *c)
{
    return ask_trials(c) ? tg_sql_presences(c->pool, c->question) : NULL;
}

static int take_presence_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_client_t *client = tg_tally_find(c->tally, row->cell[0]);

    if (client) {
        client->presence = number_of_row(row, 1);
    }
    return 1;
}

/* --- all of it --- */

/* In an order: clients before what is known of them. */
static const struct {
    const char *what;
    const char *(*ask)(const counting_t *c); /* NULL: there is nothing to ask */
    tg_clickhouse_take_t *take;
    int cells;
} parts[] = {
    { "its version", ask_functions, take_functions_row, 1 },
    { "sums", ask_sums, take_sums_row, 3 },
    { "damaged lines", ask_damaged, take_damaged_row, 1 },
    { "days", ask_days, take_day_row, 3 },
    { "how many clients", ask_found, take_found_row, 1 },
    { "clients", ask_clients, take_client_row, 7 },
    { "advice", ask_last, take_last_row, 3 },
    { "user agents", ask_agents, take_agent_row, 3 },
    { "addresses", ask_addresses, take_address_row, 3 },
    { "hosts", ask_hosts, take_host_row, 3 },
    { "schedules", ask_schedules, take_schedule_row, 3 },
    { "failed handshakes", ask_failed, take_failed_row, 9 },
    { "whose they are", ask_seen, take_seen_row, 3 },
    { "trials", ask_trials, take_trials_row, 2 },
    { "absences", ask_presences, take_presence_row, 2 },
};

int tg_clickhouse_count(apr_pool_t *pool, tg_clickhouse_t *db, tg_sql_question_t *question,
                        tg_tally_t *tally, tg_clickhouse_sums_t *sums,
                        tg_clickhouse_progress_t *progress, tg_fault_t *fault)
{
    counting_t counting = { pool, question, tally, sums };
    size_t i;

    for (i = 0; i < TG_ROWS(parts); i++) {
        const char *sql = parts[i].ask(&counting);

        progress(parts[i].what, (int)i + 1, (int)TG_ROWS(parts));
        if (sql && !tg_clickhouse_ask(db, sql, parts[i].cells, parts[i].take, &counting, fault)) {
            return 0;
        }
    }
    return 1;
}
