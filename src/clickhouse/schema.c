/* Whether a table is that of this version: see schema.h. */
#include "schema.h"

#include "row.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for. */
static const struct {
    const char *name, *type;
} columns[] = {
    { "time", "DateTime('UTC')" }, { "kind", "String" },       { "client", "String" },
    { "address", "String" },       { "user_agent", "String" }, { "host", "String" },
    { "path", "String" },          { "protocol", "String" },   { "cipher", "String" },
    { "curve", "String" },         { "ja4", "String" },        { "cause", "String" },
    { "advice", "String" },        { "schedule", "String" },   { "verdict", "String" },
    { "enforced", "UInt8" },       { "by_hand", "String" },    { "position", "UInt64" },
};

/* What is found while the database answers. */
typedef struct {
    apr_pool_t *pool;
    const tg_clickhouse_url_t *url;
    tg_clickhouse_schema_t *schema;
    int has[TG_ROWS(columns)], has_any;
} schema_reading_t;

static int take_column_row(void *context, const tg_clickhouse_row_t *row)
{
    schema_reading_t *r = context;
    size_t i;

    r->has_any = 1;
    for (i = 0; i < TG_ROWS(columns); i++) {
        r->has[i] |= tg_clickhouse_is(row->cell[0], columns[i].name);
    }
    return 1;
}

static int take_view_row(void *context, const tg_clickhouse_row_t *row)
{
    schema_reading_t *r = context;
    const char *name = apr_pstrmemdup(r->pool, row->cell[0].at, row->cell[0].length);
    size_t length = strlen(r->url->table_name) + sizeof(TG_CLICKHOUSE_VIEW) - 1;
    long version = strlen(name) > length + 1 ? strtol(name + length + 1, NULL, 10) : 1;

    if (version >= TG_CLICKHOUSE_VIEW_VERSION) {
        r->schema->is_current = 1;
    }
    else {
        r->schema->older = name;
    }
    return 1;
}

/* Names have letters, digits and underscores, so they are a pattern as they are. */
int tg_clickhouse_schema(apr_pool_t *pool, tg_clickhouse_t *db, const tg_clickhouse_url_t *url,
                         tg_clickhouse_schema_t *schema, tg_fault_t *fault)
{
    schema_reading_t reading = { .pool = pool, .url = url, .schema = schema };
    size_t i;

    *schema = (tg_clickhouse_schema_t){ 0 };
    if (!tg_clickhouse_ask(db,
                           apr_psprintf(pool,
                                        "SELECT name FROM system.columns WHERE database = '%s' AND "
                                        "table = '%s'",
                                        url->database, url->table_name),
                           1, take_column_row, &reading, fault) ||
        !tg_clickhouse_ask(db,
                           apr_psprintf(pool,
                                        "SELECT name FROM system.tables WHERE database = '%s' AND "
                                        "match(name, '^%s" TG_CLICKHOUSE_VIEW "(_[0-9]+)?$')",
                                        url->database, url->table_name),
                           1, take_view_row, &reading, fault)) {
        return 0;
    }
    for (i = 0; i < TG_ROWS(columns) && reading.has_any && !schema->missing; i++) {
        schema->missing =
            reading.has[i] ? NULL : apr_pstrcat(pool, columns[i].name, " ", columns[i].type, NULL);
    }
    return 1;
}

const char *tg_clickhouse_schema_advice(apr_pool_t *pool, const tg_clickhouse_url_t *url,
                                        const tg_clickhouse_schema_t *schema)
{
    if (schema->older && schema->is_current) {
        return apr_psprintf(pool,
                            "%s is the view of an older version, beside that of this one: rows "
                            "that arrived since are counted twice; run: DROP TABLE %s.%s",
                            schema->older, url->database, schema->older);
    }
    if (schema->older) {
        return apr_psprintf(
            pool,
            "%s is the view of an older version, which misses some fields of new "
            "lines; run: clickhouse-client --database %s --multiquery <tlsgate.sql, "
            "with conf/clickhouse/tlsgate.sql of this version; the guide for operators "
            "has the same with curl",
            schema->older, url->database);
    }
    return NULL;
}
