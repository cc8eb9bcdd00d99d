/* What may be wrong with the logs or the client of a report: said on standard error. */
#ifndef TG_CTL_REPORT_REPORT_DOUBTS_H
#define TG_CTL_REPORT_REPORT_DOUBTS_H

#include "report.h"

/**
 * Warns of one file that is named twice, whose requests count twice.
 * @param logs of const char *
 */
void tg_ctl_report_doubts_twice(apr_pool_t *pool, const apr_array_header_t *logs);

/** Warns of logs of other servers that were read together with those of this module. */
void tg_ctl_report_doubts_mixed(void);

/**
 * Warns of a log no line of which has a known format, or that of --from.
 * @param first one of its lines, printable
 */
void tg_ctl_report_doubts_format(const tg_ctl_report_question_t *question, const char *file,
                                 const char *first);

/** Warns if --client names one that is not in the logs, with the name that was probably meant. */
void tg_ctl_report_doubts_client(const tg_ctl_report_t *report);

#endif
