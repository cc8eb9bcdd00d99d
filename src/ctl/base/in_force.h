/* What is in force: the plan and the state, for commands that change nothing. */
#ifndef TG_CTL_BASE_IN_FORCE_H
#define TG_CTL_BASE_IN_FORCE_H

#include "running_plan.h"

#include "format/state.h"

/** Read-only once loaded. Lives as long as the call. */
typedef struct {
    tg_ctl_running_plan_t plan;
    tg_state_t state;
} tg_ctl_in_force_t;

/** Finds the plan and reads the state. 1, or 0 after an error was printed. */
int tg_ctl_in_force_load(const tg_ctl_t *ctl, tg_ctl_running_plan_need_t need,
                         tg_ctl_in_force_t *out);

/** What was changed by hand; NULL if nothing can be, or if it cannot be read, after a warning. */
const tg_override_set_t *tg_ctl_in_force_overrides(const tg_ctl_t *ctl,
                                                   const tg_ctl_running_plan_t *plan);

/** What overrides the dates before and after a reload. */
typedef struct {
    const tg_override_set_t *now;   /**< NULL if nothing can, or if it cannot be read */
    const tg_override_set_t *kept;  /**< the same without the stops that httpd.conf lifts */
    const tg_override_set_t *stops; /**< only the stops that stay, and nothing by hand */
} tg_ctl_in_force_reload_t;

/** What a reload keeps of it. Warns if it cannot be read. */
tg_ctl_in_force_reload_t tg_ctl_in_force_reload(const tg_ctl_t *ctl,
                                                const tg_ctl_running_plan_t *plan);

/**
 * The schedules that the operands name, or all.
 * @return of const tg_schedule_t *; NULL after an error was printed
 */
apr_array_header_t *tg_ctl_in_force_schedules(const tg_ctl_t *ctl,
                                              const tg_ctl_in_force_t *in_force);

/**
 * What TlsGateGuard has stopped, now or before, each with its end. In @p pool.
 * @return of tg_state_trip_t; those of one schedule in the order of time
 */
apr_array_header_t *tg_ctl_in_force_stopped(apr_pool_t *pool, const tg_state_t *state);

/**
 * The entries that were there at @p t.
 * @param schedule only its entries; NULL: those of all
 * @param now      from then on all entries are there, whatever clock their author had
 */
tg_state_t tg_ctl_in_force_entries(apr_pool_t *pool, const tg_state_t *state, const char *schedule,
                                   tg_instant_t t, tg_instant_t now);

#endif
