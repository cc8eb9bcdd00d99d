/* Messages to people, from code that does not know whether there is a terminal.
 *
 * Library code of tlsgatectl reports through this, and the program decides where it goes.
 * Until a sink is set, messages are dropped.
 */
#ifndef TG_BASE_MESSAGE_H
#define TG_BASE_MESSAGE_H

#include <stdarg.h>

typedef enum {
    TG_MESSAGE_NOTE,
    TG_MESSAGE_WARNING,
    TG_MESSAGE_ERROR,
    TG_MESSAGE_LEVELS
} tg_message_level_t;

/** Receives one line without a newline, as a printf format and its arguments. */
typedef void tg_message_sink_t(tg_message_level_t level, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/** Sets where messages go. Call once, at the start, before there are threads. */
void tg_message_set_sink(tg_message_sink_t *sink);

/** Sends one line to the sink. */
void tg_message(tg_message_level_t level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
