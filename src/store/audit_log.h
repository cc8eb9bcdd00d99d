/* Reading the audit: its lines, put together as changes. */
#ifndef TG_STORE_AUDIT_LOG_H
#define TG_STORE_AUDIT_LOG_H

#include "audit.h"

#include <apr_hash.h>

/** One change, as its lines tell it. Lives in the pool of the log. */
typedef struct {
    const char *id; /**< NULL: the lines have none */
    tg_instant_t time;
    const char *by, *command, *reason;
    const char *undoes;        /**< the id of another change, or NULL */
    const char *store;         /**< the store that it came from to this machine, or NULL */
    const char *outcome;       /**< TG_AUDIT_BEGUN: how it ended is not known */
    const json_t *acts;        /**< of texts: who was known to act on it; NULL: not waited for */
    const json_t *pending;     /**< of texts: who was known not to, and why; or NULL */
    apr_array_header_t *edits; /**< of tg_state_edit_t; the schedule may be NULL */
    int ended;                 /* how many of them the lines of its end have had */
} tg_audit_change_t;

/** What was read. The pool that it was made with owns it. */
typedef struct {
    apr_pool_t *pool;
    apr_array_header_t *changes; /**< of tg_audit_change_t *, in the order of their first lines */
    apr_array_header_t *damaged; /**< of const char *: the place of each line that is no audit */
    apr_hash_t *latest;          /* the last change of each key */
} tg_audit_log_t;

/** An empty one. */
tg_audit_log_t tg_audit_log(apr_pool_t *pool);

/**
 * Adds a line, also to the change that an earlier line began.
 * @param place where it is, for people, such as `line 17`; lives as long as the log
 */
void tg_audit_log_add(tg_audit_log_t *log, const char *place, const char *text);

/** Adds the lines of a file. 1, also if there is no such file; or 0 with @p fault filled. */
int tg_audit_log_read(apr_pool_t *pool, const char *path, tg_audit_log_t *log, tg_fault_t *fault);

#endif
