/* Where a schedule stands: the phase that is in effect, since when, what follows, and what happens
 * to whom, as one object.
 */
#ifndef TG_CTL_STATUS_STANDING_H
#define TG_CTL_STATUS_STANDING_H

#include "timeline.h"

#include "format/plan.h"

#include <jansson.h>

/**
 * The standing of a schedule now, by what httpd decides with. Where its TlsGate lines differ, the
 * one without options counts, and `elsewhere` has the others.
 * @param plan who uses it
 * @param set  the state, as verdicts need it
 * @return a new reference
 */
json_t *tg_ctl_standing(apr_pool_t *pool, const tg_ctl_timed_t *timed, const tg_plan_t *plan,
                        const tg_override_set_t *set);

/** The kind of the change by hand that made the phase; NULL: the dates alone did. */
const char *tg_ctl_by_hand(const tg_outcome_t *o);

/** How many exemptions of that schedule have not ended. */
int tg_ctl_standing_exemptions(const tg_ctl_timed_t *timed);

#endif
