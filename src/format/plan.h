/* A schedule as a document: what programs read, wherever they get it from. */
#ifndef TG_FORMAT_PLAN_H
#define TG_FORMAT_PLAN_H

#include "policy/phase.h"

#include <jansson.h>

/** The version of the document that holds all schedules and who uses them. */
#define TG_PLAN_VERSION 1

/** What is put behind the name of the state file for the plan that runs. */
#define TG_PLAN_SUFFIX ".plan"

/**
 * The schedule and where it stands at @p now, every instant in UTC; dates that
 * are not set are null.
 * @return a new reference
 */
json_t *tg_plan_json(const tg_schedule_t *schedule, const tg_override_t *override,
                     tg_instant_t now);

/** The names of the traits, separated by spaces: `TLSv1 TLSv1.1`. In @p pool. */
const char *tg_plan_traits(apr_pool_t *pool, const tg_schedule_t *schedule);

#endif
