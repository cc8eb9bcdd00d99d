/* Which of our pages exist, and where SetHandler names them. */
#ifndef TG_PAGES_H
#define TG_PAGES_H

#include "conf.h"

#include <http_core.h>

/** How the names of all our pages begin. */
#define TG_PAGES_PREFIX "tlsgate-"

typedef enum {
    TG_PAGES_VERIFY,   /**< `tlsgate-verify` */
    TG_PAGES_SCHEDULE, /**< `tlsgate-schedule` */
    TG_PAGES
} tg_pages_t;

/** The page of that name; TG_PAGES if we have none. */
tg_pages_t tg_pages_parse(const char *name);

/**
 * Finds the SetHandler lines of the whole configuration that name our pages.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR after an error was logged
 */
int tg_pages_find(apr_pool_t *pool, server_rec *main_server);

/** The rest of tg_pages_is(), for requests that have a SetHandler line at all. */
int tg_pages_is_handler(const request_rec *r, const ap_expr_info_t *handler);

/** 1 if SetHandler gives this request to one of our pages. */
static inline int tg_pages_is(const request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);

    return core->expr_handler && tg_pages_is_handler(r, core->expr_handler);
}

#endif
