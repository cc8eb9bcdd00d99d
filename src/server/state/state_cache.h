/* Live state: what ops changed while httpd runs, from the file that TlsGateState names. The last
 * good document lives in shared memory with a generation, as an image that is looked into where it
 * lies. One process reads the file, children that are forked later inherit it, and no process ever
 * sees half a document. The file is checked every second (state_watch.h), and for a deprecated
 * connection or one of our pages, at most once a second; a request never fails or waits because of
 * it. */
#ifndef TG_SERVER_STATE_STATE_CACHE_H
#define TG_SERVER_STATE_STATE_CACHE_H

#include "policy/override.h"
#include "server/base/conf.h"

/** check_config: warns in `httpd -t` of a directory in which no state file could be used. */
int tg_state_cache_check(server_rec *s);

/** post_config, before anything that asks for overrides: reads the file for the first time,
 * while httpd still is root. */
int tg_state_cache_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                               server_rec *s);

/** child_init: what each child needs of its own. */
void tg_state_cache_child_init(apr_pool_t *pchild, server_rec *s);

/**
 * The overrides in force, with the trials that TlsGateGuard stopped, and the exemptions of one
 * client; NULL if there are no overrides. They stay as they are until @p pool is cleared.
 * @param s any server
 * @param client  `kind:value`, or NULL
 * @param address of the client, or NULL
 */
const tg_override_set_t *tg_state_cache_overrides(server_rec *s, apr_pool_t *pool,
                                                  const char *client,
                                                  const apr_sockaddr_t *address);

/** The same without exemptions, and without a check of the file: for the parent, which serves no
 * request. */
const tg_override_set_t *tg_state_cache_known(server_rec *s, apr_pool_t *pool);

/** 1 if the last look found a file that is refused, or no longer found one. */
int tg_state_cache_is_refused(void);

/** When the file was changed, as the last look found it; TG_NEVER: there was none. */
tg_instant_t tg_state_cache_changed(void);

/** Looks at the file, unless that was done in this second. */
void tg_state_cache_look(server_rec *s, apr_pool_t *pool);

/** 1 if the file was not looked at in this second, by a clock that is cheap to read. */
int tg_state_cache_is_due(void);

#endif
