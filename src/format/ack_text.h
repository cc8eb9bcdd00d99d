/* An acknowledgement in words. */
#ifndef TG_FORMAT_ACK_TEXT_H
#define TG_FORMAT_ACK_TEXT_H

#include "ack.h"

/** `httpd (pid 123) has acted on it since 2018-08-07T15:25:00Z`, or what else it says. */
const char *tg_ack_text(apr_pool_t *pool, const tg_ack_t *ack);

#endif
