/* What a report asks for, in the SQL of ClickHouse, as far as version 18.16 knows it. */
#ifndef TG_CLICKHOUSE_SQL_H
#define TG_CLICKHOUSE_SQL_H

#include "report/tally.h"

#include <apr_tables.h>

/** What is asked of which table. Read-only. */
typedef struct {
    const char *table; /**< as SQL has it */
    const tg_tally_options_t *counted;
    const apr_array_header_t *excluded; /**< of tg_network_t */
    const char *client;                 /**< only that one, by its name in the log; NULL: all */
    uint32_t top;                       /**< only the clients with most requests, so many; 0: all */
    int has_or_default; /**< ClickHouse has functions that take an address that is none */
} tg_sql_question_t;

/** A text of SQL in quotes, whatever it holds. In @p pool. */
const char *tg_sql_text(apr_pool_t *pool, const char *text);

/** What a record is counted under, as tg_tally_key() has it. In @p pool. */
const char *tg_sql_key(apr_pool_t *pool, tg_tally_group_t group);

/** `FROM table WHERE ...`: records in the time that is asked for, of no excluded network. */
const char *tg_sql_records(apr_pool_t *pool, const tg_sql_question_t *question);

/** The same of damaged lines, which have no network. */
const char *tg_sql_damaged(apr_pool_t *pool, const tg_sql_question_t *question);

/** The same of the requests of customers; and with --top only of the clients that are listed. */
const char *tg_sql_requests(apr_pool_t *pool, const tg_sql_question_t *question);
const char *tg_sql_listed(apr_pool_t *pool, const tg_sql_question_t *question);

/** The greatest of a text by its time and then by itself, where it is not empty: eleven digits, the
 * time and TG_SQL_LATER, and the text. In @p pool. */
const char *tg_sql_last(apr_pool_t *pool, const char *column);
#define TG_SQL_LATER 10000000000

/** The slots of time of each client, as tg_presence_note() has them. In @p pool. */
const char *tg_sql_presences(apr_pool_t *pool, const tg_sql_question_t *question);

/** What tg_trials_seen() tells of a client: a hexadecimal digit for each trial. */
const char *tg_sql_trials(apr_pool_t *pool, const tg_trials_t *trials);

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
