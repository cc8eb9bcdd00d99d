/* The headers by which a served client learns the dates. */
#ifndef TG_SERVER_REQUEST_HEADERS_H
#define TG_SERVER_REQUEST_HEADERS_H

#include <httpd.h>

/** Registers the output filter; call once, while hooks are registered. */
void tg_headers_register(void);

/**
 * Puts the filter into the chain of a request that is deprecated and served, if
 * it is not there yet. Also insert_filter and insert_error_filter, since content
 * negotiation and errors begin new chains.
 */
void tg_headers_add_filter(request_rec *r);

#endif
