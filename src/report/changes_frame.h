/* What was changed by hand, on the status page. */
#ifndef TG_REPORT_CHANGES_FRAME_H
#define TG_REPORT_CHANGES_FRAME_H

#include "ledger_report.h"

/** Adds the part of the page; nothing where nothing is in force. */
void tg_changes_frame(tg_frame_t *frame, const tg_report_t *report);

#endif
