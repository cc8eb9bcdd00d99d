/* A change before it is made: what a command fills in, and what is worked out from it. */
#ifndef TG_CTL_PROPOSAL_H
#define TG_CTL_PROPOSAL_H

#include "running_plan.h"

#include "store/state_edit.h"

typedef struct tg_ctl_change_t tg_ctl_change_t;

/** One change. The command fills it in; `edits`, `notes` and
 * `is_lost` are made anew for each try. */
struct tg_ctl_change_t {
    const char *command; /**< as the audit log calls it */
    const char *by, *reason;
    tg_ctl_running_plan_t plan;
    const char *where;        /**< where the state is, for people */
    int may_begin_anew;       /**< also where the state is lost */
    int is_lost;              /**< nothing is there, but httpd may go on with what was */
    const char *const *names; /**< of the schedules that it is about */
    int count;
    apr_array_header_t *edits; /**< of tg_state_edit_t */
    apr_array_header_t *notes; /**< of const char *: what to know before agreeing */

    /**
     * Edits @p state and fills edits and notes.
     * @return 1, or 0 after it said why there is nothing to change: a finding
     */
    int (*apply)(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state);
    const void *entry; /**< what apply needs to know */
};

#endif
