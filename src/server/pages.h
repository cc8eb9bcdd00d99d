/* Which of our pages exist, and where SetHandler names them. */
#ifndef TG_PAGES_H
#define TG_PAGES_H

#include "conf.h"

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

/** 1 if SetHandler gives this request to one of our pages. */
int tg_pages_is(const request_rec *r);

#endif
