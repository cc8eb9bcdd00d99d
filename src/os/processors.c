/* Processors: see processors.h. */
#include "processors.h"

#include <sched.h>

int tg_processors(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    /* It fails on machines with more of them than fit. */
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}
