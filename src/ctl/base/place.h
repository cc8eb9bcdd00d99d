/* The places of a plan where TlsGate lines apply, each with what a connection and a request meet
 * there, and what kinds of clients a schedule is about.
 */
#ifndef TG_CTL_BASE_PLACE_H
#define TG_CTL_BASE_PLACE_H

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
    int has_any_expr;          /**< each expr= holds */
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

/** What is not known of a request, so that it may be answered at several places. Bits. */
typedef enum {
    TG_CTL_LACKS_HOST = 1 << 0, /**< it names none */
    TG_CTL_LACKS_SERVER =
        1 << 1,                 /**< no ServerName is its host, so that a default server answers */
    TG_CTL_LACKS_PATH = 1 << 2, /**< it has none, and there are <Location>s */
    TG_CTL_LACKS_REGEX = 1 << 3 /**< whether a <LocationMatch> is for its path */
} tg_ctl_lacks_t;

/**
 * A plan made ready for many questions about its places. Lives as long as its pool and the
 * plan.
 */
typedef struct tg_ctl_place_index_t tg_ctl_place_index_t;

const tg_ctl_place_index_t *tg_ctl_place_index(apr_pool_t *pool, const tg_plan_t *plan);

/**
 * The places that a request may be answered at: of those that decide alike only the first.
 * @param host  or NULL
 * @param path  or NULL
 * @param lacks receives why there are several, as bits of tg_ctl_lacks_t
 * @return of tg_ctl_place_t
 */
apr_array_header_t *tg_ctl_places_possible(apr_pool_t *pool, const tg_ctl_place_index_t *index,
                                           const char *host, const char *path, unsigned *lacks);

/**
 * Those of the bindings whose schedule is one of these.
 * @param schedules of const tg_schedule_t *; NULL: all of them
 */
const apr_array_header_t *tg_ctl_place_named(apr_pool_t *pool, const apr_array_header_t *bindings,
                                             const apr_array_header_t *schedules);

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
