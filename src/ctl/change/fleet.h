/* The machines that follow a store: which of them act on what it has, and why the others do not. */
#ifndef TG_CTL_CHANGE_FLEET_H
#define TG_CTL_CHANGE_FLEET_H

#include "ctl/base/ctl.h"
#include "store/store.h"

/** One of them. */
typedef struct {
    const char *name;
    const char *why; /**< why it does not have it; NULL: it does */
} tg_ctl_fleet_machine_t;

/** Lives as long as the call. */
typedef struct {
    int have, count;
    apr_array_header_t *machines; /**< of tg_ctl_fleet_machine_t, all */
    apr_array_header_t *others;   /**< of const char *: `web-17: why` for each without it */
    int is_settled;               /**< waiting longer would change nothing */
} tg_ctl_fleet_t;

/**
 * Asks the store.
 * @param store of a fleet
 * @param now   what it has
 * @return 1, or 0 with @p fault filled
 */
int tg_ctl_fleet_read(const tg_ctl_t *ctl, const tg_store_t *store, const tg_store_snapshot_t *now,
                      tg_ctl_fleet_t *out, tg_fault_t *fault);

/** `41 of 42 machines have it`, or that none reports. */
const char *tg_ctl_fleet_text(apr_pool_t *pool, const tg_ctl_fleet_t *fleet);

/** Reads again until all machines have what the store has, or that many milliseconds are over. */
int tg_ctl_fleet_wait(const tg_ctl_t *ctl, const tg_store_t *store, int64_t milliseconds,
                      tg_ctl_fleet_t *out, tg_fault_t *fault);

#endif
