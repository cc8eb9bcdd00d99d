/* Messages to people: see message.h. */
#include "message.h"

#include <stddef.h>

/* Written once, at the start of the program. */
static tg_message_sink_t *message_sink;

void tg_message_set_sink(tg_message_sink_t *sink)
{
    message_sink = sink;
}

void tg_message(tg_message_level_t level, const char *format, ...)
{
    va_list args;

    if (message_sink) {
        va_start(args, format);
        message_sink(level, format, args);
        va_end(args);
    }
}
