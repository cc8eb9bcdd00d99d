/* Warnings of the start, which the error log has and the status page shows as well. */
#ifndef TG_SERVER_BASE_KEPT_WARNING_H
#define TG_SERVER_BASE_KEPT_WARNING_H

#include "log.h"

/** The most that are kept; one may be said of each of thousands of hosts. */
#define TG_KEPT_WARNINGS_MAX 50

/**
 * Keeps a warning for tg_status_report(): in the configuration that is being read, before there are
 * children.
 * @param number as TG_LOG has it
 * @return its text
 */
const char *tg_kept_warning_add(const char *number, const server_rec *s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** TG_LOG, of what is kept whatever LogLevel says. */
#define TG_LOG_KEPT(number, level, status, server, ...)                                            \
    do {                                                                                           \
        const char *kept_text = tg_kept_warning_add(#number, server, __VA_ARGS__);                 \
                                                                                                   \
        TG_LOG(number, level, status, server, "%s", kept_text);                                    \
    } while (0)

#endif
