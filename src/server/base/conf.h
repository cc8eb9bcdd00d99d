/* The configuration: what the directives set. Everything here is written while the configuration
 * is read (one thread, before any child exists) and read-only from post_config on. It lives in
 * pconf. */
#ifndef TG_SERVER_BASE_CONF_H
#define TG_SERVER_BASE_CONF_H

#include "policy/advice.h"
#include "policy/guard.h"
#include "policy/verdict.h"

#include <ap_expr.h>
#include <apr_hash.h>
#include <http_config.h>
#include <httpd.h>

extern module AP_MODULE_DECLARE_DATA tlsgate_module;

/** Where RFC 8555 section 8.3 has challenges answered; paths below it are exempt. */
#define TG_CONF_ACME_PATH "/.well-known/acme-challenge"

/** How addresses are stored and shown. */
typedef enum {
    TG_PRIVACY_UNSET,
    TG_PRIVACY_FULL, /**< the default */
    TG_PRIVACY_TRUNCATE,
    TG_PRIVACY_HASH,
    TG_PRIVACIES
} tg_privacy_t;

/** Our pages. */
typedef enum {
    TG_PAGE_VERIFY,   /**< `tlsgate-verify` */
    TG_PAGE_SCHEDULE, /**< `tlsgate-schedule` */
    TG_PAGE_STATUS,   /**< `tlsgate-status` */
    TG_PAGES
} tg_page_t;

/** TlsGateCensus: by default on where a schedule applies. */
typedef enum { TG_CENSUS_UNSET, TG_CENSUS_ON, TG_CENSUS_OFF } tg_census_t;

/** One source of TlsGateIdentity. */
typedef struct tg_identity_source_t tg_identity_source_t;

/** One target of TlsGateLog; see sightlog.h. */
typedef struct tg_log_t tg_log_t;

/** Which TLS versions a server accepts; see protocol_support.h. */
typedef struct tg_protocol_support_t tg_protocol_support_t;

/** mod_ssl's directives of one server; see mod_ssl_conf.h. */
typedef struct tg_mod_ssl_args_t tg_mod_ssl_args_t;

/** How a schedule is used: the strongest use that any TlsGate line makes of it. */
typedef enum { TG_USE_NONE, TG_USE_REPORT_ONLY, TG_USE_ENFORCED, TG_USES } tg_use_t;

/** A schedule as the server knows it. */
typedef struct {
    tg_schedule_t *schedule;
    apr_array_header_t *exprs; /**< of ap_expr_info_t *: any that holds deprecates */
    const ap_directive_t *directive;
    tg_use_t use;       /**< set when names are resolved */
    unsigned as_phases; /**< bit tg_phase_t for each as= of a TlsGate line that names it */
    tg_binding_t lines; /**< what those that enforce it have in common: see tg_binding_join() */
    int ledger_number;  /**< tg_ledger_schedule(). Set at start */
} tg_server_schedule_t;

/** One name of one TlsGate line. */
typedef struct {
    tg_binding_t binding;
    const char *name;
    tg_server_schedule_t *entry; /**< set when names are resolved */
    const ap_directive_t *directive;
} tg_gate_ref_t;

/** The TlsGate lines of one server, vhost or <Location>. */
typedef struct {
    server_rec *server;
    const char *location;      /**< NULL for a server or vhost */
    int is_regex;              /**< the location is a regular expression */
    apr_array_header_t *gates; /**< of tg_gate_ref_t *; empty for `off` */
    apr_hash_t *named;         /**< the gates by name */
    int index;                 /**< in the order of the configuration */
    int off;
    int gates_page;               /**< the same <Location> sets one of our pages */
    int gates_acme;               /**< the <Location> is below /.well-known/acme-challenge/ */
    tg_traits_t traits;           /**< of all its schedules; set when names are resolved */
    int has_expr;                 /**< one of them has expr=; set when names are resolved */
    apr_array_header_t *bindings; /**< of const tg_binding_t *: those of the gates; set then */
    tg_traits_t refused;          /**< the key exchanges and ciphers that it refuses at some date */
    tg_instant_t refused_from;    /**< before that instant none of them; both set then */
} tg_scope_t;

/** All that was configured, for all servers. */
typedef struct {
    const server_rec *main_server;  /**< set when names are resolved */
    apr_array_header_t *entries;    /**< of tg_server_schedule_t * */
    apr_hash_t *by_name;            /**< the same, by name */
    apr_array_header_t *scopes;     /**< of tg_scope_t * */
    apr_array_header_t *logs;       /**< of tg_log_t * */
    apr_hash_t *logs_by_spec;       /**< the same, by what the directive says */
    int has_pages;                  /**< some line names a page of ours */
    int has_verify;                 /**< a SetHandler names tlsgate-verify */
    const char *state;              /**< the file of live overrides, a full path; NULL: none */
    tg_server_schedule_t *open;     /**< the schedule whose section is being read */
    apr_hash_t *given;              /**< the lines read so far that are allowed once */
    tg_traits_t traits;             /**< of all schedules that a scope names */
    tg_traits_t own_traits;         /**< the same without those that deprecate any */
    int has_expr;                   /**< one of them has expr= */
    int has_certificates;           /**< some server tells clients by their certificates */
    int paths_stay;                 /**< nothing gives a request another path. Set at start */
    apr_array_header_t *everywhere; /**< of const tg_gate_ref_t *: what the <Location>s of the main
                                       server enforce, which every vhost has. Set when resolved */
    tg_traits_t accepted;           /**< the TLS versions that every server accepts. Set at start */
    int lacks_post_quantum;         /**< OpenSSL has no post-quantum group. Set at start */
    tg_census_t census;             /**< what the directive says */
    int counts_requests;            /**< the ledger counts them. Set when names are resolved */
    int counts_connections;         /**< the same of connections */
    uint32_t stragglers;            /**< of TlsGateLedger */
    const char *ledger_file;        /**< of TlsGateLedger, a full path; NULL: none */
    int tracks_upgrades;            /**< TlsGateTrackUpgrades on */
    int shows_history;              /**< TlsGateVerifyHistory on */
    apr_array_header_t *ignored;    /**< of tg_network_t: what the ledger leaves out; NULL: none */
    tg_guard_t guard;               /**< what TlsGateGuard says */
    const char *guard_text;         /**< in its words; NULL: nothing */
    apr_array_header_t *warnings;   /**< of tg_warning_t: what the start warned of. Set at start */
    int warning_count;              /**< how many there were, also those that are not kept */
} tg_main_conf_t;

