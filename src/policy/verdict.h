/* Verdicts: what happens to one request or handshake, and why.
 *
 * The caller selects the bindings whose schedule deprecates the connection; the
 * verdict weighs them. Overrides, exemptions and the client are inputs.
 */
#ifndef TG_POLICY_VERDICT_H
#define TG_POLICY_VERDICT_H

#include "phase.h"

/** From the mildest to the strictest. */
typedef enum {
    TG_ACTION_OBSERVE, /**< served, without headers */
    TG_ACTION_WARN,    /**< served, with headers */
    TG_ACTION_REJECT,  /**< an HTTP answer with the schedule's status */
    TG_ACTION_REFUSE,  /**< a TLS alert in the handshake */
    TG_ACTIONS
} tg_action_t;

/** One name of a TlsGate line. Read-only once the schedule is resolved. */
typedef struct {
    const tg_schedule_t *schedule;
    int has_as; /**< `as=` was given: the phase beats dates and overrides */
    tg_phase_t as;
    int report_only;
} tg_binding_t;

/** The client, and when it asks. */
typedef struct {
    tg_instant_t now;
    const char *client;                 /**< `kind:value`, or NULL: in every share */
    apr_sockaddr_t *address;            /**< the client's address, or NULL */
    const tg_override_set_t *overrides; /**< or NULL */
    int handshake; /**< 1 while the handshake runs: only then can a connection be refused */
} tg_subject_t;

/** What one binding says. Valid as long as its schedule and the override set. */
typedef struct {
    const tg_binding_t *binding;
    tg_phase_t phase;
    tg_action_t action;
    int enforced;                  /**< 0 if report-only: the action is not taken */
    const tg_override_t *override; /**< the one that made the phase, or NULL */
    tg_override_kind_t
        by_hand; /**< what of it was on then, a stop by TlsGateGuard too; none: the postponement */
    const tg_exemption_t *exemption; /**< the one that turned a rejection into a warning, or NULL */
} tg_outcome_t;

/**
 * From when a binding may refuse a handshake, as configured: nothing that is done by hand moves it
 * to an earlier time. TG_ALWAYS with as=refuse; TG_NEVER if it does not.
 */
tg_instant_t tg_binding_refuses_from(const tg_binding_t *binding);

/**
 * From when a binding rejects requests or refuses handshakes, as configured: with a trial that is
 * open or to come, for whomever it rejects. TG_ALWAYS with such an as=; TG_NEVER if it does not.
 */
tg_instant_t tg_binding_rejects_from(const tg_binding_t *binding, tg_instant_t now);

/**
 * What the lines that enforce a schedule have in common, line by line: its dates, or the same as=.
 * @param all begins as { .report_only = 1 } and stays so if no line enforces anything
 */
void tg_binding_join(tg_binding_t *all, const tg_binding_t *line);

/** `observe`, `warn`, `reject` or `refuse`. */
const char *tg_action_name(tg_action_t action);

/** 1 if this outcome rejects or refuses, and is enforced. */
int tg_outcome_rejects(const tg_outcome_t *outcome);

/** 1 if this outcome adds headers, and is enforced. */
int tg_outcome_warns(const tg_outcome_t *outcome);

/**
 * The HTTP status of an outcome that is TG_ACTION_REJECT, by its phase.
 * @param traits of the connection, its protocol among them
 */
int tg_outcome_status(const tg_outcome_t *outcome, tg_protocol_t protocol, tg_traits_t traits);

/** What one binding says about one subject. */
tg_outcome_t tg_outcome_of(const tg_binding_t *binding, const tg_subject_t *subject);

/**
 * The outcome that decides: the strictest that is enforced, or the first of
 * several equally strict ones. Of two that serve, a phase that would reject if the client were not
 * exempt is the stricter one. One that is not enforced decides only if it is
 * stricter than all that are.
 * @param outcomes at least one
 */
const tg_outcome_t *tg_verdict_decide(const tg_outcome_t *outcomes, int n);

/**
 * The first instant after now at which the phase changes for this subject;
 * TG_NEVER if it does not.
 */
tg_instant_t tg_outcome_next_change(const tg_outcome_t *outcome, const tg_subject_t *subject,
                                    tg_phase_t *next);

/**
 * The instant from which this subject is rejected for good, with overrides
 * and exemptions; TG_NEVER if no date says so.
 */
tg_instant_t tg_outcome_sunset(const tg_outcome_t *outcome, const tg_subject_t *subject);

/**
 * The first instant at which this subject is rejected: by a trial, by the cutoff that a grace
 * window may follow, or for good. TG_ALWAYS: it is now; TG_NEVER: no date says so.
 */
tg_instant_t tg_binding_next_rejection(const tg_binding_t *binding, const tg_subject_t *subject);

/**
 * The earliest of tg_outcome_sunset() among the schedules that the client is told of: those that
 * are enforced and announced.
 */
tg_instant_t tg_verdict_sunset(const tg_outcome_t *outcomes, int n, const tg_subject_t *subject);

/**
 * The instant from which the handshakes of this subject are refused for good, with overrides and
 * exemptions; TG_NEVER if no date says so, TG_ALWAYS if as= does.
 */
tg_instant_t tg_outcome_refused_from(const tg_outcome_t *outcome, const tg_subject_t *subject);

/**
 * The trial that this subject is in, or its next one, with overrides and exemptions.
 * @return 1 with *@p trial set, or 0: there is none
 */
int tg_outcome_next_trial(const tg_outcome_t *outcome, const tg_subject_t *subject,
                          tg_interval_t *trial);

/**
 * When a subject that a trial rejects is served again, by all schedules.
 * @param decides  what tg_verdict_decide() returned
 * @param outcomes all outcomes of the request
 * @return 1 with *@p until set, or 0: not a trial, or rejected beyond its end
 */
int tg_verdict_retry(const tg_outcome_t *decides, const tg_outcome_t *outcomes, int n,
                     const tg_subject_t *subject, tg_instant_t *until);

/** The client's place among the shares of that schedule; cheap where it has none. */
int tg_subject_bucket(const tg_subject_t *subject, const tg_schedule_t *schedule);

#endif
