/* What a rejection says: the sentences, and their three forms. */
#ifndef TG_ANSWER_H
#define TG_ANSWER_H

#include "page.h"
#include "request.h"

/**
 * The version that this client must be able to use; TG_PROTOCOLS if none helps.
 * To the outside an unannounced schedule does not exist, and report-only enforces
 * nothing: neither counts.
 */
tg_protocol_t tg_answer_needed(const tg_request_t *rq);

/**
 * The body of the rejection, in r->pool.
 * @param needed what tg_answer_needed() returned
 * @param until  when the client is served again; TG_NEVER if there is no telling
 */
const char *tg_answer_body(request_rec *r, const tg_request_t *rq, tg_type_t type,
                           tg_protocol_t needed, tg_instant_t until);

#endif