/** Per server and vhost. NULL or UNSET means: not set here. */
typedef struct {
    tg_main_conf_t *main_conf;    /**< the same for every server */
    apr_array_header_t *identity; /**< of tg_identity_source_t * */
    tg_privacy_t privacy;
    tg_log_t *log;
    apr_array_header_t *advice; /**< of tg_advice_t * */
    const char **pages;         /**< where each tg_page_t is: the path of a <Location>, or NULL;
                                   NULL: not known. Set when the pages are found */
    int has_locations;          /**< a <Location> of this server has TlsGate; set when resolved */
    tg_traits_t watched;        /**< the traits that concern a request somewhere in this server; all
                                   of them where an expression decides. Set when resolved */
    apr_array_header_t *locations; /**< of const tg_scope_t *: its own <Location>s with TlsGate;
                                      NULL: none. Set when resolved */
    apr_array_header_t *enforced; /**< of const tg_gate_ref_t *: what it enforces itself, and in its
                                      own <Location>s, each use once. Set at start */
    const tg_mod_ssl_args_t *ssl; /**< set when resolved; NULL: none */
    const tg_protocol_support_t
        *support; /**< the TLS versions that it accepts; NULL: not known. Set at start */
    uint32_t ledger_distance; /**< tg_ledger_distance() of its group. Set at start */
} tg_server_conf_t;

/** Per directory. It is merged as httpd merges the handlers themselves, so that it says what
 * SetHandler says wherever a request is. */
typedef struct {
    tg_scope_t *scope; /**< NULL: not set here */
    int has_handler;   /**< a SetHandler is here */
    tg_page_t page;    /**< that it names in a <Location>; TG_PAGES if it names none */
} tg_dir_conf_t;

void *tg_conf_create_server(apr_pool_t *pool, server_rec *s);
void *tg_conf_merge_server(apr_pool_t *pool, void *base, void *add);
void *tg_conf_create_dir(apr_pool_t *pool, char *path);
void *tg_conf_merge_dir(apr_pool_t *pool, void *base, void *add);

tg_server_conf_t *tg_conf_of_server(const server_rec *s);

/** What messages call a server: `vhost api.example.com:443` or `main server`. */
const char *tg_conf_server_name(apr_pool_t *pool, const server_rec *s);

/** The scope in force; NULL if no TlsGate line applies. */
const tg_scope_t *tg_conf_scope(const ap_conf_vector_t *per_dir_config);

/** Adds a schedule; its name is not taken yet. */
void tg_conf_add_entry(tg_main_conf_t *main_conf, tg_server_schedule_t *entry);

/** The entry of that name, or NULL. */
tg_server_schedule_t *tg_conf_entry(const tg_main_conf_t *main_conf, const char *name);

/** How addresses are shown on this server, the default applied. */
tg_privacy_t tg_conf_privacy(const tg_server_conf_t *conf);

/**
 * Resolves the names of all TlsGate lines and works out what concerns whom.
 * @param main_server the first of the list
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR after an error was logged
 */
int tg_conf_resolve(apr_pool_t *pool, server_rec *main_server);

/**
 * 1 if what a client offered may be wanted after a handshake that no schedule's version concerns.
 * A key exchange is known only from the cipher that is chosen in the end.
 */
static inline int tg_conf_wants_offers(const tg_main_conf_t *main_conf)
{
    return main_conf->has_expr || (main_conf->own_traits & TG_TRAITS_NEGOTIATED) != 0;
}

/** 1 if a schedule applies somewhere in a server. */
int tg_conf_has_gates(const server_rec *s);

/** 1 if something is decided by what a renegotiation may change: the cipher, the certificate. */
static inline int tg_conf_asks_again(const tg_main_conf_t *main_conf)
{
    return (main_conf->own_traits & TG_TRAITS_NEGOTIATED) != 0 || main_conf->has_certificates;
}

/**
 * Every gate that applies somewhere in a server: its own, those of the main
 * server that it inherits, and those of its locations, each schedule once.
 * @return of tg_gate_ref_t *
 */
apr_array_header_t *tg_conf_gates_of_server(apr_pool_t *pool, const server_rec *s);

/**
 * The binding that decides about handshakes with a server for a schedule; NULL if there is none:
 * those of its locations do not, since a handshake does not know the path.
 */
const tg_binding_t *tg_conf_handshake_binding(const server_rec *s, const tg_schedule_t *schedule);

#endif
