/* What the last trial of a schedule did, from the history of the ledger. */
#ifndef TG_REPORT_LAST_TRIAL_H
#define TG_REPORT_LAST_TRIAL_H

#include "ledger_report.h"

/** The history is of five minutes for a day, and then of days: what is counted goes beyond the trial. */
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

#endif
