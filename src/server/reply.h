/* The answer to a rejected request. */
#ifndef TG_REPLY_H
#define TG_REPLY_H

#include "request.h"

/**
 * Sets what goes with every rejection, one with an ErrorDocument too: the headers,
 * and that an HTTP/1 connection ends with it, its body unread.
 */
void tg_reply_prepare(request_rec *r, const tg_request_t *rq);

/**
 * Sends our own body, unless an ErrorDocument is configured for the status.
 * @return DONE, or the status, so that httpd sends the ErrorDocument
 */
int tg_reply_send(request_rec *r, const tg_request_t *rq);

#endif
