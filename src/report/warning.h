/* What an operator should look at: the warnings of the start of httpd, and what the numbers of the
 * ledger show. Each says what is wrong and, after a semicolon, what to do. */
#ifndef TG_REPORT_WARNING_H
#define TG_REPORT_WARNING_H

#include "ledger_report.h"

#include "base/json.h"

/** One of them; its texts live as long as the report. */
typedef struct {
    const char *code;  /**< for programs: `TLSGATE0017`, or words such as `log-lines-lost` */
    const char *topic; /**< for people, in a word or two */
    const char *text;  /**< `WHAT IS WRONG; WHAT TO DO` */
} tg_warning_t;

/** Adds what the numbers of a report show, which is filled but for its warnings, to @p list, of
 * tg_warning_t. */
void tg_warnings_of_report(apr_array_header_t *list, const tg_report_t *report);

/** How many there are, with those that only the error log has. */
int tg_warnings_count(const tg_report_t *report);

/** What the beginning of the page says of them, after another sentence: ` 2 warnings are below.` */
const char *tg_warnings_lead(apr_pool_t *pool, const tg_report_t *report);

/** The part of the page. */
void tg_warning_frame(tg_frame_t *frame, const tg_report_t *report);

/** The same for programs: an array. A new reference. */
json_t *tg_warnings_json(const tg_report_t *report);

#endif
