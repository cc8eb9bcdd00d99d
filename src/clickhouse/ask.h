/* A question to ClickHouse over HTTP, and its answer, row by row.
 *
 * The answer is asked for as a line of JSON for each row, and waited for to its end, so that the
 * status tells whether it is whole. No setting is changed: a user that may only read is enough.
 */
#ifndef TG_CLICKHOUSE_ASK_H
#define TG_CLICKHOUSE_ASK_H

#include "clickhouse_url.h"

#include "format/record.h"

/** The most values of a row. */
#define TG_CLICKHOUSE_CELLS_MAX 12

/** A row: its values in the order of the query, valid until the next one. */
typedef struct {
    tg_span_t cell[TG_CLICKHOUSE_CELLS_MAX];
} tg_clickhouse_row_t;

/** Receives a row. @return 0 if it does not have the expected form */
typedef int tg_clickhouse_take_t(void *context, const tg_clickhouse_row_t *row);

/** A database. Used by one thread; lives as long as its pool. */
typedef struct tg_clickhouse_t tg_clickhouse_t;

/**
 * Makes ready for questions; nothing is sent yet.
 * @param password of the environment, or NULL; a password file precedes it
 * @return NULL with @p fault filled
 */
tg_clickhouse_t *tg_clickhouse_open(apr_pool_t *pool, const tg_clickhouse_url_t *url,
                                    const char *password, tg_fault_t *fault);

/**
 * Asks, and gives each row to @p take.
 * @param sql   a SELECT without FORMAT
 * @param cells how many values each row has
 * @return 1, or 0 with @p fault filled
 */
int tg_clickhouse_ask(tg_clickhouse_t *db, const char *sql, int cells, tg_clickhouse_take_t *take,
                      void *context, tg_fault_t *fault);

#endif
