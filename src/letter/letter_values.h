/* The values of a letter: what the log and the plan tell of one client. */
#ifndef TG_LETTER_LETTER_VALUES_H
#define TG_LETTER_LETTER_VALUES_H

#include "letter.h"
#include "letter_facts.h"

/** Fills in all values, in @p pool. @param trials that began, or NULL */
void tg_letter_fill(apr_pool_t *pool, const tg_letter_facts_t *facts, const tg_trials_t *trials,
                    tg_letter_t *out);

#endif
