/* Phases: what a schedule does at an instant, for a client.
 *
 * Pure functions of a finished schedule, its override, the time and the client's
 * place among the shares. A look-up is two binary searches. Whoever tells a phase or a date asks
 * here, with the override in force.
 */
#ifndef TG_POLICY_PHASE_H
#define TG_POLICY_PHASE_H

#include "override.h"
#include "schedule.h"

/** Ordered by strictness; announced and grace are equally strict. */
typedef enum {
    TG_PHASE_OBSERVE,
    TG_PHASE_ANNOUNCED,
    TG_PHASE_GRACE,
    TG_PHASE_TRIAL,
    TG_PHASE_CUTOFF,
    TG_PHASE_REFUSE,
    TG_PHASES
} tg_phase_t;

/** The bucket of a client that is in every share: the schedule as a whole. */
#define TG_BUCKET_EVERYONE 0

/** `observe`, `announced`, `grace`, `trial`, `cutoff` or `refuse`. */
const char *tg_phase_name(tg_phase_t phase);

/** All of them, for messages: `observe, announced, ... or refuse`. In @p pool. */
const char *tg_phase_names(apr_pool_t *pool);

/** The phase of that name; TG_PHASES if there is none. */
tg_phase_t tg_phase_parse(const char *name);

/** 1 if deprecated requests are rejected or refused in that phase. */
int tg_phase_rejects(tg_phase_t phase);

/** 1 for the phases of the cutoff and after, which last but for grace windows. */
int tg_phase_is_final(tg_phase_t phase);

/**
 * The place of a client among the shares of a schedule, 0 to 99: it is in a share of N per cent if
 * the place is less than N. The same for every server and every run, so a larger share only adds
 * clients. Without a digest, as where there is no memory, it is 99: no trial for some of the
 * clients becomes one for all of them.
 */
int tg_phase_bucket(const char *schedule, const char *client);

/**
 * The phase at @p t.
 * @param override what ops changed, or NULL
 * @param bucket   tg_phase_bucket() of the client, or TG_BUCKET_EVERYONE
 */
tg_phase_t tg_phase_at(const tg_schedule_t *schedule, const tg_override_t *override, tg_instant_t t,
                       int bucket);

/**
 * The first instant after @p t at which the phase differs.
 * @param next receives that phase; may be NULL
 * @return TG_NEVER, with *@p next the present phase, if it never changes
 */
tg_instant_t tg_phase_next_change(const tg_schedule_t *schedule, const tg_override_t *override,
                                  tg_instant_t t, int bucket, tg_phase_t *next);

/**
 * How many per cent of the clients that phase concerns: those of the share while a trial is open
 * by date, otherwise 100.
 */
int tg_phase_share(const tg_schedule_t *schedule, const tg_override_t *override, tg_instant_t t);

/**
 * The first instant after @p t at which the phase of the schedule as a whole differs, or its share:
 * of two trials without a gap the second one may be for more clients.
 * @return TG_NEVER if neither ever changes
 */
tg_instant_t tg_phase_next_step(const tg_schedule_t *schedule, const tg_override_t *override,
                                tg_instant_t t);

/**
 * The instant from which deprecated requests are rejected for good, with
 * overrides: when the last phase begins that rejects and is no trial. A trial is never for good,
 * even one by hand that lasts through the last grace window: whoever made it can end it.
 * TG_NEVER if the schedule has no cutoff.
 */
tg_instant_t tg_phase_rejected_for_good(const tg_schedule_t *schedule,
                                        const tg_override_t *override);

/**
 * The instant from which handshakes are refused for good, with overrides; TG_NEVER if the schedule
 * has no Refuse.
 */
tg_instant_t tg_phase_refused_for_good(const tg_schedule_t *schedule,
                                       const tg_override_t *override);

/**
 * A date of the kind TG_DATE_KIND_INSTANT that is in force: as configured, or moved by a
 * postponement; Refuse also by exemptions that let no handshake be refused. Its `unset` if there
 * is none.
 */
tg_instant_t tg_phase_date(const tg_schedule_t *schedule, const tg_override_t *override,
                           tg_date_t date);

/** The cutoff and Refuse in force: tg_phase_date() of each. */
tg_instant_t tg_phase_cutoff(const tg_schedule_t *schedule, const tg_override_t *override);
tg_instant_t tg_phase_refuse(const tg_schedule_t *schedule, const tg_override_t *override);

/**
 * The grace windows in force, sorted: without those that a postponement voids, because they
 * would begin before the new cutoff.
 * @param n receives how many there are
 */
const tg_interval_t *tg_phase_graces(const tg_schedule_t *schedule, const tg_override_t *override,
                                     int *n);

/** 1 if at @p t Refuse is later than without the exemptions of clients. */
int tg_phase_refuse_waits(const tg_schedule_t *schedule, const tg_override_t *override,
                          tg_instant_t t);

/** 1 if a suspend, trial, stopped trial or postponement makes the phase at @p t. */
int tg_phase_is_overridden(const tg_schedule_t *schedule, const tg_override_t *override,
                           tg_instant_t t, int bucket);

/** 1 if it would be a trial at @p t that TlsGateGuard stopped. */
int tg_phase_is_stopped(const tg_schedule_t *schedule, const tg_override_t *override,
                        tg_instant_t t, int bucket);

/**
 * 1 if a postponement that was made for the cutoff @p from has an effect on this schedule: it
 * is bound to that cutoff, and void once another one is configured.
 */
int tg_phase_postpones(const tg_schedule_t *schedule, tg_instant_t from);

/** 1 if the override postpones the cutoff. */
int tg_phase_is_postponed(const tg_schedule_t *schedule, const tg_override_t *override);

/**
 * The trial that is open at @p t for a client, or the next one, by date or by hand, and not while
 * the schedule is suspended. It begins and ends when the phase does: with all windows without a
 * gap between them, and a trial by hand counts from when it was made.
 * @return 1 with *@p trial set, or 0: there is none
 */
int tg_phase_next_trial(const tg_schedule_t *schedule, const tg_override_t *override,
                        tg_instant_t t, int bucket, tg_interval_t *trial);

#endif
