/* The dates of a schedule as rows of a page. */
#ifndef TG_REPORT_SCHEDULE_FRAME_H
#define TG_REPORT_SCHEDULE_FRAME_H

#include "frame.h"

#include "policy/phase.h"

/** The most trials that are listed; how many more there are is said. */
#define TG_SCHEDULE_FRAME_TRIALS 20

/** Who reads a page. */
typedef enum {
    TG_READERS_ALL,
    TG_READERS_OPERATORS, /**< who are told which command changes something */
    TG_READERS
} tg_readers_t;

/** What a schedule retires, in words: `plain HTTP`. In @p pool. */
const char *tg_schedule_frame_traits(apr_pool_t *pool, const tg_schedule_t *schedule);

/** The same as a heading: `TLS 1.0 and 1.1`. In @p pool. */
const char *tg_schedule_frame_heading(apr_pool_t *pool, const tg_schedule_t *schedule);

/**
 * Adds the date of the rejection for good, a trial that an operator began, and each configured
 * date, with a word where TlsGateGuard keeps a trial from running.
 * @param override what ops changed, or NULL
 */
void tg_schedule_frame_dates(tg_frame_t *frame, const tg_schedule_t *schedule,
                             const tg_override_t *override, tg_readers_t readers);

#endif
