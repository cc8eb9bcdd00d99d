/* Overrides and exemptions: what ops change while httpd runs.
 *
 * A set is read-only once complete. When sets are swapped, the old one must live
 * as long as any verdict made from it.
 */
#ifndef TG_POLICY_OVERRIDE_H
#define TG_POLICY_OVERRIDE_H

#include "base/instant.h"

#include <apr_network_io.h>
#include <apr_tables.h>

typedef enum {
    TG_OVERRIDE_NONE,
    TG_OVERRIDE_SUSPEND,
    TG_OVERRIDE_TRIAL,
    TG_OVERRIDE_KINDS
} tg_override_kind_t;

/** What overrides one schedule: a suspend or a trial, and a postponement. */
typedef struct {
    const char *schedule;
    tg_override_kind_t kind;
    tg_instant_t until;          /**< when the suspend or trial ends */
    tg_instant_t postponed_from; /**< the configured cutoff that it replaces; TG_NEVER if none */
    tg_instant_t postponed_to;
} tg_override_t;

/** A client or a network that is exempt from one schedule until a date. */
typedef struct {
    const char *schedule;
    const char *client;      /**< `kind:value`, or NULL for a network */
    apr_ipsubnet_t *network; /**< or NULL for a client */
    tg_instant_t until;
    const char *owner;
    const char *reason;
} tg_exemption_t;

typedef struct {
    apr_array_header_t *overrides;  /**< of tg_override_t, one per schedule */
    apr_array_header_t *exemptions; /**< of tg_exemption_t */
} tg_override_set_t;

/**
 * The suspend or trial of an override that is on at @p t; TG_OVERRIDE_NONE if there was none
 * or it has ended, so that only the postponement is left. @p override may be NULL.
 */
tg_override_kind_t tg_override_active(const tg_override_t *override, tg_instant_t t);

/** The override of that schedule, or NULL. @p set may be NULL. */
const tg_override_t *tg_override_find(const tg_override_set_t *set, const char *schedule);

/**
 * The exemption of this client at @p t that lasts longest, or NULL. @p set, @p address and
 * @p client may be NULL.
 */
const tg_exemption_t *tg_exemption_find(const tg_override_set_t *set, const char *schedule,
                                        const char *client, apr_sockaddr_t *address,
                                        tg_instant_t t);

/**
 * 1 if a client that is exempt at @p t is identified by its request, so that no handshake
 * may be refused. @p set may be NULL.
 * @param behind_proxy 1 if the handshake does not show the client's address, but a proxy's
 */
int tg_exemption_needs_request(const tg_override_set_t *set, const char *schedule, tg_instant_t t,
                               int behind_proxy);

/**
 * 1 if a text is a numeric IPv4 or IPv6 address, or one followed by a slash and a number of
 * bits. Stricter than apr_ipsubnet_create(), which accepts "10" as 10.0.0.0/8.
 */
int tg_exemption_is_network(apr_pool_t *pool, const char *text);

/** `suspend`, `trial` or `none`. */
const char *tg_override_kind_name(tg_override_kind_t kind);

#endif
