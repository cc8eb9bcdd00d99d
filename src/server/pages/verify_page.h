/* tlsgate-verify: a developer tests whether a client will still be served. */
#ifndef TG_SERVER_PAGES_VERIFY_PAGE_H
#define TG_SERVER_PAGES_VERIFY_PAGE_H

#include <httpd.h>

/** Answers one request; returns OK, DECLINED or a status, as a handler does. */
int tg_verify_page_answer(request_rec *r);

#endif
