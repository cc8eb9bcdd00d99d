/* Requests in ClickHouse, those that are alike as one: see records.h. */
#include "records.h"

#include "row.h"

#include "base/rows.h"
#include "ledger/ledger_history.h"

#include <apr_strings.h>

/* What is read while the database answers. */
typedef struct {
    tg_clickhouse_take_alike_t *take;
    void *context;
    tg_clickhouse_sums_t *sums;
} alike_reading_t;

static tg_instant_t instant_in(const tg_clickhouse_row_t *row, int cell)
{
    return (tg_instant_t)tg_clickhouse_number(row->cell[cell]);
}

/* --- other kinds --- */

static const char *ask_kinds(apr_pool_t *pool, const tg_sql_question_t *question)
{
    return apr_pstrcat(pool,
                       "SELECT kind, count() AS n, toUnixTimestamp(min(time)) AS a, "
                       "toUnixTimestamp(max(time)) AS z ",
                       tg_sql_records(pool, question, NULL), " GROUP BY kind", NULL);
}

static int take_kind_row(void *context, const tg_clickhouse_row_t *row)
{
    const alike_reading_t *r = context;
    tg_record_t record = { .time = instant_in(row, 2),
                           .is_failed = tg_clickhouse_is(row->cell[0], TG_SQL_FAILED),
                           .is_test = tg_clickhouse_is(row->cell[0], TG_SQL_TEST) };
    uint64_t count = tg_clickhouse_number(row->cell[1]);

    if (tg_clickhouse_is(row->cell[0], TG_SQL_DAMAGED)) {
        r->sums->damaged = count;
    }
    else if (record.is_failed || record.is_test) {
        r->take(r->context, &record, count, instant_in(row, 3));
    }
    return record.is_failed || record.is_test || tg_clickhouse_is(row->cell[0], TG_SQL_REQUEST) ||
           tg_clickhouse_is(row->cell[0], TG_SQL_DAMAGED);
}

/* --- requests --- */

/* The columns of a row; what makes no difference is empty. */
static const struct {
    const char *columns, *by;
} alike_rows[] = {
    { "client AS c1, '' AS c2, '' AS c3, '' AS c4, protocol AS c5, '' AS c6, '' AS c7, "
      "schedule AS c8, '' AS c9",
      ", intDiv(toUnixTimestamp(time), " APR_STRINGIFY(TG_HISTORY_PERIOD) ")" },
    { "client AS c1, address AS c2, host AS c3, '' AS c4, protocol AS c5, cipher AS c6, "
      "curve AS c7, schedule AS c8, cause AS c9",
      "" },
    { "client AS c1, address AS c2, host AS c3, path AS c4, protocol AS c5, cipher AS c6, "
      "curve AS c7, schedule AS c8, cause AS c9",
      "" },
};
TG_ROWS_ARE(alike_rows, TG_CLICKHOUSE_ALIKES);

static const char *ask_alike(apr_pool_t *pool, const tg_sql_question_t *question,
                             tg_clickhouse_alike_t alike)
{
    return apr_psprintf(pool,
                        "SELECT %s, count() AS n, toUnixTimestamp(min(time)) AS a, "
                        "toUnixTimestamp(max(time)) AS z %s "
                        "GROUP BY c1, c2, c3, c4, c5, c6, c7, c8, c9%s ORDER BY a, min(position)",
                        alike_rows[alike].columns, tg_sql_listed(pool, question),
                        alike_rows[alike].by);
}

static int take_alike_row(void *context, const tg_clickhouse_row_t *row)
{
    const alike_reading_t *r = context;
    const tg_record_t record = { .time = instant_in(row, 10),
                                 .client = row->cell[0],
                                 .address = row->cell[1],
                                 .host = row->cell[2],
                                 .path = row->cell[3],
                                 .protocol = tg_clickhouse_protocol(row->cell[4]),
                                 .cipher = row->cell[5],
                                 .group = row->cell[6],
                                 .schedule = row->cell[7],
                                 .cause = tg_clickhouse_cause(row->cell[8]) };

    r->take(r->context, &record, tg_clickhouse_number(row->cell[9]), instant_in(row, 11));
    return 1;
}

/* --- all of it --- */

int tg_clickhouse_records(apr_pool_t *pool, tg_clickhouse_t *db, tg_sql_question_t *question,
                          tg_clickhouse_alike_t alike, tg_clickhouse_take_alike_t *take,
                          void *context, tg_clickhouse_sums_t *sums,
                          tg_clickhouse_progress_t *progress, tg_fault_t *fault)
{
    alike_reading_t reading = { take, context, sums };

    progress("its version", 1, 3);
    if (!tg_clickhouse_version(db, question, fault)) {
        return 0;
    }
    progress("sums", 2, 3);
    if (!tg_clickhouse_ask(db, ask_kinds(pool, question), 4, take_kind_row, &reading, fault)) {
        return 0;
    }
    progress("requests", 3, 3);
    return tg_clickhouse_ask(db, ask_alike(pool, question, alike), 12, take_alike_row, &reading,
                             fault);
}
