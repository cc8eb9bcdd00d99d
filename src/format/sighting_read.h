/* Reading a line of our own log: the inverse of sighting.h, as far as reports need it. */
#ifndef TG_FORMAT_SIGHTING_READ_H
#define TG_FORMAT_SIGHTING_READ_H

#include "record.h"

/**
 * Reads a line, without its newline.
 * @param scratch room for as many bytes as the line has: the texts of @p record point there where
 *                the line escapes something
 * @return 1 with @p record filled; 0: it is not a line of ours, or incomplete
 */
int tg_sighting_read(tg_span_t line, char *scratch, tg_record_t *record);

#endif
