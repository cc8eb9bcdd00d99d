/* The places of a plan where TlsGate lines apply, each with what a connection and a request meet
 * there, and what kinds of clients a schedule is about.
 */
#ifndef TG_CTL_PLACE_H
#define TG_CTL_PLACE_H

#include "format/plan.h"

#include <jansson.h>

/** A server, or a <Location> of it. Lives as long as the plan. */
typedef struct {
    const tg_plan_settings_t *settings;
    const char *text;                    /**< `vhost api.example.com:443 <Location /v1>` */
    const apr_array_header_t *bindings;  /**< of const tg_binding_t *: they decide requests */
    const apr_array_header_t *handshake; /**< the same for handshakes: those of the server */
} tg_ctl_place_t;

/** A kind of client: what its connections are. */
typedef struct {
    const char *name; /**< of the trait: `TLSv1`, `kx=RSA`, `expr` */
    tg_protocol_t protocol;
    tg_traits_t traits;
    const tg_schedule_t *expr; /**< the schedule whose expr= holds, or NULL */
} tg_ctl_kind_t;

/** Every place that has a TlsGate line. Of tg_ctl_place_t. */
apr_array_header_t *tg_ctl_places(apr_pool_t *pool, const tg_plan_t *plan);

/**
 * The places that a request for a host and path is answered at: one for each server with that
 * name.
 * @param host a name, or a name, a colon and a port
 * @param path NULL: no <Location>
 * @return of tg_ctl_place_t; empty if no server has that name
 */
apr_array_header_t *tg_ctl_places_at(apr_pool_t *pool, const tg_plan_t *plan, const char *host,
                                     const char *path);

/** 1 if the bindings have that schedule. */
int tg_ctl_place_has(const apr_array_header_t *bindings, const tg_schedule_t *schedule);

/** 1 if clients of that kind can come there: TLS only to a server that may speak it. */
int tg_ctl_place_meets(const tg_ctl_place_t *place, const tg_ctl_kind_t *kind);

/**
 * 1 if the server lets such clients in, whatever schedules say.
 * @param why otherwise receives the reason, or NULL if that is not known
 */
int tg_ctl_place_accepts(const tg_ctl_place_t *place, const tg_ctl_kind_t *kind,
                         const tg_plan_kept_out_t **why);

/**
 * 1 if a source of TlsGateIdentity there yields that kind of client.
 * @param is_hashed 1 or 0: only such a source; -1: any
 */
int tg_ctl_place_has_source(const tg_ctl_place_t *place, const char *client, int is_hashed);

/** 1 if such a client is known there by a source of TlsGateIdentity, or by its address. */
int tg_ctl_place_knows(const tg_ctl_place_t *place, const char *client);

/** 1 for a value as TlsGateIdentity hashes it. */
int tg_ctl_place_is_hash(const char *value);

/** The kinds that a schedule deprecates. Of tg_ctl_kind_t. */
apr_array_header_t *tg_ctl_kinds(apr_pool_t *pool, const tg_schedule_t *schedule);

/** The kind of clients of one protocol. */
tg_ctl_kind_t tg_ctl_kind_of(tg_protocol_t protocol);

/** `vhost a.example.com:443, vhost b.example.com:443 and 40 more`: the places of a list. */
const char *tg_ctl_places_text(apr_pool_t *pool, const json_t *places);

#endif
