/* Which of our pages exist, and where SetHandler names them. */
#ifndef TG_SERVER_BASE_PAGE_NAMES_H
#define TG_SERVER_BASE_PAGE_NAMES_H

#include "conf.h"

#include <http_core.h>

/** How the names of all our pages begin. */
#define TG_PAGE_PREFIX "tlsgate-"

typedef enum {
    TG_PAGE_VERIFY,   /**< `tlsgate-verify` */
    TG_PAGE_SCHEDULE, /**< `tlsgate-schedule` */
    TG_PAGES
} tg_page_t;

/** The page of that name; TG_PAGES if we have none. */
tg_page_t tg_page_parse(const char *name);

/**
 * Finds the SetHandler lines of the whole configuration that name our pages.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR after an error was logged
 */
int tg_page_find_all(apr_pool_t *pool, server_rec *main_server);

/** The rest of tg_page_is(), for requests that have a SetHandler line at all. */
int tg_page_is_handler(const request_rec *r, const ap_expr_info_t *handler);

/** 1 if SetHandler gives this request to one of our pages. */
static inline int tg_page_is(const request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);

    return core->expr_handler && tg_page_is_handler(r, core->expr_handler);
}

#endif
