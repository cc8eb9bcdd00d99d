/* What changes at an instant when one configuration replaces another: whom a schedule rejects, and
 * where.
 */
#ifndef TG_FORMAT_PLAN_CHANGE_H
#define TG_FORMAT_PLAN_CHANGE_H

#include "plan.h"

/** What happens to clients. */
typedef enum {
    TG_PLAN_CHANGE_REJECTS, /**< clients that are served now are rejected */
    TG_PLAN_CHANGE_SERVES,  /**< clients that are rejected now are served */
    TG_PLAN_CHANGES
} tg_plan_change_t;

/** A change of one schedule, at all places where it is the same. */
typedef struct {
    const char *schedule;
    tg_plan_change_t change;
    const char *text;           /**< `announced -> cutoff: TLS 1.0 is rejected at once` */
    int by_guard;               /**< only because a stop of TlsGateGuard does not stay */
    int by_lines;               /**< by a TlsGate line, not only by the dates of the schedule */
    int is_everywhere;          /**< by the dates, wherever a TlsGate line names it */
    apr_array_header_t *places; /**< of const char *: servers and locations */
} tg_plan_change_row_t;

/** When, and with which changes by hand and stops of TlsGateGuard. */
typedef struct {
    tg_instant_t now;
    const tg_override_set_t *overrides; /**< while the first plan runs; NULL: none. Those for single
                                             clients do not count */
    const tg_override_set_t *kept;      /**< the same once the other one does: without what its
                                             TlsGateGuard takes back */
} tg_plan_moment_t;

/**
 * What happens at a moment when @p next replaces @p running. Of a plan only the schedules, lines
 * and names of servers count.
 * @return of tg_plan_change_row_t, in @p pool; empty if nobody is concerned
 */
apr_array_header_t *tg_plan_changes(apr_pool_t *pool, const tg_plan_t *running,
                                    const tg_plan_t *next, const tg_plan_moment_t *moment);

#endif
