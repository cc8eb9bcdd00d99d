/* How many clients of each schedule are left, by the ledger: on the page, in its JSON and as a
 * metric. */
#ifndef TG_REPORT_CLIENT_COUNT_H
#define TG_REPORT_CLIENT_COUNT_H

#include "ledger_report.h"

#include <jansson.h>

/** The clients of one schedule. Each is in one of the numbers. */
typedef struct tg_client_count_t {
    uint32_t left;    /**< seen with a request, recently, and neither moved nor exempt: as many as a
                          list of TG_STRAGGLERS_LEFT has of the schedule */
    uint32_t exempt;  /**< seen in the recent days and not moved, but exempt now */
    uint32_t earlier; /**< not moved, and not seen in the recent days */
    uint32_t moved;
    uint32_t failed; /**< not moved, and only handshakes of it failed: no request was seen */
    int is_complete; /**< 0: the table was busy, and some were not looked at */
} tg_client_count_t;

/**
 * Counts those of all schedules of the report. Only where a client or network is exempt from a
 * schedule is each of its clients judged; for these 16 bytes each are kept, and none is copied.
 */
const tg_client_count_t *tg_client_counts(apr_pool_t *pool, const tg_report_t *report,
                                          const tg_straggler_source_t *source,
                                          const tg_straggler_judge_t *judge);

/** ` 12 clients are left.`: after another sentence. In @p pool; empty where none are kept. */
const char *tg_client_count_sentence(apr_pool_t *pool, const tg_report_t *report,
                                     const tg_report_schedule_t *item);

/**
 * The same with all numbers as a row of the page, and a link to the list; nothing where none are
 * kept.
 */
void tg_client_count_row(tg_frame_t *frame, const tg_report_t *report,
                         const tg_report_schedule_t *item);

/** As JSON; null where none are kept. */
json_t *tg_client_count_json(const tg_report_t *report, const tg_report_schedule_t *item);

#endif
