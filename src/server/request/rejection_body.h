/* The body of a rejection: its text as JSON, HTML or plain text. */
#ifndef TG_SERVER_REQUEST_REJECTION_BODY_H
#define TG_SERVER_REQUEST_REJECTION_BODY_H

#include "rejection_text.h"
#include "respond.h"

/** The body, in @p pool. @param status of the response, which the JSON repeats */
const char *tg_rejection_body(apr_pool_t *pool, tg_type_t type, int status,
                              const tg_rejection_text_t *text);

#endif
