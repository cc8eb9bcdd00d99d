/* How long something takes, whatever is done to the date meanwhile. */
#ifndef TG_OS_CLOCK_H
#define TG_OS_CLOCK_H

#include <stdint.h>

/** Milliseconds since some moment. They never go back. */
int64_t tg_clock_milliseconds(void);

#endif
