/* Lists of exemptions in files of comma-separated values: one line for each, and a header that
 * names the columns. What is exported can be imported again.
 */
#ifndef TG_CTL_CHANGE_EXEMPT_FILE_H
#define TG_CTL_CHANGE_EXEMPT_FILE_H

#include "ctl/base/ctl.h"
#include "format/plan.h"
#include "format/state.h"

#include <stdio.h>

/** What applies to a line that does not say it. */
typedef struct {
    const char *schedule; /**< or NULL: each line names its own */
    tg_instant_t until;   /**< or TG_NEVER: each line has its own */
    const char *owner, *reason, *by;
    const tg_plan_t *plan; /**< or NULL: any schedule is right */
} tg_ctl_exempt_defaults_t;

/** A list that was read. */
typedef struct {
    const char *name;             /**< of the file, for people */
    const char *digest;           /**< its SHA-256, in hex digits */
    apr_array_header_t *entries;  /**< of tg_state_exemption_t; no two are of the same client */
    int keeps_authors;            /**< it says who made each, and when */
    const char *const *schedules; /**< those in it */
    int count;
} tg_ctl_exempt_file_t;

/**
 * Reads a list.
 * @param path of the file; TG_CTL_INPUT for the standard input
 * @return 1, or 0 after everything that is wrong in it was printed, with the line
 */
int tg_ctl_exempt_file_read(const tg_ctl_t *ctl, const char *path,
                            const tg_ctl_exempt_defaults_t *defaults, tg_ctl_exempt_file_t *out);

/**
 * Prints the exemptions of a state as such a list.
 * @param schedule only its exemptions; NULL: all
 */
void tg_ctl_exempt_file_print(apr_pool_t *pool, const tg_state_t *state, const char *schedule,
                              FILE *out);

/** What identifies an exemption in a state: the schedule, and the client or network. In @p pool. */
const char *tg_ctl_exempt_file_key(apr_pool_t *pool, const tg_state_exemption_t *e);

#endif
