/* The answer to a rejected request. */
#ifndef TG_REPLY_H
#define TG_REPLY_H

#include "request.h"

/**
 * Makes the answer that httpd sends once a hook returns rq->status: headers, the
 * body unless an ErrorDocument is configured for that status, and that an HTTP/1
 * connection ends with it, the request body unread. Sets rq->content_type.
 */
void tg_reply_prepare(request_rec *r, tg_request_t *rq);

#endif
