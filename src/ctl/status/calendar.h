/* The weeks around an instant, as marks: which phase a schedule has when. */
#ifndef TG_CTL_STATUS_CALENDAR_H
#define TG_CTL_STATUS_CALENDAR_H

#include "timeline.h"

#include <jansson.h>

/** How a calendar is drawn where nothing limits it. */
#define TG_CTL_CALENDAR_WIDTH 80

/** The columns before the first day. */
#define TG_CTL_CALENDAR_LABEL 7

/** How many marks a day has where a line has @p width columns; 1 at least. */
int tg_ctl_calendar_marks(int width);

/**
 * Draws two weeks before the one of @p at, and six after it, from Monday, in UTC: `start`,
 * `mark_seconds`, and `weeks`, each a text with a letter for each mark, that of the strictest phase
 * in it.
 * @param marks of a day, from tg_ctl_calendar_marks()
 * @return a new reference
 */
json_t *tg_ctl_calendar(apr_pool_t *pool, const tg_ctl_timed_t *timed, tg_instant_t at, int marks);

/** The letter of a phase: the first of its name, in upper case. */
char tg_ctl_calendar_letter(tg_phase_t phase);

#endif
