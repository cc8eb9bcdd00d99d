/* From the decision about a request to a sighting in the log. */
#ifndef TG_RECORD_H
#define TG_RECORD_H

#include "request.h"

/**
 * Has the request recorded when it ends, if it is deprecated; once, however often
 * it is called. A hook of log_transaction would do, but every modern request would
 * pass it too.
 */
void tg_record_arrange(request_rec *r, tg_request_t *rq);

#endif
