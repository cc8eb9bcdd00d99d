/* The decision about one request: made here, read by everything that runs after it. */
#ifndef TG_SERVER_REQUEST_DECISION_H
#define TG_SERVER_REQUEST_DECISION_H

#include "server/base/connection.h"
#include "server/base/identity.h"

/** Keeps what modern clients never reach out of the hooks that they pass. */
#define TG_COLD __attribute__((noinline, cold))

/** What a path is left open for, so that its schedules are not enforced there. */
typedef enum {
    TG_OPEN_NOT,
    TG_OPEN_PAGE, /**< a page of ours */
    TG_OPEN_ACME  /**< an ACME challenge */
} tg_open_t;

/**
 * What was decided about a request. It hangs on the initial request, not on
 * subrequests, internal redirects or error documents; it is made and changed by
 * the thread that serves the request, and lives in its pool.
 */
typedef struct {
    const tg_transport_t *over; /**< what the request came over */
    const char *path;           /**< without the query; NULL without a log, which alone has it */
    const tg_scope_t *scope;    /**< that the decision is based on; NULL if none is */
    tg_open_t open;             /**< as far as the path says: who answers is seen later */
    int spared;                 /**< the request is served for that reason alone, or since httpd
                                   answered it before it was decided */
    const char *token;          /**< of the ACME challenge that the path asks for, or NULL */
    tg_identity_t identity;
    tg_subject_t subject;
    tg_outcome_t *outcomes;      /**< one per schedule that deprecates the connection */
    int count;                   /**< of outcomes; 0 if it is not deprecated here */
    const tg_outcome_t *decides; /**< one of outcomes; NULL if there are none */
    int status;                  /**< of the rejection; 0 if the request is served */
    const char *status_line;     /**< of the rejection on HTTP/1; NULL on HTTP/2, which has none */
    const char *content_type;    /**< of our own body of the rejection, or NULL */
    apr_size_t body_length;      /**< of that body */
    int answered;                /**< where spared: by its answerer, or by httpd's own error */
    int test;                    /**< tlsgate-verify answered it */
    int recorded;                /**< the sighting is arranged for */
    int awaited;                 /**< the same, and it is under way until that is written */
    const request_rec *sent_by;  /**< whose status was sent; NULL if no response was seen */
} tg_decision_t;

/** What hangs on a request that some schedule of its server may concern. */
typedef struct {
    const tg_connection_t *conn;
    tg_decision_t *decision; /**< of an initial request; NULL if nothing had to be decided */
    int unasked;             /**< not decided yet; it will be by the end of the request */
    int uncounted;           /**< the ledger leaves it out */
} tg_gated_t;

/** What hangs on a request; NULL if nothing does. */
static inline tg_gated_t *tg_gated_of(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &tlsgate_module);
}

/** The same, made where it is needed; NULL if no schedule of its server concerns the request. */
tg_gated_t *tg_gated_begin(request_rec *r);

/** The same for any request. */
tg_gated_t *tg_gated_for(request_rec *r);

/** The request that the client made, of which @p r may be a part or a redirection. */
request_rec *tg_decision_initial(request_rec *r);

/** What was decided about the initial request of @p r; NULL if nothing had to be. */
tg_decision_t *tg_decision_of(request_rec *r);

/**
 * What every gate says that deprecates the connection of a request.
 * @param gates    of tg_gate_ref_t *
 * @param outcomes room for as many as there are gates
 * @return how many were filled in
 */
int tg_decision_weigh(request_rec *r, const tg_decision_t *d, const apr_array_header_t *gates,
                      tg_outcome_t *outcomes);

/**
 * Decides for the scope that the request is in now, and sets the environment variables. A
 * decision that was made for another scope is replaced, and so is one that an expression took
 * part in, since what it looks at may have changed.
 * @param open what its path is left open for
 * @return NULL if no TlsGate line applied so far; else the decision, whatever it is
 */
tg_decision_t *tg_decision_decide(request_rec *r, tg_gated_t *gated, tg_open_t open);

/**
 * 1 if a request would be rejected somewhere in its server, whatever its path, or if that depends
 * on an expression.
 */
int tg_decision_rejects_somewhere(request_rec *r, tg_gated_t *gated);

/** Undoes a decision on a path that may not be the final one. */
void tg_decision_forget(request_rec *r, tg_gated_t *gated);

/** Decides again as if the path were not left open: another handler is about to answer. */
void tg_decision_close(request_rec *r, tg_decision_t *d);

/**
 * Marks the request as a caller's test of itself, and decides about it for
 * @p gates (of tg_gate_ref_t *), without enforcing anything, if no TlsGate line did
 * so before.
 */
tg_decision_t *tg_decision_test(request_rec *r, const apr_array_header_t *gates);

/** 1 if an initial request, in the scope that it is in now, may be concerned, or was before. */
int tg_decision_is_due(const request_rec *r, const tg_gated_t *gated);

/**
 * Decides about the initial request that httpd answered before it came to the gate: as it would
 * have been on its path, and nothing is enforced.
 * @return NULL if no TlsGate line applies
 */
tg_decision_t *tg_decision_unasked(request_rec *r, tg_gated_t *gated);

/**
 * What an initial request came over, and who the client is, has changed: the next decision is made
 * anew.
 * @return NULL if no schedule of its server concerns it now
 */
tg_gated_t *tg_decision_reopen(request_rec *r);

/** Sets the variables TLSGATE_* of a decision; also on a redirected request. */
void tg_decision_publish(request_rec *r, const tg_decision_t *d);

/**
 * Why the connection of a request is deprecated by a schedule.
 * @param told 1 for what the client may be told: nothing if it is the server's doing
 */
tg_cause_t tg_decision_cause(const tg_decision_t *d, const tg_schedule_t *schedule, int told);

/** The advice for the client of a request that came in for that cause, or NULL. */
const char *tg_decision_advice(request_rec *r, const tg_decision_t *d, tg_cause_t cause);

#endif
