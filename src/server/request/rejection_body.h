/* What a rejection says: the sentences, and their three forms. */
#ifndef TG_SERVER_REQUEST_REJECTION_BODY_H
#define TG_SERVER_REQUEST_REJECTION_BODY_H

#include "decision.h"
#include "respond.h"

/**
 * The version that this client must be able to use; TG_PROTOCOLS if none helps.
 * To the outside an unannounced schedule does not exist, and report-only enforces
 * nothing: neither counts.
 */
tg_protocol_t tg_rejection_needed(const tg_decision_t *d);

/**
 * The body of the rejection, in r->pool.
 * @param needed what tg_rejection_needed() returned
 * @param until  when the client is served again; TG_NEVER if there is no telling
 */
const char *tg_rejection_body(request_rec *r, const tg_decision_t *d, tg_type_t type,
                              tg_protocol_t needed, tg_instant_t until);

#endif
