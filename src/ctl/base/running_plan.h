/* Finding the plan: the one that the running httpd wrote beside the state file, otherwise the
 * one of httpd.conf.
 */
#ifndef TG_CTL_BASE_RUNNING_PLAN_H
#define TG_CTL_BASE_RUNNING_PLAN_H

#include "ctl.h"

#include "format/plan.h"

#include <jansson.h>

/** The state file by default: that of the variable, otherwise this one. */
#define TG_CTL_RUNNING_PLAN_VARIABLE "TLSGATE_STATE"
#define TG_CTL_RUNNING_PLAN_STATE "/var/lib/tlsgate/state.json"

/** Whether a command works without a plan. */
typedef enum {
    TG_CTL_RUNNING_PLAN_WANTED, /**< it does; the plan is NULL then */
    TG_CTL_RUNNING_PLAN_URGENT, /**< the same, and what runs is enough: httpd, which may take long,
                                   is asked only if it is named or that plan is missing */
    TG_CTL_RUNNING_PLAN_NEEDED
} tg_ctl_running_plan_need_t;

/** The plan and where it was found. Lives as long as the call. */
typedef struct {
    const char *state;               /**< the state file */
    const tg_plan_t *plan;           /**< NULL: none was found */
    const tg_plan_t *configured;     /**< that of httpd.conf; NULL: httpd did not say */
    const char *source;              /**< where it was found, for people */
    int runs;                        /**< it is what httpd runs, not only what is configured */
    apr_array_header_t *differences; /**< of const char *: what httpd.conf says instead */
    const char *problem;             /**< why httpd could not be asked, or NULL */
} tg_ctl_running_plan_t;

/**
 * Finds it. Prints warnings about what differs or is missing.
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_running_plan_find(const tg_ctl_t *ctl, tg_ctl_running_plan_need_t need,
                             tg_ctl_running_plan_t *out);

/** Finds it; what is missing is not an error. 1 if there is a plan. */
int tg_ctl_running_plan_look(const tg_ctl_t *ctl, tg_ctl_running_plan_t *out);

/**
 * The plan that runs, without asking httpd whether httpd.conf differs; otherwise the one of
 * httpd.conf. NULL: there is none.
 */
const tg_plan_t *tg_ctl_running_plan_any(const tg_ctl_t *ctl);

/**
 * The state file, for a command that needs nothing else of the plan: httpd is asked only if nothing
 * else tells. NULL after an error was printed.
 */
const char *tg_ctl_running_plan_state(const tg_ctl_t *ctl);

/**
 * Prints a warning with the differences, if there are any.
 * @param shown what the command shows then: `; this is about the running one`
 */
void tg_ctl_running_plan_warn(const tg_ctl_running_plan_t *plan, const char *shown);

/** 1 if both names are of one file. Where there is no file yet only the names count. */
int tg_ctl_running_plan_is_same(const char *a, const char *b);

/** The state file that --state or $TLSGATE_STATE names, or NULL. */
const char *tg_ctl_running_plan_named_state(const tg_ctl_t *ctl);

/** The names of the schedules, with ", " between them; of many only the first. */
const char *tg_ctl_running_plan_names(apr_pool_t *pool, const tg_plan_t *plan);

/** Prints the error that there is no schedule of that name, with what was meant. */
void tg_ctl_running_plan_no_schedule(apr_pool_t *pool, const tg_plan_t *plan, const char *name);

/** The schedule that was probably meant by that name, or NULL. */
const char *tg_ctl_running_plan_nearest(const tg_plan_t *plan, const char *name);

/** `vhost api.example.com:443 <Location /v1> as=cutoff`. */
const char *tg_ctl_running_plan_use(apr_pool_t *pool, const tg_plan_use_t *use);

/** Which uses of a schedule. */
typedef enum {
    TG_CTL_USES_ALL,
    TG_CTL_USES_FIXED /**< only those with as=, which no change by hand reaches */
} tg_ctl_uses_t;

/** The uses of one schedule as an array of such texts. @param plan NULL: none is known */
json_t *tg_ctl_running_plan_uses(apr_pool_t *pool, const tg_plan_t *plan, const char *name,
                                 tg_ctl_uses_t which);

#endif
