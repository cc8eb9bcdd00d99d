/* A simulation of logs: what the clients in them would get at an instant, or on a day.
 *
 * Each record becomes a row: a client, what its connection was, and the places where it may be
 * answered. Each row is then decided by the functions that httpd decides with, in every way that
 * the log leaves open; where these disagree the answer is not known, and the row says what the log
 * lacks.
 */
#ifndef TG_CTL_REPORT_LOG_SIMULATION_H
#define TG_CTL_REPORT_LOG_SIMULATION_H

#include "ctl/base/in_force.h"
#include "ctl/status/answer.h"
#include "format/record.h"
#include "source/log_format.h"

/** Rows that are kept; further ones are counted. */
#define TG_CTL_LOG_ROWS_MAX 1048576

/** What a log may lack, in bits: those of tg_ctl_lacks_t, and these. */
typedef enum {
    TG_CTL_LACKS_CIPHER = 1 << 4,
    TG_CTL_LACKS_GROUP = 1 << 5,
    TG_CTL_LACKS_EXPR = 1 << 6,    /**< what expr= looks at */
    TG_CTL_LACKS_OFFERS = 1 << 7,  /**< whether the client offers something better too */
    TG_CTL_LACKS_CLIENT = 1 << 8,  /**< who the client is, for a share or an exemption */
    TG_CTL_LACKS_ADDRESS = 1 << 9, /**< the whole address, for the same */
    TG_CTL_LACKS_ALL = 1 << 10     /**< how many bits there are, and one */
} tg_ctl_log_lacks_t;

/** Where records of a host and path may be answered. Lives as long as the simulation. */
typedef struct {
    const apr_array_header_t *places; /**< of tg_ctl_place_t */
    const apr_array_header_t *apart;  /**< those of them that decide differently */
    unsigned lacks;                   /**< why there are several */
    tg_traits_t deprecated;           /**< by any schedule there */
    const char *decides; /**< all that decides there: the same where that is the same */
} tg_ctl_log_places_t;

/** A client and a kind of connection of it. */
typedef struct {
    const char *client;      /**< as the log has it */
    const char *key;         /**< as decisions see it; NULL: not known */
    apr_sockaddr_t *address; /**< or NULL */
    int is_own;              /**< from a log of ours, so that it is known who the client is */
    int is_cut;              /**< the log keeps a part of each address, or a hash */
    tg_ctl_kind_t kind;
    tg_traits_t possible;         /**< traits that it may have as well */
    const tg_schedule_t *decided; /**< then, or NULL */
    tg_cause_t cause;             /**< by that schedule */
    const tg_ctl_log_places_t *where;
    uint64_t requests;
    tg_instant_t first_seen, last_seen;
} tg_ctl_log_row_t;

/** What was read of the logs. */
typedef struct {
    uint64_t requests, tests, failed; /**< of customers; of tlsgate-verify; handshakes */
    uint64_t left_out;                /**< requests left out, because there are too many rows */
} tg_ctl_log_sums_t;

/** What becomes of a client, from the mildest. */
typedef enum {
    TG_CTL_LOG_SERVED,
    TG_CTL_LOG_WARNED, /**< served, with headers */
    TG_CTL_LOG_UNKNOWN,
    TG_CTL_LOG_REJECTED,
    TG_CTL_LOG_KEPT_OUT,
    TG_CTL_LOG_REFUSED,
    TG_CTL_LOG_ANSWERS
} tg_ctl_log_answer_t;

/** An answer, and until when it is that. */
typedef struct {
    tg_ctl_log_answer_t answer;
    int status, alert;    /**< 0: none */
    unsigned lacks;       /**< of an unknown one */
    const char *schedule; /**< that decides, or NULL */
    tg_phase_t phase;     /**< of it */
    const char *why;      /**< or NULL */
    tg_instant_t from, until;
} tg_ctl_log_step_t;

/** The simulation while it is made. Used by one thread. */
typedef struct tg_ctl_log_simulation_t tg_ctl_log_simulation_t;

/**
 * Begins one.
 * @param schedules only these count, of const tg_schedule_t *; NULL: all
 */
tg_ctl_log_simulation_t *tg_ctl_log_simulation(const tg_ctl_t *ctl,
                                               const tg_ctl_in_force_t *in_force,
                                               const apr_array_header_t *schedules);

/** 1 if it makes a difference which path a request has. */
int tg_ctl_log_has_paths(const tg_ctl_log_simulation_t *simulation);

/** Adds records: a tg_ctl_report_take_t. */
void tg_ctl_log_take(void *simulation, const tg_record_t *record, const tg_log_format_t *format,
                     uint64_t count, tg_instant_t last);

/** The rows, of tg_ctl_log_row_t *, in the order of their first record. */
const apr_array_header_t *tg_ctl_log_rows(const tg_ctl_log_simulation_t *simulation);

const tg_ctl_log_sums_t *tg_ctl_log_sums(const tg_ctl_log_simulation_t *simulation);

/** The changes by hand at the instants of a simulation. */
typedef struct {
    tg_instant_t from;
    const tg_override_set_t *set;
} tg_ctl_log_change_t;

/** Those in [from, until), of tg_ctl_log_change_t, at least one. */
apr_array_header_t *tg_ctl_log_changes(const tg_ctl_t *ctl, const tg_ctl_in_force_t *in_force,
                                       tg_instant_t from, tg_instant_t until);

/**
 * The answers to a row in [from, until), of tg_ctl_log_step_t, at least one; texts in @p pool.
 * @param changes by tg_ctl_log_changes()
 */
apr_array_header_t *tg_ctl_log_answers(apr_pool_t *pool, const tg_ctl_log_row_t *row,
                                       const apr_array_header_t *changes, tg_instant_t from,
                                       tg_instant_t until);

/** Answers that rows share. Read-only, but for `document`. */
typedef struct {
    const apr_array_header_t *steps; /**< by tg_ctl_log_answers() */
    json_t *document; /**< of whoever makes one of them: all of a day, once; or NULL */
    int is_kept;      /**< they live as long as what they were asked of */
} tg_ctl_log_answers_t;

/** Answers in a time that are remembered by what decides about them. Used by one thread. */
typedef struct tg_ctl_log_alike_t tg_ctl_log_alike_t;

tg_ctl_log_alike_t *tg_ctl_log_alike(apr_pool_t *pool, const apr_array_header_t *changes,
                                     tg_instant_t from, tg_instant_t until);

/** Those to a row: remembered, or else in @p pool. */
tg_ctl_log_answers_t *tg_ctl_log_answers_to(tg_ctl_log_alike_t *alike, apr_pool_t *pool,
                                            const tg_ctl_log_row_t *row);

/** The answers to all rows as a document. A new reference. @param top 0: all clients */
json_t *tg_ctl_log_document(const tg_ctl_t *ctl, const tg_ctl_log_simulation_t *simulation,
                            const apr_array_header_t *changes, tg_instant_t from,
                            tg_instant_t until, int top);

/** Prints it. */
void tg_ctl_log_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out);

#endif
