/* What to write instead of a text that is not an instant. */
#ifndef TG_BASE_INSTANT_FIX_H
#define TG_BASE_INSTANT_FIX_H

#include "fault.h"

/**
 * For src/base/instant.c; others call tg_instant_fix().
 * @param is_valid whether a text is an instant
 * @param fix      TG_FAULT_MAX bytes
 * @return 1 if @p text says a date, else 0
 */
int tg_instant_fix_find(const char *text, int (*is_valid)(const char *text), char *fix);

#endif
