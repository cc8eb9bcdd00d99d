/* The stragglers of the status page: which are shown, when each breaks, and what it is advised. */
#ifndef TG_SERVER_PAGES_STATUS_STRAGGLERS_H
#define TG_SERVER_PAGES_STATUS_STRAGGLERS_H

#include "report/ledger_report.h"

#include <httpd.h>

/** Those that are asked for, for a report whose schedules are filled in. */
tg_straggler_list_t tg_status_stragglers(request_rec *r, const tg_report_t *report,
                                         const tg_straggler_query_t *query);

/** Only the numbers of the table. */
tg_straggler_list_t tg_status_straggler_numbers(void);

/** What the schedules of a report and the operator say of each straggler. */
tg_straggler_judge_t tg_status_judge(request_rec *r, const tg_report_t *report);

#endif
