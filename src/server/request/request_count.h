/* Counts each request in the ledger, once, when httpd writes its access log. */
#ifndef TG_SERVER_REQUEST_REQUEST_COUNT_H
#define TG_SERVER_REQUEST_REQUEST_COUNT_H

#include <httpd.h>

/** log_transaction: every request passes here once, whoever answered it, also with an error. */
int tg_request_count(request_rec *r);

/** Leaves a request out: looking at the numbers must not change them. */
void tg_request_count_not(request_rec *r);

#endif
