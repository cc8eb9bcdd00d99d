/* The difference between two plans in what is configured, whatever the time. */
#ifndef TG_CTL_BASE_PLAN_DIFF_H
#define TG_CTL_BASE_PLAN_DIFF_H

#include "format/plan.h"

/**
 * @return of const char *, one line for each difference
 */
apr_array_header_t *tg_ctl_plan_diff(apr_pool_t *pool, const tg_plan_t *running,
                                     const tg_plan_t *configured);

#endif
