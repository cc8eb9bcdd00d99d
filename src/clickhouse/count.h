/* A report from ClickHouse: the database counts, and its sums fill a tally. */
#ifndef TG_CLICKHOUSE_COUNT_H
#define TG_CLICKHOUSE_COUNT_H

#include "ask.h"
#include "sql.h"

/** Numbers that a tally does not have. */
typedef struct {
    uint64_t damaged;  /**< lines that came in the time that is asked for */
    uint64_t clients;  /**< all of them, also those that `top` leaves out; 0: it leaves out none */
    uint64_t failures; /**< the same for lists of failed handshakes */
} tg_clickhouse_sums_t;

/** Called before each question. @param what is asked for. @param number of the question, from 1 */
typedef void tg_clickhouse_progress_t(const char *what, int number, int of);

/**
 * Finds out what the database knows, for the member `has_or_default`. 1, or 0 with @p fault
 * filled.
 */
int tg_clickhouse_version(tg_clickhouse_t *db, tg_sql_question_t *question, tg_fault_t *fault);

/**
 * Asks for all that a report has, and fills the tally.
 * @param question its members `has_or_default` and `names` are filled here
 * @return 1, or 0 with @p fault filled
 */
int tg_clickhouse_count(apr_pool_t *pool, tg_clickhouse_t *db, tg_sql_question_t *question,
                        tg_tally_t *tally, tg_clickhouse_sums_t *sums,
                        tg_clickhouse_progress_t *progress, tg_fault_t *fault);

#endif
