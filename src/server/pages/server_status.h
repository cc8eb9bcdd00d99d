/* Two lines on mod_status's page: where the schedules stand, and a link to our page. */
#ifndef TG_SERVER_PAGES_SERVER_STATUS_H
#define TG_SERVER_PAGES_SERVER_STATUS_H

#include <httpd.h>

/** mod_status's hook. @param flags AP_STATUS_SHORT: as `Key: value` */
int tg_server_status_lines(request_rec *r, int flags);

#endif
