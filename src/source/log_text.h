/* Texts of foreign logs: escapes undone, and made valid UTF-8. */
#ifndef TG_SOURCE_LOG_TEXT_H
#define TG_SOURCE_LOG_TEXT_H

#include "log_value.h"

/** Scratch of that length; NULL if it is longer than any line. */
char *tg_log_text_room(tg_log_reader_t *reader, size_t length);

/**
 * The text that a log wrote so. A byte that is not part of a character is U+FFFD, as is a NUL.
 * @param out points into @p text where nothing had to be done, else into the scratch
 * @return 1, or 0: there is no scratch for it
 */
int tg_log_text(tg_log_reader_t *reader, tg_span_t text, tg_log_escape_t escape, tg_span_t *out);

#endif
