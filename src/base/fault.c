/* What is wrong with a value: see fault.h. */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

#undef tg_fault_set

int tg_fault_set(tg_fault_t *fault, const char *fix, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    /* It is filled here: */
    /* cppcheck-suppress ctuuninitvar */
    vsnprintf(fault->reason, sizeof(fault->reason), reason, args);
    va_end(args);
    snprintf(fault->fix, sizeof(fault->fix), "%s", fix);
    return 0;
}
