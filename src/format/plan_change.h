/* What changes at an instant when one configuration replaces another: the phase of a schedule. */
#ifndef TG_FORMAT_PLAN_CHANGE_H
#define TG_FORMAT_PLAN_CHANGE_H

#include "policy/phase.h"

#include <apr_pools.h>

/** Whom a change of the phase concerns. */
typedef enum {
    TG_PLAN_CHANGE_NONE,    /**< nobody: the phase is the same, or nothing is told or rejected */
    TG_PLAN_CHANGE_REJECTS, /**< clients that are served now are rejected */
    TG_PLAN_CHANGE_SERVES,  /**< clients that are rejected now are served */
    TG_PLAN_CHANGES
} tg_plan_change_t;

/**
 * What happens at @p now when @p after replaces @p before, changes by hand left aside.
 * @param before NULL: the schedule is new
 * @param after  NULL: the schedule goes
 * @param text   set to a sentence about it, in @p pool
 */
tg_plan_change_t tg_plan_change(apr_pool_t *pool, const tg_schedule_t *before,
                                const tg_schedule_t *after, tg_instant_t now, const char **text);

#endif
