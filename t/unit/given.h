/* A finished schedule, written in the test itself. */
#ifndef GIVEN_H
#define GIVEN_H

#include "lines.h"
#include "unit.h"

/** Valid lines in the format of lines.h: the schedule `legacy`, and its overrides. */
static inline lines_t given(const char *lines)
{
    lines_t l = lines_begin(unit_pool, "legacy");
    tg_violation_t v;

    CHECK(lines_read_all(unit_pool, &l, lines), "%s\n%s", lines, l.fault.reason);
    CHECK(tg_schedule_finish(l.schedule, &v), "%s\n%s: %s", lines, v.directive, v.fault.reason);
    return l;
}

#endif
