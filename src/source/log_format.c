/* The table of formats: see log_format.h. */
#include "log_format.h"

#include <string.h>

static const tg_log_format_t *const log_formats[] = { NULL };

const tg_log_format_t *tg_log_format_at(int i)
{
    return log_formats[i];
}

const tg_log_format_t *tg_log_format_find(const char *name)
{
    int i;

    for (i = 0; log_formats[i] && strcmp(log_formats[i]->name, name) != 0; i++) {
    }
    return log_formats[i];
}
