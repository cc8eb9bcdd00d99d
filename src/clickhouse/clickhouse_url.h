/* The address of a table in ClickHouse:
 * clickhouse://[USER@]HOST[:PORT]/DATABASE[/TABLE][?NAME=VALUE[&NAME=VALUE...]]
 *
 * clickhouses:// is the same over TLS. It cannot contain a password, because a command line is
 * public.
 */
#ifndef TG_CLICKHOUSE_CLICKHOUSE_URL_H
#define TG_CLICKHOUSE_CLICKHOUSE_URL_H

#include "base/fault.h"

#include <apr_pools.h>

/** The environment variable with the password. */
#define TG_CLICKHOUSE_VARIABLE "TLSGATE_CLICKHOUSE_PASSWORD"

/** Read-only once parsed. */
typedef struct {
    const char *name;  /**< for messages: the URL without its user and parameters */
    const char *http;  /**< `https://db.example.com:8443/` */
    const char *user;  /**< NULL: ClickHouse's own default */
    const char *table; /**< as SQL has it, with its database */
    const char *database, *table_name;
    const char *ca, *password_file; /**< paths, or NULL */
} tg_clickhouse_url_t;

/** 1 if the text begins as such an address. */
int tg_clickhouse_url_is(const char *text);

/** 1, or 0 with @p fault filled, which quotes nothing that could be a secret. */
int tg_clickhouse_url_parse(apr_pool_t *pool, const char *text, tg_clickhouse_url_t *out,
                            tg_fault_t *fault);

#endif
