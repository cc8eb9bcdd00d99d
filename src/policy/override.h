/* Overrides and exemptions: what ops change while httpd runs.
 *
 * A set is read-only once complete. When sets are swapped, the old one must live
 * as long as any verdict made from it.
 */
#ifndef TG_POLICY_OVERRIDE_H
#define TG_POLICY_OVERRIDE_H

#include "network.h"

#include "base/instant.h"

#include <apr_hash.h>

typedef enum {
    TG_OVERRIDE_NONE,
    TG_OVERRIDE_SUSPEND,
    TG_OVERRIDE_TRIAL,
    TG_OVERRIDE_GUARD, /**< what TlsGateGuard stopped: by httpd itself, and in no state */
    TG_OVERRIDE_KINDS
} tg_override_kind_t;

/**
 * What overrides one schedule as a whole: a suspend or a trial, a postponement, and the exemptions
 * that let no handshake be refused.
 */
typedef struct {
    const char *schedule;
    tg_override_kind_t kind;
    tg_instant_t since;          /**< when the suspend or trial was made */
    tg_instant_t until;          /**< when the suspend or trial ends */
    tg_instant_t postponed_from; /**< the configured cutoff that it replaces; TG_NEVER if none */
    tg_instant_t postponed_to;
    tg_instant_t refuse_waits_until; /**< until then a client is exempt that only its request
                                          identifies, so that Refuse is a cutoff; TG_ALWAYS if
                                          there is none */
    tg_instant_t proxied_until;      /**< the same behind a proxy, where a request identifies the
                                          clients of exempt networks too */
    tg_instant_t resumed;    /**< what TlsGateGuard stopped until then was taken back; TG_ALWAYS if
                               nothing was */
    tg_instant_t stopped_at; /**< when TlsGateGuard stopped a trial; TG_ALWAYS if it did not */
    tg_instant_t stopped_until; /**< until then there is no trial; TG_NEVER: until it is taken back;
                                     TG_ALWAYS if none was stopped */
} tg_override_t;

/** A client or a network that is exempt from one schedule until a date. */
typedef struct {
    const char *schedule;
    const char *client;          /**< `kind:value`, or NULL for a network */
    const tg_network_t *network; /**< or NULL for a client */
    tg_instant_t until;
    const char *owner;
    const char *reason;
} tg_exemption_t;

/** Found by the name of the schedule, the client and the network, however many there are. */
typedef struct {
    apr_hash_t *overrides;  /**< of tg_override_t, by schedule */
    apr_hash_t *exemptions; /**< of override.c, by schedule */
} tg_override_set_t;

/** A set without entries. */
tg_override_set_t *tg_override_set_create(apr_pool_t *pool);

/** The override of that schedule, made if there is none: it overrides nothing then. */
tg_override_t *tg_override_of(tg_override_set_t *set, const char *schedule);

/** Adds a copy of an exemption, and what it means for the schedule as a whole. */
void tg_override_exempt(tg_override_set_t *set, const tg_exemption_t *exemption);

/** Only what an exemption means for the schedule as a whole. */
void tg_override_heed(tg_override_set_t *set, const tg_exemption_t *exemption);

/**
 * The overrides of @p set with other exemptions, without what they mean for a schedule as a whole.
 * Valid as long as both.
 * @param exemptions of tg_exemption_t; NULL: as in @p set
 */
const tg_override_set_t *tg_override_set_with(apr_pool_t *pool, const tg_override_set_t *set,
                                              const apr_array_header_t *exemptions);

/** Stops the trial of a schedule, unless that was taken back. */
void tg_override_stop(tg_override_t *override, tg_instant_t at, tg_instant_t until);

/**
 * The overrides of @p set, which may be NULL, with the trial of a schedule stopped until then,
 * unless that was taken back since @p at. In @p pool, and valid as long as @p set.
 */
const tg_override_set_t *tg_override_set_stopped(apr_pool_t *pool, const tg_override_set_t *set,
                                                 const char *schedule, tg_instant_t at,
                                                 tg_instant_t until);

/**
 * What is in force on connections of a proxy that hides the client's address until the request:
 * there Refuse waits for exempt networks too. @p set may be NULL. In @p pool, and valid as long
 * as @p set.
 */
const tg_override_set_t *tg_override_set_proxied(apr_pool_t *pool, const tg_override_set_t *set);

/** 1 if what was stopped at @p at was taken back: it was resumed since. @p override may be NULL. */
int tg_override_resumes(const tg_override_t *override, tg_instant_t at);

/**
 * The suspend, trial or stopped trial of an override that is on at @p t. A suspend goes before a
 * stop, and so does a trial by hand that was made after it; an older one may be what was stopped.
 * TG_OVERRIDE_NONE if there was none or it has ended, so that only the postponement is left.
 * @p override may be NULL.
 */
tg_override_kind_t tg_override_active(const tg_override_t *override, tg_instant_t t);

/**
 * 1 if TlsGateGuard stopped a trial and none runs at @p t in spite of it: also while a suspend
 * hides that. @p override may be NULL.
 */
int tg_override_is_stopped(const tg_override_t *override, tg_instant_t t);

/** When it ends; TG_NEVER if none is on, or it does not end by itself. */
tg_instant_t tg_override_end(const tg_override_t *override, tg_instant_t t);

/** The override of that schedule, or NULL. @p set may be NULL. */
const tg_override_t *tg_override_find(const tg_override_set_t *set, const char *schedule);

/**
 * The exemption of this client at @p t that lasts longest, or NULL. @p set, @p address and
 * @p client may be NULL.
 */
const tg_exemption_t *tg_exemption_find(const tg_override_set_t *set, const char *schedule,
                                        const char *client, apr_sockaddr_t *address,
                                        tg_instant_t t);

/** 1 if some client or network is exempt at @p t, whichever it is. @p override may be NULL. */
int tg_override_has_exempt(const tg_override_t *override, tg_instant_t t);

/** 1 if any network is exempt from that schedule at @p t. @param pool for the search */
int tg_exemption_has_network(apr_pool_t *pool, const tg_override_set_t *set, const char *schedule,
                             tg_instant_t t);

/** `suspend`, `trial`, `guard` or `none`. */
const char *tg_override_kind_name(tg_override_kind_t kind);

#endif
