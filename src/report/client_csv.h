/* Clients that still use what is deprecated, as comma-separated values: the same columns, whoever
 * knows of them. */
#ifndef TG_REPORT_CLIENT_CSV_H
#define TG_REPORT_CLIENT_CSV_H

#include "base/instant.h"

#include <apr_pools.h>

/** The first line, without its end. */
extern const char tg_client_csv_header[];

/** One of them. Texts: as they are; NULL: not known. Several are joined with `; `. */
typedef struct {
    const char *client;
    uint64_t count;
    tg_instant_t first_seen, last_seen;
    const char *protocols, *causes, *user_agents, *addresses, *hosts, *advice;
    tg_instant_t breaks_at; /**< TG_NEVER: no date is known */
    tg_instant_t moved_at;  /**< TG_NEVER: it has not */
    int moved_probably;     /**< another client may have come from its address then */
    const char *probable;   /**< failed handshakes that are probably of it */
} tg_client_csv_t;

/** A line without its end, in @p pool. */
const char *tg_client_csv_line(apr_pool_t *pool, const tg_client_csv_t *row);

#endif
