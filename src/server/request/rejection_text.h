/* What a rejected client is told: the sentences, whatever their form. */
#ifndef TG_SERVER_REQUEST_REJECTION_TEXT_H
#define TG_SERVER_REQUEST_REJECTION_TEXT_H

#include "decision.h"
#include "pieces.h"

/** What a rejection comes to. */
typedef struct {
    tg_reason_t reason;
    tg_protocol_t needed; /**< that this client must be able to use; TG_PROTOCOLS if none helps */
    tg_instant_t until;   /**< when the client is served again; TG_NEVER if no date says so */
} tg_rejection_terms_t;

/** The same in words, in r->pool. NULL where there is nothing to say. */
typedef struct {
    const tg_schedule_t *schedule; /**< that decides */
    const char *protocol;          /**< what the request came over, if that is a reason */
    const char *needed;
    const char *phase;
    const char *host;      /**< that was asked */
    const char *test_page; /**< the URL of its tlsgate-verify, where another client may do */
    const char *until;     /**< RFC 3339: the end of the trial, if the client is served then */
    const char *for_good;  /**< RFC 3339: from when such requests are rejected for good */
    const char *title;
    tg_instant_t ends;         /**< `until` */
    tg_instant_t sunset;       /**< `for_good` */
    tg_instant_t refused_from; /**< when the handshake fails as well; TG_NEVER: no date says so */
    int is_capable;            /**< unless the client offers something better that the server has */
    int is_permanent;
    tg_pieces_t detail; /**< what happened, until when, and why */
    apr_size_t when;    /**< the first piece of it that says until when */
    apr_size_t why;     /**< the first one that says why */
    const char *cause;
    const char *advice;
} tg_rejection_text_t;

/** What happened, in a few words; in r->pool. */
const char *tg_rejection_title(request_rec *r, const tg_decision_t *d,
                               const tg_rejection_terms_t *terms);

/**
 * The status and a reason phrase (RFC 9112 section 4) that says what happened: many programs show
 * nothing else. ASCII, and our own words alone; in r->pool.
 */
const char *tg_rejection_status_line(request_rec *r, const tg_decision_t *d,
                                     const tg_rejection_terms_t *terms, const char *title);

void tg_rejection_text(request_rec *r, const tg_decision_t *d, const tg_rejection_terms_t *terms,
                       const char *title, tg_rejection_text_t *text);

#endif
