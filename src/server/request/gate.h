/* The gate: decides about every request that comes over a suspect connection. Of the way hello →
 * traits → verdict → rejection → sighting this is the middle. Modern connections leave each hook
 * after one comparison in the connection record. */
#ifndef TG_SERVER_REQUEST_GATE_H
#define TG_SERVER_REQUEST_GATE_H

#include "decision.h"

/* The hooks; mod_tlsgate.c says when each runs and why. */
int tg_gate_post_read(request_rec *r);
int tg_gate_translate(request_rec *r);
int tg_gate_translate_pages(request_rec *r); /**< the same where our pages exist */
int tg_gate_post_perdir(request_rec *r);
int tg_gate_post_perdir_pages(request_rec *r); /**< the same */
int tg_gate_fixups_pages(request_rec *r);      /**< only where our pages exist */
int tg_gate_access(request_rec *r);
void tg_gate_error_answer(request_rec *r);

/**
 * A redirected request, and an answer that httpd made by itself, go on under the decision about the
 * initial one, which is made now if there is none.
 * @return that decision; NULL if no TlsGate line applies
 */
tg_decision_t *tg_gate_follow(request_rec *r);

/** Before anything answers that is no page of ours: DECLINED, or what to return instead. */
int tg_gate_before_handler(request_rec *r);

#endif
