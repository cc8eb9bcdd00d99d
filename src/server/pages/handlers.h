/* Which function answers for which of our pages. */
#ifndef TG_SERVER_PAGES_HANDLERS_H
#define TG_SERVER_PAGES_HANDLERS_H

#include <httpd.h>

/** handler: answers where SetHandler names one of our pages. */
int tg_handlers_answer(request_rec *r);

#endif
