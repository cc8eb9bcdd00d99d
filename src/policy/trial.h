/* Trials: windows before the cutoff in which old clients are rejected.
 *
 * A trial may repeat. It is expanded once, when the schedule is finished, into
 * plain windows, so that looking one up is a binary search.
 */
#ifndef TG_POLICY_TRIAL_H
#define TG_POLICY_TRIAL_H

#include "base/interval.h"

#include <apr_tables.h>

/** The most windows of one schedule: hourly ones for seven years. */
#define TG_WINDOWS_MAX 65536

/** One TlsGateTrial, as configured. Read-only once parsed. */
typedef struct {
    tg_interval_t first; /**< the first occurrence */
    int64_t every;       /**< seconds from one start to the next; 0 for once */
    tg_instant_t until;  /**< every occurrence ends by then; TG_NEVER for once */
    int share;           /**< per cent of the clients, 1 to 100 */
} tg_trial_t;

/** One occurrence of a trial. Read-only once linked: see window.h. */
typedef struct {
    tg_interval_t interval;
    int share;           /**< per cent of the clients, 1 to 100 */
    int wider;           /**< the index of the next window with a greater share, or their number */
    int narrower;        /**< of the next one with a smaller share, or their number */
    int run;             /**< of the last one that follows without a gap */
    int narrower_before; /**< of the one before it with a smaller share, or -1 */
    int first;           /**< of the first one that it follows without a gap */
} tg_window_t;

/**
 * Reads the arguments of one trial: `INTERVAL [every=DURATION until=INSTANT] [share=N%]`.
 * @return 1, or 0 with @p fault filled
 */
int tg_trial_parse(int argc, const char *const *argv, tg_trial_t *out, tg_fault_t *fault);

/**
 * Appends every occurrence to @p windows (of tg_window_t), the last one cut at `until`.
 * @return 1, or 0 with @p fault filled if there would be more than TG_WINDOWS_MAX
 */
int tg_trial_expand(const tg_trial_t *trial, apr_array_header_t *windows, tg_fault_t *fault);

/** 1 if an occurrence of it has an instant in common with @p interval. */
int tg_trial_meets(const tg_trial_t *trial, const tg_interval_t *interval);

/** Room for a formatted trial, NUL included. */
#define TG_TRIAL_STRLEN 192

/**
 * Writes the trial in the form that tg_trial_parse reads, in UTC.
 * @param buf TG_TRIAL_STRLEN bytes
 * @return @p buf
 */
const char *tg_trial_format(const tg_trial_t *trial, char *buf);

/** The trial for people, in @p pool: `A to B, every PT1H until C, for 25% of the clients`. */
const char *tg_trial_text(apr_pool_t *pool, const tg_trial_t *trial);

#endif
