/* A report from ClickHouse: see count.h. A question for each part of the report, in a table: each
 * asks for sums and not for records, and its rows fill one part of the tally.
 */
#include "count.h"

#include "row.h"

#include "base/buffer.h"
#include "base/rows.h"
#include "tally/tally_fill.h"

#include <apr_strings.h>
#include <string.h>

/* What is counted while the database answers. */
typedef struct {
    apr_pool_t *pool;
    tg_sql_question_t *question;
    tg_tally_t *tally;
    tg_clickhouse_sums_t *sums;
    tg_instant_t first, last; /* of all requests */
    tg_buffer_t names;        /* of the clients that are listed, as SQL has them */
} counting_t;

/* --- what version it is --- */

static int take_functions_row(void *context, const tg_clickhouse_row_t *row)
{
    tg_sql_question_t *question = context;

    question->has_or_default = tg_clickhouse_number(row->cell[0]) > 0;
    return 1;
}

int tg_clickhouse_version(tg_clickhouse_t *db, tg_sql_question_t *question, tg_fault_t *fault)
{
    return tg_clickhouse_ask(
        db, "SELECT count() AS n FROM system.functions WHERE name = 'IPv6StringToNumOrDefault'", 1,
        take_functions_row, question, fault);
}

/* --- sums --- */

static const char *ask_sums(const counting_t *c)
{
    return apr_pstrcat(c->pool,
                       "SELECT kind, intDiv(toUnixTimestamp(time), 86400) AS d, protocol, "
                       "count() AS n, toUnixTimestamp(min(time)) AS a, "
                       "toUnixTimestamp(max(time)) AS z ",
                       tg_sql_records(c->pool, c->question, NULL), " GROUP BY kind, d, protocol",
                       NULL);
}

/* What else is asked about requests. */
static void take_day(counting_t *c, const tg_clickhouse_row_t *row, uint64_t count)
{
    tg_instant_t first = (tg_instant_t)tg_clickhouse_number(row->cell[4]);
    tg_instant_t last = (tg_instant_t)tg_clickhouse_number(row->cell[5]);

    tg_tally_fill_day(c->tally, (int64_t)tg_clickhouse_number(row->cell[1]),
                      tg_clickhouse_protocol(row->cell[2]), count);
    c->first = first < c->first ? first : c->first;
    c->last = last > c->last ? last : c->last;
}

static int take_sums_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_sums_t *sums = tg_tally_fill_sums(c->tally);
    const struct {
        const char *kind;
        uint64_t *sum;
    } kinds[] = {
        { TG_SQL_REQUEST, &sums->requests },
        { TG_SQL_FAILED, &sums->failed },
        { TG_SQL_TEST, &sums->tests },
        { TG_SQL_DAMAGED, &c->sums->damaged },
    };
    uint64_t count = tg_clickhouse_number(row->cell[3]);
    tg_instant_t latest = (tg_instant_t)tg_clickhouse_number(row->cell[5]);
    size_t i;

    for (i = 0; i < TG_ROWS(kinds) && !tg_clickhouse_is(row->cell[0], kinds[i].kind); i++) {
    }
    if (i == TG_ROWS(kinds)) {
        return 0;
    }
    *kinds[i].sum += count;
    if (kinds[i].sum == &c->sums->damaged) {
        return 1;
    }
    sums->records += count;
    sums->latest = latest > sums->latest ? latest : sums->latest;
    if (kinds[i].sum == &sums->requests) {
        take_day(c, row, count);
    }
    return 1;
}

/* --- clients --- */

/* Of names in a question: ClickHouse reads 262,144 bytes of one, and a name may be there several
 * times. */
#define NAMES_LENGTH_MAX 32768

static const char *ask_top(const counting_t *c)
{
    return c->question->top ? tg_sql_top(c->pool, c->question) : NULL;
}

/* Names by which the rest is asked for, unless they are too many; then it is asked who they are
 * each time. */
static int take_top_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    const char *name =
        tg_sql_text(c->pool, apr_pstrmemdup(c->pool, row->cell[1].at, row->cell[1].length));
    const char *text = apr_pstrcat(c->pool, c->names.length ? ", " : "", name, NULL);

    c->sums->clients = tg_clickhouse_number(row->cell[0]);
    if (!tg_buffer_append(&c->names, text, strlen(text))) {
        c->names.most = 0;
    }
    c->question->names = c->names.most ? c->names.text : NULL;
    return 1;
}

static const char *ask_clients(const counting_t *c)
{
    return tg_sql_came_with(c->pool, c->question);
}

/* The protocol and the cause, with a blank between. */
static int take_way(const counting_t *c, tg_span_t client, tg_tally_sum_t *sum, tg_span_t way)
{
    const char *blank = memchr(way.at, ' ', way.length);
    uint32_t length = blank ? (uint32_t)(blank - way.at) : 0;

    if (!blank) {
        return 0;
    }
    sum->protocol = tg_clickhouse_protocol((tg_span_t){ way.at, length });
    sum->cause = tg_clickhouse_cause((tg_span_t){ blank + 1, way.length - length - 1 });
    tg_tally_fill_client(c->tally, client, sum);
    return 1;
}

static void take_kind_text(const counting_t *c, tg_span_t client, uint64_t kind, tg_span_t text,
                           tg_instant_t last)
{
    static const tg_span_t none;
    tg_tally_client_t *found = tg_tally_find(c->tally, client);

    if (!found) {
        return;
    }
    if (kind < TG_TALLY_KINDS) {
        tg_tally_fill_text(c->tally, found, (tg_tally_kind_t)kind, text, last);
    }
    else if (kind == TG_SQL_ADVICE) {
        tg_tally_fill_last(c->tally, found, text, last, none, 0);
    }
    else {
        tg_tally_fill_last(c->tally, found, none, 0, text, last);
    }
}

