/* Content negotiation among the few types that we can answer with. */
#ifndef TG_SERVER_REQUEST_NEGOTIATE_H
#define TG_SERVER_REQUEST_NEGOTIATE_H

#include <httpd.h>

typedef enum { TG_TYPE_JSON, TG_TYPE_HTML, TG_TYPE_TEXT, TG_TYPES } tg_type_t;

/**
 * The type that `Accept` prefers (RFC 9110 section 12.5.1). JSON if it prefers several, if there is
 * no Accept, or if nothing fits: a response in another form is better than none.
 */
tg_type_t tg_negotiate_type(request_rec *r);

#endif
