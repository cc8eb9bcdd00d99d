/* What is to come for a client, as a letter says it. */
#ifndef TG_LETTER_LETTER_DATES_H
#define TG_LETTER_LETTER_DATES_H

#include "letter_facts.h"

#include "tally/trial_course.h"

/** Each trial that will reject this client and each date after it, a line for each. In @p pool. */
const char *tg_letter_dates(apr_pool_t *pool, const tg_letter_facts_t *facts);

/**
 * A past trial that met a client: `every hour for 10 min, from Fri 20 Jul 2018, 14:00 UTC to ...`,
 * to when it was cut short, and without the time in which it was stopped. In @p pool.
 * @param stops of tg_trials_stop_t
 */
const char *tg_letter_met(apr_pool_t *pool, const tg_trials_row_t *row,
                          const apr_array_header_t *stops, tg_instant_t now);

/** From when on requests of that client are rejected for good; TG_NEVER: no date says so. */
tg_instant_t tg_letter_breaks_at(const tg_letter_facts_t *facts);

#endif
