/* The weeks around an instant: see calendar.h. */
#include "calendar.h"

#include "base/json.h"
#include "base/rows.h"

#include <apr_lib.h>
#include <string.h>

#define DAY INT64_C(86400)
#define WEEK_DAYS 7
#define WEEKS_BEFORE 2
#define WEEKS_AFTER 6
#define WEEKS (WEEKS_BEFORE + 1 + WEEKS_AFTER)

/* A day of 24 hours is divided evenly. */
static const int marks_of_day[] = { 24, 12, 8, 6, 4, 3, 2, 1 };

int tg_ctl_calendar_marks(int width)
{
    size_t i = 0;

    while (i < TG_ROWS(marks_of_day) - 1 &&
           TG_CTL_CALENDAR_LABEL + WEEK_DAYS * (marks_of_day[i] + 1) - 1 > width) {
        i++;
    }
    return marks_of_day[i];
}

char tg_ctl_calendar_letter(tg_phase_t phase)
{
    return (char)apr_toupper(tg_phase_name(phase)[0]);
}

/* While the steps are walked through. */
typedef struct {
    tg_instant_t start;
    int64_t seconds;  /* of a mark */
    int count;        /* of marks */
    tg_phase_t *mark; /* the strictest phase in each */
    tg_ctl_step_t last;
} drawing_t;

/* The step that was last ends there. */
static void draw_until(drawing_t *d, tg_instant_t end)
{
    int64_t i = (d->last.from - d->start) / d->seconds;

    for (; i < d->count && d->start + i * d->seconds < end; i++) {
        d->mark[i] = d->mark[i] > d->last.phase ? d->mark[i] : d->last.phase;
    }
}

static int draw_step(void *baton, const tg_ctl_step_t *step)
{
    drawing_t *d = baton;

    if (step->from > d->start) {
        draw_until(d, step->from);
    }
    d->last = *step;
    return step->from < d->start + (int64_t)d->count * d->seconds;
}

static tg_instant_t first_monday(tg_instant_t at)
{
    int64_t day = (at >= 0 ? at : at - (DAY - 1)) / DAY;

    day -= ((day + 3) % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS; /* 1970 began with a Thursday */
    return (day - (int64_t)WEEKS_BEFORE * WEEK_DAYS) * DAY;
}

json_t *tg_ctl_calendar(apr_pool_t *pool, const tg_ctl_timed_t *timed, tg_instant_t at, int marks)
{
    drawing_t d = { .start = first_monday(at), .seconds = DAY / marks };
    int week_marks = marks * WEEK_DAYS, week, i;
    char *text = apr_palloc(pool, (apr_size_t)week_marks);
    json_t *weeks = json_array();

    d.count = WEEKS * week_marks;
    d.mark = apr_pcalloc(pool, sizeof(*d.mark) * (apr_size_t)d.count);
    tg_ctl_timeline_walk(pool, timed, d.start, draw_step, &d);
    draw_until(&d, TG_NEVER);
    for (week = 0; week < WEEKS; week++) {
        for (i = 0; i < week_marks; i++) {
            text[i] = tg_ctl_calendar_letter(d.mark[week * week_marks + i]);
        }
        json_array_append_new(weeks, json_stringn(text, (size_t)week_marks));
    }
    return json_pack("{s:o, s:I, s:o}", "start", tg_json_instant(d.start), "mark_seconds",
                     (json_int_t)d.seconds, "weeks", weeks);
}
