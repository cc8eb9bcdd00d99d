/* Where two plans differ in what is configured. What depends on the time is no difference. */
#ifndef TG_CTL_PLAN_DIFF_H
#define TG_CTL_PLAN_DIFF_H

#include "format/plan.h"

/**
 * One line for each difference.
 * @return of const char *; empty if there is none
 */
apr_array_header_t *tg_ctl_plan_diff(apr_pool_t *pool, const tg_plan_t *running,
                                     const tg_plan_t *configured);

#endif
