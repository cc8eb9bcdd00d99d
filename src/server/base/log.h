/* The error log: each message has an identifier. */
#ifndef TG_SERVER_BASE_LOG_H
#define TG_SERVER_BASE_LOG_H

#include "base/program.h"

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

/**
 * ap_log_error() and ap_log_rerror() with an identifier before the text, by which people find
 * the message in the reference. The format must be a literal.
 * @param number four digits; each is given to one message and never to another, also when
 *               its message is gone
 */
#define TG_LOG(number, level, status, server, ...)                                                 \
    ap_log_error(APLOG_MARK, level, status, server, TG_PROGRAM_MESSAGE #number ": " __VA_ARGS__)
#define TG_LOG_REQUEST(number, level, status, r, ...)                                              \
    ap_log_rerror(APLOG_MARK, level, status, r, TG_PROGRAM_MESSAGE #number ": " __VA_ARGS__)

#endif
