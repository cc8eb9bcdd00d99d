/* Instants as logs write them: RFC 3339 with a fraction of a second, millions of them. */
#ifndef TG_FORMAT_TIME_READ_H
#define TG_FORMAT_TIME_READ_H

#include "record.h"

/** Reads `2027-04-14T09:02:00.101Z`, or with an offset. 1, or 0 if it is not an instant. */
int tg_time_read(tg_span_t text, int64_t *seconds);

/** Days since 1970 of a date, which need not exist. */
int64_t tg_time_days(int year, int month, int day);

#endif
