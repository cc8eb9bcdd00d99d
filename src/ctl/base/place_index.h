/* A plan made ready for many questions about its places: for place.c and place_possible.c. */
#ifndef TG_CTL_BASE_PLACE_INDEX_H
#define TG_CTL_BASE_PLACE_INDEX_H

#include "place.h"

#include <apr_hash.h>

struct tg_ctl_place_index_t {
    const tg_plan_t *plan;
    apr_hash_t *settings;  /**< of servers, by name */
    apr_hash_t *lines;     /**< of servers themselves, by name */
    apr_hash_t *locations; /**< of const tg_plan_scope_t *, in the order of the plan, by server */
    apr_hash_t *regexes;   /**< of them: those with a regular expression */
    const tg_plan_settings_t *unknown;
    const apr_array_header_t *none;
    apr_hash_t *hosts; /**< by host that was asked about: an array of const tg_plan_server_t * */
};

/** What httpd does for that server. */
const tg_plan_settings_t *tg_ctl_place_settings(const tg_ctl_place_index_t *index,
                                                const char *server);

/** The lines of a server itself; empty if it has none. Of const tg_binding_t *. */
const apr_array_header_t *tg_ctl_place_bindings(const tg_ctl_place_index_t *index,
                                                const char *server);

/** Adds a place where that line applies. */
void tg_ctl_place_add(apr_array_header_t *places, const tg_ctl_place_index_t *index,
                      const char *server, const tg_plan_scope_t *line);

/** 1 if that server answers to a host, with a port or without. */
int tg_ctl_place_is_meant(apr_pool_t *pool, const tg_plan_server_t *server, const char *host);

#endif
