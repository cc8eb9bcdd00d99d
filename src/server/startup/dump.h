/* httpd -t -D DUMP_TLSGATE: what the configuration means. */
#ifndef TG_SERVER_STARTUP_DUMP_H
#define TG_SERVER_STARTUP_DUMP_H

#include "format/plan.h"

#include <httpd.h>
#include <jansson.h>

/** test_config: prints the schedules and who uses them, if asked to. */
void tg_dump_test_config(apr_pool_t *pool, server_rec *s);

/**
 * The configured plan as a document: schedules, where they are used, the state file.
 * @return a new reference
 */
json_t *tg_dump_json(apr_pool_t *pool, server_rec *s, tg_instant_t now);

/** The same as far as it decides whom it rejects: schedules, lines, names of servers. Without a
 * state, and valid as long as the configuration and @p pool. */
tg_plan_t tg_dump_plan(apr_pool_t *pool, server_rec *s);

#endif
