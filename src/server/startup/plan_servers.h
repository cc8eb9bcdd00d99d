/* The part of the plan about servers: what each accepts, and how it knows its clients.
 */
#ifndef TG_SERVER_STARTUP_PLAN_SERVERS_H
#define TG_SERVER_STARTUP_PLAN_SERVERS_H

#include "server/base/conf.h"

#include <jansson.h>

/**
 * Adds `servers`, with their names, and `settings`, each once, however many servers have the same.
 * @param main_server the first of the list
 */
void tg_plan_servers_add(apr_pool_t *pool, const server_rec *main_server, json_t *plan);

/** A text of the configuration, made valid UTF-8; null for NULL. A new reference. */
json_t *tg_plan_servers_text(apr_pool_t *pool, const char *text);

#endif
