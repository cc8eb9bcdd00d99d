/* What TlsGateGuard stopped: as httpd says, or as the file of the ledger has it. */
#ifndef TG_CTL_BASE_KEPT_STOPS_H
#define TG_CTL_BASE_KEPT_STOPS_H

#include "running_plan.h"

#include "base/fault.h"
#include "format/state.h"

/**
 * Those stops of TlsGateGuard that a httpd keeps which loads a plan.
 * @param trips of tg_state_trip_t; may be NULL
 */
apr_array_header_t *tg_ctl_kept_stops_keep(apr_pool_t *pool, const apr_array_header_t *trips,
                                           const tg_plan_t *plan);

/**
 * What the file of the ledger has that a start keeps; a file that is absent has nothing.
 * @param plan with a file of the ledger
 * @return of tg_state_trip_t; NULL with @p fault filled if it cannot be read
 */
apr_array_header_t *tg_ctl_kept_stops_read(apr_pool_t *pool, const tg_plan_t *plan,
                                           tg_fault_t *fault);

/**
 * What is stopped: the word of the httpd that reads the state file. Where none says anything, as
 * when none runs, what the next start keeps of the file of the ledger.
 * @return of tg_state_trip_t; NULL: nothing is known, after a warning if a file cannot be read
 */
apr_array_header_t *tg_ctl_kept_stops_find(apr_pool_t *pool, const tg_ctl_running_plan_t *found);

#endif
