/* A file of TlsGateAdvice lines, as httpd.conf has them. */
#ifndef TG_CTL_REPORT_ADVICE_FILE_H
#define TG_CTL_REPORT_ADVICE_FILE_H

#include <apr_tables.h>

/**
 * Reads it; lines of other directives are skipped.
 * @return of tg_advice_t *; NULL after an error was printed
 */
apr_array_header_t *tg_ctl_advice_file(apr_pool_t *pool, const char *path);

#endif
