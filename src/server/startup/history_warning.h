/* Warns about a TlsGateVerifyHistory that can never show anything. */
#ifndef TG_SERVER_STARTUP_HISTORY_WARNING_H
#define TG_SERVER_STARTUP_HISTORY_WARNING_H

#include <httpd.h>

/**
 * Warns, at start and in httpd -t, with what is missing: the table, the page, or who can be
 * told.
 */
void tg_history_warning(const server_rec *main_server);

#endif
