/* The handler of tlsgate-status: where the migration stands, for people, programs and
 * monitoring. */
#ifndef TG_SERVER_PAGES_STATUS_PAGE_H
#define TG_SERVER_PAGES_STATUS_PAGE_H

#include <httpd.h>

/** Answers one request. */
int tg_status_page_answer(request_rec *r);

#endif
