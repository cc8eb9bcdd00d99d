/* A schedule: the traits that it deprecates, and its dates.
 *
 * The configuration fills one in and calls tg_schedule_finish() once; from then
 * on it is read-only and may be read by any thread. It lives as long as the
 * pool that it was made from.
 */
#ifndef TG_POLICY_SCHEDULE_H
#define TG_POLICY_SCHEDULE_H

#include "trial.h"

#include "tls/trait.h"

#include <apr_pools.h>
#include <stddef.h>

/** Which of the two statuses: of a trial, or of the cutoff and after. */
typedef enum { TG_STATUS_TRIAL, TG_STATUS_CUTOFF, TG_STATUSES } tg_status_kind_t;

/** `trial` or `cutoff`: in TlsGateStatus and in a plan. */
const char *tg_status_kind_name(tg_status_kind_t kind);

typedef struct {
    const char *name;
    tg_traits_t traits;
    int has_expr;                   /**< a condition that only httpd can evaluate decides as well */
    tg_instant_t announce;          /**< TG_ALWAYS if not set */
    tg_instant_t cutoff;            /**< TG_NEVER if not set */
    tg_instant_t refuse;            /**< TG_NEVER if not set */
    int status[TG_STATUSES];        /**< HTTP status codes; 0 for the default */
    const char *info;               /**< the link for developers, or NULL */
    apr_array_header_t *trials;     /**< of tg_trial_t, as configured */
    apr_array_header_t *graces;     /**< of tg_interval_t; sorted when finished */
    apr_array_header_t *windows;    /**< of tg_window_t, sorted; made when finished */
    apr_array_header_t *grace_ends; /**< of tg_instant_t: when the grace that begins with each of
                                         `graces` ends, through adjacent ones; made when finished */
    int has_share;                  /**< a window is for some clients only; set when finished */
} tg_schedule_t;

/** The dates of a schedule, in the order of time. Those from the cutoff on move with it. */
typedef enum {
    TG_DATE_ANNOUNCE,
    TG_DATE_TRIAL,
    TG_DATE_CUTOFF,
    TG_DATE_GRACE,
    TG_DATE_REFUSE,
    TG_DATES
} tg_date_t;

/** What a schedule keeps of a date. */
typedef enum {
    TG_DATE_KIND_INSTANT, /**< a tg_instant_t */
    TG_DATE_KIND_TRIALS,  /**< an array of tg_trial_t */
    TG_DATE_KIND_GRACES,  /**< an array of tg_interval_t */
    TG_DATE_KINDS
} tg_date_kind_t;

/** How a date is configured, kept and shown. */
typedef struct {
    const char *directive; /**< `TlsGateCutoff` */
    const char *member;    /**< its member of a plan: `cutoff` */
    const char *label;     /**< in a list on a terminal: `cutoff` */
    const char *title;     /**< on a page: `Cutoff` */
    tg_date_kind_t kind;
    size_t offset;      /**< of its member of tg_schedule_t */
    tg_instant_t unset; /**< what an instant is without the directive */
} tg_date_row_t;

/** A row for each tg_date_t. Everything that lists the dates of a schedule reads it. Without a
 * size here, so that the compiler counts the rows where they are written. */
extern const tg_date_row_t tg_schedule_dates[];

/** The date that a directive sets, by its name; TG_DATES if it sets none. */
tg_date_t tg_schedule_date_parse(const char *directive);

/** A date of the kind TG_DATE_KIND_INSTANT, as configured. */
tg_instant_t tg_schedule_date(const tg_schedule_t *schedule, tg_date_t date);

/** Sets it, before the schedule is finished. */
void tg_schedule_date_set(tg_schedule_t *schedule, tg_date_t date, tg_instant_t t);

/** Which directive of a schedule is wrong, with which value, and why. */
typedef struct {
    const char *directive;
    char value[TG_TRIAL_STRLEN];
    tg_fault_t fault;
} tg_violation_t;

/** The longest name of a schedule, which is in every line of the log. */
#define TG_SCHEDULE_NAME_MAX 64

/** 1 if a schedule may have that name: not if TlsGate gives it another meaning. */
int tg_schedule_is_name(const char *name);

/** A schedule with no trait and no date. @p name is not copied. */
tg_schedule_t *tg_schedule_create(apr_pool_t *pool, const char *name);

/**
 * Expands and sorts the windows and checks every rule that concerns more than
 * one directive.
 * @return 1, or 0 with @p violation filled
 */
int tg_schedule_finish(tg_schedule_t *schedule, tg_violation_t *violation);

/** 1 if all that it deprecates is known in a handshake: only then can it refuse one. */
int tg_schedule_is_refusable(const tg_schedule_t *schedule);

/** When rejection by date begins: at the cutoff, or at Refuse if there is no cutoff. */
tg_instant_t tg_schedule_cutoff(const tg_schedule_t *schedule);

/** Why a schedule deprecates a connection. */
typedef enum {
    TG_REASON_PROTOCOL, /**< its version, cleartext or unknown */
    TG_REASON_KX,       /**< its key exchange: another cipher of the same version would do */
    TG_REASON_CLASS,    /**< a class of its cipher: the same */
    TG_REASON_GROUP,    /**< no post-quantum group */
    TG_REASON_ANY,      /**< it deprecates everything */
    TG_REASON_EXPR,     /**< a condition that only httpd can evaluate */
    TG_REASONS
} tg_reason_t;

/**
 * Why that schedule deprecates such a connection.
 * @param traits of the connection, its protocol among them
 */
tg_reason_t tg_schedule_reason(const tg_schedule_t *schedule, tg_protocol_t protocol,
                               tg_traits_t traits);

/**
 * The version that a client must support, if a version helps: for a cipher or its key exchange
 * TG_PROTOCOL_WITHOUT_KX, which has none that can be deprecated; post-quantum groups need it too.
 * @param deprecated the traits of all schedules that apply
 * @return TG_PROTOCOLS if no version helps
 */
tg_protocol_t tg_schedule_needed(tg_reason_t reason, tg_protocol_t protocol,
                                 tg_traits_t deprecated);

/**
 * The status of a rejection: the configured one, else 426, or 403 where httpd
 * cannot upgrade the client (over cleartext) or no version helps.
 */
int tg_schedule_status(const tg_schedule_t *schedule, tg_status_kind_t kind, tg_protocol_t protocol,
                       tg_traits_t traits);

#endif
