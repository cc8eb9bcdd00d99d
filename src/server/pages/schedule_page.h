/* tlsgate-schedule: the public plan, for programs and for people. */
#ifndef TG_SERVER_PAGES_SCHEDULE_PAGE_H
#define TG_SERVER_PAGES_SCHEDULE_PAGE_H

#include <httpd.h>

/** Answers one request; returns OK, DECLINED or a status, as a handler does. */
int tg_schedule_page_answer(request_rec *r);

#endif
