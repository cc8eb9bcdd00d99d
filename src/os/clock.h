/* The monotonic clock. */
#ifndef TG_OS_CLOCK_H
#define TG_OS_CLOCK_H

#include <stdint.h>

/** Milliseconds since an unspecified moment. Setting the date does not change it. */
int64_t tg_clock_milliseconds(void);

#endif
