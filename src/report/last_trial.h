/* What the last trial of a schedule did, from the history of the ledger. */
#ifndef TG_REPORT_LAST_TRIAL_H
#define TG_REPORT_LAST_TRIAL_H

#include "frame.h"
#include "ledger_report.h"

#include <jansson.h>

/**
 * The history is of five minutes for a day, and then of days: what is counted goes beyond the
 * trial.
 */
typedef enum { TG_LAST_TRIAL_NONE, TG_LAST_TRIAL_PERIODS, TG_LAST_TRIAL_DAYS } tg_last_trial_kind_t;

typedef struct {
    tg_last_trial_kind_t kind; /**< none: there was no trial, or its time is not in the history */
    tg_interval_t interval;    /**< of the trial */
    uint64_t requests;         /**< in the five minutes, or on the days, that it touched */
    uint64_t rejected;         /**< of them */
} tg_last_trial_t;

/**
 * The last configured trial that is over.
 * @param since when the history began
 */
tg_last_trial_t tg_last_trial(const tg_schedule_t *schedule, const tg_history_t *history,
                              tg_instant_t since, tg_instant_t now);

/** The same for a schedule of a report; none without a history. */
tg_last_trial_t tg_last_trial_of(const tg_report_t *report, const tg_report_schedule_t *item);

/** As a row of the page, with what TlsGateGuard stopped of it; nothing if there was none. */
void tg_last_trial_row(tg_frame_t *frame, const tg_last_trial_t *last,
                       const tg_report_schedule_t *item);

/** As JSON; null if there was none. A new reference. */
json_t *tg_last_trial_json(const tg_last_trial_t *last, const tg_report_schedule_t *item);

#endif