static int take_client_row(void *context, const tg_clickhouse_row_t *row)
{
    const counting_t *c = context;
    uint64_t kind = tg_clickhouse_number(row->cell[1]);
    tg_tally_sum_t sum = { .count = tg_clickhouse_number(row->cell[3]),
                           .first = (tg_instant_t)tg_clickhouse_number(row->cell[4]),
                           .last = (tg_instant_t)tg_clickhouse_number(row->cell[5]),
                           .refused = tg_clickhouse_number(row->cell[6]) };

    if (kind == TG_TALLY_WAY) {
        return take_way(c, row->cell[0], &sum, row->cell[2]);
    }
    take_kind_text(c, row->cell[0], kind, row->cell[2], sum.last);
    return kind < TG_SQL_KINDS;
}

/* --- what failed --- */

static const char *ask_failed(const counting_t *c)
{
    return tg_sql_failed(c->pool, c->question);
}

static int take_failed_row(void *context, const tg_clickhouse_row_t *row)
{
    counting_t *c = context;
    tg_tally_sum_t sum = { .protocol = tg_clickhouse_protocol(row->cell[4]),
                           .cause = tg_clickhouse_cause(row->cell[5]),
                           .count = tg_clickhouse_number(row->cell[6]),
                           .refused = tg_clickhouse_number(row->cell[7]),
                           .first = (tg_instant_t)tg_clickhouse_number(row->cell[8]),
                           .last = (tg_instant_t)tg_clickhouse_number(row->cell[9]) };

    c->sums->failures = tg_clickhouse_number(row->cell[0]);
    tg_tally_fill_failed(c->tally, row->cell[1], row->cell[2], row->cell[3], &sum);
    return 1;
}

static const char *ask_seen(const counting_t *c)
{
    return tg_tally_failures(c->tally) ? tg_sql_seen(c->pool, c->question) : NULL;
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

    return trials && trials->rows->nelts > 0 && c->last >= c->first
               ? tg_sql_trials(c->pool, c->question, c->last - c->first)
               : NULL;
}

static int take_trials_row(void *context, const tg_clickhouse_row_t *row)
{
    static const char digits[] = "0123456789abcdef";
    counting_t *c = context;
    const tg_trials_t *trials = c->question->counted->trials;
    tg_tally_client_t *client = tg_tally_find(c->tally, row->cell[0]);
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
    if (client) {
        client->presence = tg_clickhouse_number(row->cell[2]);
    }
    return 1;
}

static const char *ask_told(const counting_t *c)
{
    return ask_trials(c) ? tg_sql_told(c->pool, c->question) : NULL;
}

static tg_instant_t instant_or_never_was(tg_span_t cell)
{
    const uint64_t seconds = tg_clickhouse_number(cell);

    return seconds ? (tg_instant_t)seconds : TG_ALWAYS;
}

static void take_served(const tg_span_t cell[2], tg_trials_served_t *served)
{
    const tg_instant_t first = instant_or_never_was(cell[0]);

    *served = (tg_trials_served_t){ first == TG_ALWAYS ? TG_NEVER : first,
                                    instant_or_never_was(cell[1]) };
}

static int take_told_row(void *context, const tg_clickhouse_row_t *row)
{
    const counting_t *c = context;
    const apr_array_header_t *rows = c->question->counted->trials->rows;
    uint64_t i = tg_clickhouse_number(row->cell[0]);
    tg_trials_told_t told = TG_TRIALS_UNTOLD;

    if (i >= (uint64_t)rows->nelts) {
        return 0;
    }
    take_served(&row->cell[1], &told.guard);
    take_served(&row->cell[3], &told.suspend);
    told.rejected_last = instant_or_never_was(row->cell[5]);
    tg_trials_tell(&APR_ARRAY_IDX(rows, (int)i, tg_trials_row_t), &told);
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
    { "sums", ask_sums, take_sums_row, 6 },
    { "who has most requests", ask_top, take_top_row, 2 },
    { "clients", ask_clients, take_client_row, 7 },
    { "failed handshakes", ask_failed, take_failed_row, 10 },
    { "whose they are", ask_seen, take_seen_row, 3 },
    { "trials", ask_trials, take_trials_row, 3 },
    { "how the trials went", ask_told, take_told_row, 6 },
};

int tg_clickhouse_count(apr_pool_t *pool, tg_clickhouse_t *db, tg_sql_question_t *question,
                        tg_tally_t *tally, tg_clickhouse_sums_t *sums,
                        tg_clickhouse_progress_t *progress, tg_fault_t *fault)
{
    counting_t counting = {
        pool, question, tally, sums, TG_NEVER, TG_ALWAYS, { .pool = pool, .most = NAMES_LENGTH_MAX }
    };
    size_t i;

    progress("its version", 1, (int)TG_ROWS(parts) + 1);
    if (!tg_clickhouse_version(db, question, fault)) {
        return 0;
    }
    for (i = 0; i < TG_ROWS(parts); i++) {
        const char *sql = parts[i].ask(&counting);

        progress(parts[i].what, (int)i + 2, (int)TG_ROWS(parts) + 1);
        if (sql && !tg_clickhouse_ask(db, sql, parts[i].cells, parts[i].take, &counting, fault)) {
            return 0;
        }
    }
    return 1;
}
