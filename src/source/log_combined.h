/* Access logs of an unknown format, which is guessed from a line. */
#ifndef TG_SOURCE_LOG_COMBINED_H
#define TG_SOURCE_LOG_COMBINED_H

#include "log_reader.h"

/**
 * A reader for logs with lines like this one: the combined format of httpd and nginx, or another
 * with an address, a time in brackets and the name of a protocol, in any place.
 * @return NULL if the line has none of that, as that of a request without TLS
 */
tg_log_reader_t *tg_log_combined(apr_pool_t *pool, tg_span_t line);

/** That it was so: see doubt in log_format.h. */
const char *tg_log_combined_doubt(const tg_log_reader_t *reader, const char **fix);

#endif
