/* The body of a rejection: its text as JSON, HTML or plain text. */
#ifndef TG_SERVER_REQUEST_REJECTION_BODY_H
#define TG_SERVER_REQUEST_REJECTION_BODY_H

#include "rejection_text.h"
#include "respond.h"

/** The body, in r->pool. */
const char *tg_rejection_body(request_rec *r, tg_type_t type, const tg_decision_t *d,
                              const tg_rejection_text_t *text);

#endif
