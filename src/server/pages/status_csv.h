/* The stragglers of the status page as comma-separated values: all that are asked for, not a
 * page. */
#ifndef TG_SERVER_PAGES_STATUS_CSV_H
#define TG_SERVER_PAGES_STATUS_CSV_H

#include "report/ledger_report.h"

#include <httpd.h>

/**
 * Sends them.
 * @return what a handler returns: HTTP_SERVICE_UNAVAILABLE if the table was busy, since a part of
 *         it would look like all of it
 */
int tg_status_csv_send(request_rec *r, const tg_report_t *report,
                       const tg_straggler_query_t *query);

#endif
