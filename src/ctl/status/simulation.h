/* A simulation: what clients of several kinds get at the places of a plan, and why.
 */
#ifndef TG_CTL_STATUS_SIMULATION_H
#define TG_CTL_STATUS_SIMULATION_H

#include "answer.h"

#include "ctl/base/ctl.h"

/** The question. Lives as long as the call. */
typedef struct {
    const tg_ctl_t *ctl;
    const apr_array_header_t *kinds;    /**< of tg_ctl_kind_t */
    const apr_array_header_t *places;   /**< of tg_ctl_place_t */
    tg_instant_t t;                     /**< as if it were then */
    const char *client;                 /**< `kind:value`, or NULL: in every share */
    apr_sockaddr_t *address;            /**< or NULL */
    const tg_override_set_t *overrides; /**< or NULL */
    int is_whole; /**< also where no schedule deprecates it: the places were asked for */
} tg_ctl_simulation_t;

/** Why an outcome is so: the dates, a change by hand, an exemption. In @p pool. */
const char *tg_ctl_outcome_why(apr_pool_t *pool, const tg_outcome_t *outcome);

/** The answers: one for all kinds and places that are treated alike. A new reference. */
json_t *tg_ctl_simulation_json(const tg_ctl_simulation_t *simulation);

#endif
