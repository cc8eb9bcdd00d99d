/* What httpd will act on when it starts, where it does not run. */
#ifndef TG_CTL_STATUS_NEXT_START_H
#define TG_CTL_STATUS_NEXT_START_H

#include "ctl/base/running_plan.h"
#include "format/state.h"

/** It. Read-only once found. */
typedef struct {
    const tg_plan_t
        *plan;        /**< as httpd.conf has it, or else as it was when httpd ran; NULL: neither
                              is known */
    tg_state_t state; /**< what was changed by hand, and what TlsGateGuard stopped */
} tg_ctl_next_start_t;

/**
 * Finds it.
 * @param written  the document that a start reads; NULL: it has none, or refuses it
 * @param problems a file of the ledger that cannot be read is appended
 */
void tg_ctl_next_start_find(apr_pool_t *pool, const tg_ctl_running_plan_t *plan,
                            const tg_state_t *written, apr_array_header_t *problems,
                            tg_ctl_next_start_t *out);

#endif
