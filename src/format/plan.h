/* A plan: all schedules and where each is used, as a document that programs read.
 *
 * httpd prints it with DUMP_TLSGATE_JSON and writes it when it starts; tlsgatectl reads it. The
 * reader is the exact inverse of the writer: the schedules that come out have the same phase
 * at every instant.
 */
#ifndef TG_FORMAT_PLAN_H
#define TG_FORMAT_PLAN_H

#include "base/fault.h"
#include "base/json_read.h"
#include "policy/verdict.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/** The version of the document that holds all schedules and who uses them. */
#define TG_PLAN_VERSION 1

/** The plan that runs is in a file with the name of the state file and this suffix. */
#define TG_PLAN_SUFFIX ".plan"

/**
 * The schedule and its phase at @p now, every instant in UTC; dates that are not set are
 * null.
 * @return a new reference
 */
json_t *tg_plan_json(const tg_schedule_t *schedule, const tg_override_t *override,
                     tg_instant_t now);

/** The names of the traits, as an array. A new reference. */
json_t *tg_plan_traits_json(const tg_schedule_t *schedule);

/** The names of the traits, separated by spaces: `TLSv1 TLSv1.1`. In @p pool. */
const char *tg_plan_traits(apr_pool_t *pool, const tg_schedule_t *schedule);

/** The largest document, in bytes. */
#define TG_PLAN_MAX ((apr_size_t)16 * 1024 * 1024)

/** A version that a server does not let in, and why. */
typedef struct {
    tg_protocol_t protocol;
    int alert;          /**< what a client gets that offers nothing else; 0: not known */
    const char *reason; /**< as a sentence goes on: `SSLProtocol ... leaves it out` */
    const char *fix;
} tg_plan_kept_out_t;

/** One source of TlsGateIdentity. */
typedef struct {
    const char *source; /**< `header:X-Account` */
    const char *kind;   /**< `account` or `cert` */
    int is_hashed;
} tg_plan_identity_t;

/** Whose address a handshake shows. */
typedef enum {
    TG_PLAN_PEER_CLIENT,
    TG_PLAN_PEER_PROXY,  /**< that of the sender of the PROXY protocol */
    TG_PLAN_PEER_HEADER, /**< a header of the request may name another client */
    TG_PLAN_PEERS
} tg_plan_peer_t;

/** How servers treat connections and clients. */
typedef struct {
    int is_tls;                   /**< 1 or 0; -1 if it is not known */
    tg_traits_t accepts;          /**< the TLS versions; all of them if that is not known */
    apr_array_header_t *kept_out; /**< of tg_plan_kept_out_t; empty if it is not known */
    int is_classical;             /**< it has no post-quantum group to choose, where kx=classical is
                                       deprecated */
    apr_array_header_t *identity; /**< of tg_plan_identity_t, the first that yields counts */
    tg_plan_peer_t peer;
    const char *privacy; /**< as TlsGatePrivacy has it: `full`, `truncate` or `hash` */
    const char *log;     /**< a full path, or "|program"; NULL: none */
} tg_plan_settings_t;

/** A server or vhost. */
typedef struct {
    const char *name;          /**< `vhost api.example.com:443` */
    apr_array_header_t *names; /**< of const char *: ServerName, ServerAlias; may have wildcards */
    const char *verify;        /**< the path of its tlsgate-verify, as in a URL, or NULL */
    const tg_plan_settings_t *settings;
} tg_plan_server_t;

/** The TlsGate lines of a server, vhost or <Location>. */
typedef struct {
    const char *server;
    const char *location;         /**< or NULL for a server or vhost */
    int is_regex;                 /**< the location is a regular expression */
    apr_array_header_t *bindings; /**< of const tg_binding_t *; empty for `off` */
} tg_plan_scope_t;

/** One name of a TlsGate line, and where the line is. */
typedef struct {
    const char *server;
    const char *location; /**< or NULL for a server or vhost */
    tg_binding_t binding;
} tg_plan_use_t;

/** A plan, read-only. All of it lives in the pool that it was read into. */
typedef struct {
    tg_instant_t time;             /**< when it was written */
    const char *state;             /**< the file of TlsGateState, or NULL */
    const char *guard;             /**< what TlsGateGuard says, or NULL */
    const char *ledger;            /**< the file of TlsGateLedger, or NULL */
    apr_array_header_t *schedules; /**< of tg_schedule_t *, finished */
    apr_array_header_t *uses;      /**< of tg_plan_use_t */
    apr_array_header_t *lines;     /**< of tg_plan_scope_t, in the order of the configuration */
    apr_array_header_t *settings;  /**< of tg_plan_settings_t */
    apr_array_header_t *servers;   /**< of tg_plan_server_t, the main server first */
    const char
        *scopes; /**< who uses what, `off` included: plans with the same text have the same uses */
} tg_plan_t;

/**
 * Reads a document, strictly: members that follow from the dates are computed again and
 * must be the same, so that a plan made by other rules is refused, not half understood. Texts are
 * copied.
 * @return 1, or 0 with @p fault filled: its reason names the place
 */
int tg_plan_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_plan_t *out,
                  tg_fault_t *fault);

/** Reads `settings` and `servers` into the plan. 1, or 0 with the reader's fault filled. */
int tg_plan_read_servers(const tg_json_reader_t *r, tg_plan_t *plan);

/** The schedule of that name, or NULL. */
const tg_schedule_t *tg_plan_schedule(const tg_plan_t *plan, const char *name);

/** 1 if a server has that name, or a ServerAlias that fits it. @param host without a port */
int tg_plan_server_has(const tg_plan_server_t *server, const char *host);

/** What all lines that enforce a schedule of the plan make of it: see tg_binding_join(). */
tg_binding_t tg_plan_binding(const tg_plan_t *plan, const tg_schedule_t *schedule);

#endif
