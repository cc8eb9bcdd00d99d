/* From the decision about a request to a sighting in the log. */
#ifndef TG_SERVER_REQUEST_REQUEST_SIGHTING_H
#define TG_SERVER_REQUEST_REQUEST_SIGHTING_H

#include "decision.h"

/**
 * Logs the request when it ends, if it is deprecated; once, however often this is called. A hook
 * of log_transaction would do, but every modern request would pass it too.
 */
void tg_request_sighting_arrange(request_rec *r, tg_decision_t *d);

/** 1 for what is recorded in another place, or is no request of a client: httpd calls itself, and a
 * request becomes the first stream of HTTP/2. */
int tg_request_is_no_clients(const request_rec *r);

#endif
