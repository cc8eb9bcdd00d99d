/* Whether a table, and the view that fills it, are those of this version:
 * conf/clickhouse/tlsgate.sql. */
#ifndef TG_CLICKHOUSE_SCHEMA_H
#define TG_CLICKHOUSE_SCHEMA_H

#include "ask.h"

/**
 * The name of the view after that of the table. Its number grows with each change of what it
 * reads.
 */
#define TG_CLICKHOUSE_VIEW "_reading"
#define TG_CLICKHOUSE_VIEW_VERSION 2

/** What was found. All zero: nothing is known. */
typedef struct {
    const char *missing; /**< a column that the table lacks, with its type; or NULL */
    const char *older;   /**< a view of an older version; or NULL */
    int is_current;      /**< there is one of this version, or of a newer one */
} tg_clickhouse_schema_t;

/** Finds out; what the user may not see stays unknown. 1, or 0 with @p fault filled. */
int tg_clickhouse_schema(apr_pool_t *pool, tg_clickhouse_t *db, const tg_clickhouse_url_t *url,
                         tg_clickhouse_schema_t *schema, tg_fault_t *fault);

/** What is wrong with it and what to run, in @p pool; NULL: nothing. */
const char *tg_clickhouse_schema_advice(apr_pool_t *pool, const tg_clickhouse_url_t *url,
                                        const tg_clickhouse_schema_t *schema);

#endif
