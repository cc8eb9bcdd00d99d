/* Which of our pages exist, and where SetHandler names them. */
#ifndef TG_SERVER_BASE_PAGE_NAMES_H
#define TG_SERVER_BASE_PAGE_NAMES_H

#include "conf.h"

/** How the names of all our pages begin. */
#define TG_PAGE_PREFIX "tlsgate-"

/** The page of that name; TG_PAGES if we have none. */
tg_page_t tg_page_parse(const char *name);

/**
 * Finds the SetHandler lines of the whole configuration that name our pages.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR after an error was logged
 */
int tg_page_find_all(apr_pool_t *pool, server_rec *main_server);

/**
 * The host that was asked, for pages to show: as the client names it, unless it has characters that
 * no name has, which HttpProtocolOptions can let in; else as the server is called.
 */
const char *tg_page_host(const request_rec *r);

/**
 * Where a page is on the host that was asked, as a URL; NULL if no <Location> of that server has it
 * at a path that is written out. In r->pool.
 */
const char *tg_page_url(request_rec *r, tg_page_t page);

/** SetHandler, which httpd hands to us as well as to its core: notes the page that it names. */
const char *tg_page_set_handler(cmd_parms *cmd, void *dir, const char *handler);

/** The page that SetHandler gives this request to; TG_PAGES if it is not one of ours. */
static inline tg_page_t tg_page_of(const request_rec *r)
{
    const tg_dir_conf_t *conf = ap_get_module_config(r->per_dir_config, &tlsgate_module);

    return conf ? conf->page : TG_PAGES;
}

#endif
