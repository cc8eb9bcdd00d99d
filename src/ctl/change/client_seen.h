/* Whether a client is in the log: of the end of each log, so that it takes no time. */
#ifndef TG_CTL_CHANGE_CLIENT_SEEN_H
#define TG_CTL_CHANGE_CLIENT_SEEN_H

#include <apr_tables.h>

/** What the logs that were looked at have. Lives in the pool that it was made from. */
typedef struct {
    const char *client;
    const char *quoted;       /**< as the log has it */
    apr_array_header_t *logs; /**< of const char *: their names */
    unsigned long lines;      /**< how many were looked at */
    int is_found;
    const char *other; /**< a client that differs only in upper and lower case; or NULL */
} tg_ctl_seen_t;

tg_ctl_seen_t tg_ctl_seen_open(apr_pool_t *pool, const char *client);

/**
 * Looks into one log, once.
 * @param log a file; nothing happens if it is NULL, a program, or cannot be read
 */
void tg_ctl_seen_look(tg_ctl_seen_t *seen, const char *log);

/** That it was not found, for people, with what to do. */
const char *tg_ctl_seen_text(apr_pool_t *pool, const tg_ctl_seen_t *seen);

#endif
