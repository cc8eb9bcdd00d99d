/* What was changed by hand, for the status page: the overrides and exemptions that httpd acts on,
 * as `tlsgatectl status` has them in force. */
#ifndef TG_SERVER_PAGES_STATUS_CHANGES_H
#define TG_SERVER_PAGES_STATUS_CHANGES_H

#include "report/ledger_report.h"
#include "server/base/conf.h"

/**
 * Fills them in, in the pool of the request. The document is read once more, so this takes longer
 * the more it has.
 */
void tg_status_changes(request_rec *r, tg_report_t *report);

#endif
