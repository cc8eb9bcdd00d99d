/* tlsgate-schedule: the public plan, for programs and for people. */
#ifndef TG_PLANPAGE_H
#define TG_PLANPAGE_H

#include <httpd.h>

/** Answers one request; returns OK, DECLINED or a status, as a handler does. */
int tg_planpage_answer(request_rec *r);

#endif
