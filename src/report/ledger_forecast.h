/* What the next trial of a schedule would have met, by the ledger: on the page and in its JSON. */
#ifndef TG_REPORT_LEDGER_FORECAST_H
#define TG_REPORT_LEDGER_FORECAST_H

#include "ledger_report.h"

#include "forecast/forecast.h"

#include <jansson.h>

/** Of one schedule. All zero: no trial is to come, or nothing is known. */
typedef struct tg_ledger_forecast_t {
    tg_interval_t trial;
    tg_interval_t history; /**< from the first straggler of the schedule to now */
    int is_complete;       /**< 0: the table was busy, and some were not looked at */
    uint64_t requests;     /**< estimated */
    uint32_t clients; /**< that were ever seen in the hours of the week that the trial touches */
    const char *names[TG_FORECAST_NAMED]; /**< of the first of them */
    int named;
    int has_day;           /**< the same times of the last 24 hours are in the history */
    uint64_t day_requests; /**< that were deprecated then: counted, not estimated */
} tg_ledger_forecast_t;

/** Makes those of all schedules of the report. Keeps 24 bytes for each straggler that a trial may
 * meet, and copies none. */
const tg_ledger_forecast_t *tg_ledger_forecasts(apr_pool_t *pool, const tg_report_t *report,
                                                const tg_straggler_source_t *source,
                                                const tg_straggler_judge_t *judge);

/** As a row of the page; nothing if nothing is known. */
void tg_ledger_forecast_row(tg_frame_t *frame, const tg_ledger_forecast_t *forecast);

/** As JSON; null if nothing is known. */
json_t *tg_ledger_forecast_json(const tg_ledger_forecast_t *forecast);

#endif
