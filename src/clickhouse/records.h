/* Requests in ClickHouse, those that are alike as one: for what asks more of them than sums. */
#ifndef TG_CLICKHOUSE_RECORDS_H
#define TG_CLICKHOUSE_RECORDS_H

#include "count.h"

/** What makes two requests alike, beside the client. */
typedef enum {
    TG_CLICKHOUSE_BY_PERIOD,     /**< protocol, schedule, and the TG_HISTORY_PERIOD */
    TG_CLICKHOUSE_BY_CONNECTION, /**< address, host, and what a connection is */
    TG_CLICKHOUSE_BY_PATH,       /**< the same, and the path */
    TG_CLICKHOUSE_ALIKES
} tg_clickhouse_alike_t;

/** Receives @p count records that are alike. @param record the first; @param last when the last was
 * */
typedef void tg_clickhouse_take_alike_t(void *context, const tg_record_t *record, uint64_t count,
                                        tg_instant_t last);

/**
 * Asks for the requests, in the order of time; and how many tests and failed handshakes there are,
 * which are alike.
 * @param question as tg_clickhouse_count() has it
 * @param sums     its member `damaged` is filled
 * @return 1, or 0 with @p fault filled
 */
int tg_clickhouse_records(apr_pool_t *pool, tg_clickhouse_t *db, tg_sql_question_t *question,
                          tg_clickhouse_alike_t alike, tg_clickhouse_take_alike_t *take,
                          void *context, tg_clickhouse_sums_t *sums,
                          tg_clickhouse_progress_t *progress, tg_fault_t *fault);

#endif
