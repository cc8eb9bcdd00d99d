/* Sending one of our pages: see respond.h. */
#include "respond.h"

#include <http_protocol.h>

const char *tg_respond_type(tg_type_t type, const char *json_type)
{
    switch (type) {
    case TG_TYPE_HTML:
        return "text/html; charset=utf-8";
    case TG_TYPE_TEXT:
        return "text/plain; charset=utf-8";
    case TG_TYPE_JSON:
    case TG_TYPES:
        break;
    }
    return json_type;
}

void tg_respond_send(request_rec *r, tg_type_t type, const char *json_type, const char *body)
{
    apr_size_t length = strlen(body);

    ap_set_content_type(r, tg_respond_type(type, json_type));
    ap_set_content_length(r, (apr_off_t)length);
    if (!r->header_only) {
        ap_rwrite(body, (int)length, r);
    }
}
