/* What a client gets at a place, decided by the functions that httpd decides with. */
#ifndef TG_CTL_STATUS_ANSWER_H
#define TG_CTL_STATUS_ANSWER_H

#include "ctl/base/place.h"

#include <jansson.h>

/** Who asks, where and when. */
typedef struct {
    apr_pool_t *pool;
    const tg_ctl_place_t *place;
    const tg_ctl_kind_t *kind;
    tg_instant_t t;
    const char *client;                 /**< `kind:value`, or NULL: in every share */
    apr_sockaddr_t *address;            /**< or NULL */
    const tg_override_set_t *overrides; /**< or NULL */
    int is_open; /**< the connection is open: its handshake is over, and it asks again */
} tg_ctl_question_t;

typedef enum {
    TG_CTL_SERVED,
    TG_CTL_REJECTED, /**< the handshake succeeds; each request gets a status */
    TG_CTL_REFUSED,  /**< by a schedule, in the handshake */
    TG_CTL_KEPT_OUT, /**< by the settings of the server, in the handshake */
    TG_CTL_ANSWERS
} tg_ctl_answer_kind_t;

/** The answer. Lives in the pool of the question. */
typedef struct {
    tg_ctl_answer_kind_t kind;
    const tg_outcome_t *decides;        /**< NULL: no schedule deprecates it there */
    const tg_outcome_t *outcomes;       /**< of each schedule that deprecates it, as many as */
    int count;                          /**< this */
    const tg_plan_kept_out_t *kept_out; /**< or NULL, also where the reason is not known */
    int status;                         /**< of a rejection, or 0 */
    int alert;                          /**< the number of the TLS alert; 0: none, or it depends */
    int share;                          /**< of all such clients, in per cent, that get it */
    tg_instant_t until;                 /**< when the kind changes; TG_NEVER: it does not */
    tg_ctl_answer_kind_t then;
    /** Until when no change was found, if the search ended after too many changes of phase; else
     * TG_NEVER. */
    tg_instant_t at_least;
} tg_ctl_answer_t;

/** Who asks, as decisions about its requests and about its handshake see it. */
tg_subject_t tg_ctl_request_subject(const tg_ctl_question_t *question);
tg_subject_t tg_ctl_handshake_subject(const tg_ctl_question_t *question);

/** The answer, without `until` and `then`. */
tg_ctl_answer_t tg_ctl_answer_now(const tg_ctl_question_t *question);

/** The answer and when it changes. */
tg_ctl_answer_t tg_ctl_answer(const tg_ctl_question_t *question);

/**
 * The first instant after that of the question at which any schedule of the place may say something
 * else; TG_NEVER if none does.
 */
tg_instant_t tg_ctl_answer_next(const tg_ctl_question_t *question);

/** `served`, `rejected`, `refused` or `kept_out`. */
const char *tg_ctl_answer_name(tg_ctl_answer_kind_t kind);

/** The alert: `70 protocol_version`. In @p pool. */
const char *tg_ctl_answer_alert(apr_pool_t *pool, const tg_ctl_answer_t *answer);

/** `rejected with 400`, `refused (TLS alert 70 protocol_version)`. In @p pool. */
const char *tg_ctl_answer_words(apr_pool_t *pool, const tg_ctl_answer_t *answer);

/** The same and until when, for people: `served until 17:45Z (in 2 h)`. */
const char *tg_ctl_answer_words_until(apr_pool_t *pool, const tg_ctl_answer_t *answer,
                                      tg_instant_t now);

/** Its members as a document, with the words. A new reference. */
json_t *tg_ctl_answer_json(apr_pool_t *pool, const tg_ctl_answer_t *answer, tg_instant_t now);

#endif
