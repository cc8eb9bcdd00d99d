/* The answer to a rejected request. */
#ifndef TG_SERVER_REQUEST_REJECTION_H
#define TG_SERVER_REQUEST_REJECTION_H

#include "decision.h"

/**
 * Makes the answer that httpd sends once a hook returns d->status: headers, the
 * body unless an ErrorDocument is configured for that status, and whether an HTTP/1
 * connection ends with it: always where the request has a body, which is not read.
 * Sets d->content_type.
 * @return d->status
 */
int tg_rejection_prepare(request_rec *r, tg_decision_t *d);

#endif
