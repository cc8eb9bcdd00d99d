/* What to write instead of a text that is not an instant. */
#ifndef TG_BASE_INSTANT_FIX_H
#define TG_BASE_INSTANT_FIX_H

#include "fault.h"

/**
 * Writes it as an imperative: the date that was meant, completed, so that nobody copies the date of
 * an example. A text that says no date is answered with the form alone.
 * @param text what tg_instant_parse() refuses
 * @param fix  TG_FAULT_MAX bytes
 * @return 1 if @p text says a date, else 0
 */
int tg_instant_fix(const char *text, char *fix);

#endif
