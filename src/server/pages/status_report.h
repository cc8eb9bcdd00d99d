/* Fills the report of the ledger: the one place that knows where each fact of it comes from. */
#ifndef TG_SERVER_PAGES_STATUS_REPORT_H
#define TG_SERVER_PAGES_STATUS_REPORT_H

#include "report/ledger_report.h"

#include <httpd.h>

/**
 * What the ledger has at the time of a request, in its pool, with the stragglers that are asked
 * for.
 */
const tg_report_t *tg_status_report(request_rec *r, const tg_straggler_query_t *query);

/** The same without a list, forecasts and what was changed by hand: for metrics. */
const tg_report_t *tg_status_metrics(request_rec *r);

/**
 * Only where the schedules stand, all requests, and the numbers of the table of stragglers: it
 * reads neither their numbers nor their history, and no straggler.
 */
const tg_report_t *tg_status_summary(request_rec *r);

#endif
