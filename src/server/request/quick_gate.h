/* The gate for modules that answer before a <Location> is known, such as mod_cache: they may answer
 * only where the request is served whatever becomes of its path. */
#ifndef TG_SERVER_REQUEST_QUICK_GATE_H
#define TG_SERVER_REQUEST_QUICK_GATE_H

#include <httpd.h>

int tg_quick_gate_handler(request_rec *r, int lookup);

#endif
