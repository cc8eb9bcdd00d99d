/* Waiting until the running httpd acts on a change: only then is it done.
 */
#ifndef TG_CTL_CHANGE_CHANGE_WAIT_H
#define TG_CTL_CHANGE_CHANGE_WAIT_H

#include "ctl/base/ctl.h"

#include <apr_tables.h>

/** What --wait is where it is not given; that word is --no-wait. */
#define TG_CTL_CHANGE_WAIT_VARIABLE "TLSGATE_WAIT"
#define TG_CTL_CHANGE_WAIT_NONE "none"

/** How long it may take, in seconds, unless --wait says otherwise. */
#define TG_CTL_CHANGE_WAIT_FILE 3
#define TG_CTL_CHANGE_WAIT_STORE 10

/** What came of a change that is written. */
typedef enum {
    TG_CTL_CHANGE_IN_FORCE,
    TG_CTL_CHANGE_PENDING, /**< written, and not in force, or not everywhere */
    TG_CTL_CHANGE_UNKNOWN  /**< it was not waited for */
} tg_ctl_change_force_t;

/** The texts live in the pool of the call. */
typedef struct {
    tg_ctl_change_force_t force;
    apr_array_header_t *acts;  /**< of const char *: who acts on it */
    apr_array_header_t *idles; /**< of const char *: who does not, why, and what to do */
} tg_ctl_change_outcome_t;

/** Reads `10s`, `2m` or a duration of ISO 8601, up to an hour. 1, or 0 if it is not a duration. */
int tg_ctl_change_wait_read(const char *text, int64_t *seconds);

/**
 * Waits until every httpd that runs with that state file acts on what is in it.
 * @param state the file, with the change
 * @param text  its document
 */
tg_ctl_change_outcome_t tg_ctl_change_wait_file(const tg_ctl_t *ctl, const char *state,
                                                const char *text, int64_t milliseconds);

#endif
