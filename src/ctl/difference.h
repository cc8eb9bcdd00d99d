/* Where two plans differ in what is configured. What depends on the time is no difference. */
#ifndef TG_CTL_DIFFERENCE_H
#define TG_CTL_DIFFERENCE_H

#include "../policy/planread.h"

/**
 * One line for each difference.
 * @return of const char *; empty if there is none
 */
apr_array_header_t *tg_ctl_difference_find(apr_pool_t *pool, const tg_planread_t *running,
                                           const tg_planread_t *configured);

#endif
