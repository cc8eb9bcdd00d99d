/* Finding the plan: the one that the running httpd wrote beside the state file, else the
 * one that httpd.conf makes.
 */
#ifndef TG_CTL_RUNNING_PLAN_H
#define TG_CTL_RUNNING_PLAN_H

#include "ctl.h"

#include "format/plan.h"

#include <jansson.h>

/** Where the state file is if nobody says: in that variable, else there. */
#define TG_CTL_RUNNING_PLAN_VARIABLE "TLSGATE_STATE"
#define TG_CTL_RUNNING_PLAN_STATE "/var/lib/tlsgate/state.json"

/** Whether a command can do without. */
typedef enum {
    TG_CTL_RUNNING_PLAN_WANTED, /**< it goes on, and is told */
    TG_CTL_RUNNING_PLAN_NEEDED
} tg_ctl_running_plan_need_t;

/** What is known. Lives as long as the call. */
typedef struct {
    const char *state;               /**< the state file */
    const tg_plan_t *plan;           /**< NULL: none was found */
    const char *source;              /**< where it is from, for people */
    int runs;                        /**< it is what httpd runs, not only what is configured */
    apr_array_header_t *differences; /**< of const char *: httpd.conf is another */
    const char *problem;             /**< why there is no better plan, or NULL */
} tg_ctl_running_plan_t;

/**
 * Looks for it, and says on the standard error what is to be known about it.
 * @return 1, or 0 after an error was said
 */
int tg_ctl_running_plan_find(const tg_ctl_t *ctl, tg_ctl_running_plan_need_t need,
                             tg_ctl_running_plan_t *out);

/** The same without a word about what is missing: 1 if there is a plan. */
int tg_ctl_running_plan_look(const tg_ctl_t *ctl, tg_ctl_running_plan_t *out);

/** The state file that --state or $TLSGATE_STATE names, or NULL. */
const char *tg_ctl_running_plan_named_state(const tg_ctl_t *ctl);

/** The names of all schedules, with ", " between them. */
const char *tg_ctl_running_plan_names(apr_pool_t *pool, const tg_plan_t *plan);

/** `vhost api.example.com:443 <Location /v1> as=cutoff`. */
const char *tg_ctl_running_plan_use(apr_pool_t *pool, const tg_plan_use_t *use);

/** All uses of one schedule, as an array of such texts. @param plan NULL: none is known */
json_t *tg_ctl_running_plan_uses_json(apr_pool_t *pool, const tg_plan_t *plan, const char *name);

#endif
