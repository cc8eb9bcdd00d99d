/* How much of the machine this process may use. */
#ifndef TG_OS_PROCESSORS_H
#define TG_OS_PROCESSORS_H

/** The processors that it may run on, as taskset(1) and cpuset leave them; at least 1. */
int tg_processors(void);

#endif
