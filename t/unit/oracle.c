/* The policy, driven by lines: t/oracle.t compares the output with what
 * another algorithm computes.
 *
 *     schedule          begins a new one; its lines are those of lines.h
 *     finish            answers `valid CUTOFF REFUSE`, the dates in force, or
 *                       `invalid # why`
 *     SECONDS BUCKET    answers `PHASE NEXT-CHANGE NEXT-PHASE REJECTED-FOR-GOOD`
 *
 * Instants in schedules are text; those in questions and answers are seconds
 * since 1970, or `never`.
 */
#include "lines.h"
#include "policy/phase.h"

#include <apr_general.h>
#include <inttypes.h>
#include <stdio.h>

static const char *seconds_text(tg_instant_t t, char *buf)
{
    if (t == TG_NEVER) {
        return "never";
    }
    snprintf(buf, TG_INSTANT_STRLEN, "%" PRId64, t);
    return buf;
}

static int finish_schedule(lines_t *l, int ok)
{
    char cutoff[TG_INSTANT_STRLEN], refuse[TG_INSTANT_STRLEN];
    tg_violation_t violation;

    if (!ok) {
        printf("invalid # %s\n", l->fault.reason);
        return 0;
    }
    if (!tg_schedule_finish(l->schedule, &violation)) {
        printf("invalid # %s %s: %s\n", violation.directive, violation.value,
               violation.fault.reason);
        return 0;
    }
    printf("valid %s %s\n", seconds_text(tg_phase_cutoff(l->schedule, lines_override(l)), cutoff),
           seconds_text(tg_phase_refuse(l->schedule, lines_override(l)), refuse));
    return 1;
}

static void answer_question(const lines_t *l, const char *line)
{
    char change[TG_INSTANT_STRLEN], good[TG_INSTANT_STRLEN];
    const tg_override_t *o = lines_override(l);
    char *rest;
    tg_instant_t t = strtoll(line, &rest, 10);
    int bucket = atoi(rest);
    tg_phase_t next;
    tg_instant_t then = tg_phase_next_change(l->schedule, o, t, bucket, &next);

    printf("%s %s %s %s\n", tg_phase_name(tg_phase_at(l->schedule, o, t, bucket)),
           seconds_text(then, change), tg_phase_name(next),
           seconds_text(tg_phase_rejected_for_good(l->schedule, o), good));
}

int main(void)
{
    char line[1024];
    apr_pool_t *pool;
    lines_t l;
    int ok = 0;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    l = lines_begin(pool, "oracle");
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "schedule") == 0) {
            apr_pool_clear(pool);
            l = lines_begin(pool, "oracle");
            ok = 1;
        }
        else if (strcmp(line, "finish") == 0) {
            ok = finish_schedule(&l, ok);
        }
        else if (*line == '-' || (*line >= '0' && *line <= '9')) {
            if (ok) {
                answer_question(&l, line);
            }
            else {
                printf("invalid\n");
            }
        }
        else if (ok) { /* the first fault is kept */
            ok = lines_read(pool, &l, line);
        }
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
