/* What a report asks for, in the SQL of ClickHouse, as far as version 18.16 knows it. */
#ifndef TG_CLICKHOUSE_SQL_H
#define TG_CLICKHOUSE_SQL_H

#include "tally/tally.h"

#include <apr_tables.h>

/** What is asked of which table. Read-only. */
typedef struct {
    const char *table; /**< as SQL has it */
    const tg_tally_options_t *counted;
    const apr_array_header_t *excluded; /**< of tg_network_t */
    const char *client;                 /**< only that one, by its name in the log; NULL: all */
    uint32_t top;                       /**< how many clients, those with most requests; 0: all */
    uint32_t failed_top;                /**< only the longest lists of failed handshakes; 0: all */
    const char *names;  /**< of these, in quotes; NULL: not asked for, or too many */
    int has_or_default; /**< ClickHouse has functions that accept an invalid address */
} tg_sql_question_t;

/** A text of SQL in quotes, whatever it holds. In @p pool. */
const char *tg_sql_text(apr_pool_t *pool, const char *text);

/** What a record is counted under, as tg_tally_key() has it. In @p pool. */
const char *tg_sql_key(apr_pool_t *pool, tg_tally_group_t group);

/** Kinds of records. */
#define TG_SQL_REQUEST "request"
#define TG_SQL_FAILED "failed"
#define TG_SQL_TEST "test"
#define TG_SQL_DAMAGED "damaged"

/** What follows the table in tg_sql_records(): `WHERE ...`. */
const char *tg_sql_where(apr_pool_t *pool, const tg_sql_question_t *question, const char *kind);

/**
 * `FROM table WHERE ...`: records in the time that is asked for, of no excluded network. Damaged
 * lines have no network.
 * @param kind NULL: of all kinds
 */
const char *tg_sql_records(apr_pool_t *pool, const tg_sql_question_t *question, const char *kind);

/** The same of the requests of customers; with --top and --client only of those that are listed. */
const char *tg_sql_listed(apr_pool_t *pool, const tg_sql_question_t *question);

/** The clients with most requests, as rows of their names and of how many there are in all. */
const char *tg_sql_top(apr_pool_t *pool, const tg_sql_question_t *question);

/** Rows of what the clients came with: key, kind, text, count, first, last, rejected. In
 * @p pool. */
const char *tg_sql_came_with(apr_pool_t *pool, const tg_sql_question_t *question);

/** The kinds of such rows beside those of tg_tally_kind_t. */
enum { TG_SQL_ADVICE = TG_TALLY_KINDS, TG_SQL_JA4, TG_SQL_KINDS };

/** Rows of handshakes that failed: how many lists there are, then what each has; with
 * --top those of the longest lists, and those that may be of the clients that are listed. */
const char *tg_sql_failed(apr_pool_t *pool, const tg_sql_question_t *question);

/** Rows of an address and a JA4 of failed handshakes, and a client that was seen with both. */
const char *tg_sql_seen(apr_pool_t *pool, const tg_sql_question_t *question);

/**
 * Rows of a client, what tg_trials_seen() tells of it as a hexadecimal digit for each trial, and
 * its slots of time as tg_presence_note() has them.
 * @param range seconds between the first and the last record of all
 */
const char *tg_sql_trials(apr_pool_t *pool, const tg_sql_question_t *question, int64_t range);

/**
 * Rows of the place of a trial, and what its records tell, as tg_trials_told_t has it: when
 * somebody was served first and last because of TlsGateGuard, the same of a suspend, and when
 * somebody was rejected last. 0: never.
 */
const char *tg_sql_told(apr_pool_t *pool, const tg_sql_question_t *question);

/** A JA4 in that column as tg_tally_ja4_stem() has it, and a client as tg_tally_without_kind(). */
#define TG_SQL_STEM                                                                                \
    "if(length(ja4) = 36 AND substring(ja4, 11, 1) = '_' AND substring(ja4, 24, 1) = '_', "        \
    "concat(substring(ja4, 1, 6), substring(ja4, 9, 15)), ja4)"
#define TG_SQL_WITHOUT_KIND                                                                        \
    "if(length(client) > 3 AND substring(client, 1, 3) = 'ip:', substring(client, 4), client)"

/** The address of a record, as tg_tally_address() has it. */
#define TG_SQL_ADDRESS                                                                             \
    "if(address != '', address, if(substring(client, 1, 3) = 'ip:', substring(client, 4), ''))"

#endif
