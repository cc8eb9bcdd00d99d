/* The difference between two plans: see plan_diff.h. */
#include "plan_diff.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* Both are printed at the same instant, so that only the configuration can differ. */
#define ANY_TIME 0

static void add_difference(apr_array_header_t *lines, const char *line)
{
    APR_ARRAY_PUSH(lines, const char *) = line;
}

static const char *value_text(apr_pool_t *pool, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *copy = apr_pstrdup(pool, text ? text : "?");

    free(text);
    return copy;
}

static void compare_member(apr_array_header_t *lines, const char *schedule, const char *member,
                           const json_t *old, const json_t *new)
{
    const json_t *before = json_object_get(old, member), *after = json_object_get(new, member);

    if (!json_equal(before, after)) {
        add_difference(lines, apr_pstrcat(lines->pool, schedule, ": ", member, " runs as ",
                                          value_text(lines->pool, before), ", httpd.conf says ",
                                          value_text(lines->pool, after), NULL));
    }
}

static void compare_dates(apr_array_header_t *lines, const tg_schedule_t *a, const tg_schedule_t *b)
{
    json_t *old = tg_plan_json(a, NULL, ANY_TIME), *new = tg_plan_json(b, NULL, ANY_TIME);
    int date;

    compare_member(lines, a->name, "deprecates", old, new);
    for (date = 0; date < TG_DATES; date++) {
        compare_member(lines, a->name, tg_schedule_dates[date].member, old, new);
    }
    compare_member(lines, a->name, "info", old, new);
    json_decref(old);
    json_decref(new);
}

static void compare_schedules(apr_array_header_t *lines, const tg_schedule_t *a,
                              const tg_schedule_t *b)
{
    compare_dates(lines, a, b);
    if (memcmp(a->status, b->status, sizeof(a->status)) != 0) {
        add_difference(lines, apr_pstrcat(lines->pool, a->name, ": TlsGateStatus differs", NULL));
    }
}

/* Adds the schedules that @p here has and @p there lacks. */
static void compare_names(apr_array_header_t *lines, const tg_plan_t *here, const tg_plan_t *there,
                          const char *what)
{
    int i;

    for (i = 0; i < here->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(here->schedules, i, const tg_schedule_t *);

        if (!tg_plan_schedule(there, s->name)) {
            add_difference(lines, apr_pstrcat(lines->pool, s->name, ": ", what, NULL));
        }
    }
}

static int is_equal_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/** How many TlsGate lines of each plan are named. */
#define USES_MAX 5

/* `TlsGate legacy report-only (vhost api.example.com:443 <Location /v1>)` */
static const char *line_of_use(apr_pool_t *pool, const tg_plan_use_t *use)
{
    return apr_pstrcat(pool, "TlsGate ", use->binding.schedule->name,
                       use->binding.has_as ? " as=" : "",
                       use->binding.has_as ? tg_phase_name(use->binding.as) : "",
                       use->binding.report_only ? " report-only" : "", " (", use->server,
                       use->location ? " <Location " : "", use->location ? use->location : "",
                       use->location ? ">" : "", ")", NULL);
}

static int has_use(const tg_plan_t *plan, const tg_plan_use_t *use)
{
    const tg_binding_t *b = &use->binding;
    int i, is_found = 0;

    for (i = 0; i < plan->uses->nelts && !is_found; i++) {
        const tg_plan_use_t *other = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t);

        is_found =
            strcmp(b->schedule->name, other->binding.schedule->name) == 0 &&
            b->report_only == other->binding.report_only && b->has_as == other->binding.has_as &&
            (!b->has_as || b->as == other->binding.as) && strcmp(use->server, other->server) == 0 &&
            is_equal_text(use->location, other->location);
    }
    return is_found;
}

/* Adds the TlsGate lines that one plan has and the other lacks, and says how many. */
static int compare_uses(apr_array_header_t *lines, const tg_plan_t *here, const tg_plan_t *there,
                        const char *what)
{
    int i, count = 0;

    for (i = 0; i < here->uses->nelts && count < USES_MAX; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(here->uses, i, tg_plan_use_t);

        if (!has_use(there, use)) {
            add_difference(
                lines, apr_pstrcat(lines->pool, line_of_use(lines->pool, use), ": ", what, NULL));
            count++;
        }
    }
    return count;
}

apr_array_header_t *tg_ctl_plan_diff(apr_pool_t *pool, const tg_plan_t *running,
                                     const tg_plan_t *configured)
{
    apr_array_header_t *lines = apr_array_make(pool, 2, sizeof(const char *));
    int i;

    compare_names(lines, running, configured, "it runs, but httpd.conf no longer has it");
    compare_names(lines, configured, running, "httpd.conf has it, but it does not run yet");
    for (i = 0; i < running->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(running->schedules, i, const tg_schedule_t *);
        const tg_schedule_t *other = tg_plan_schedule(configured, s->name);

        if (other) {
            compare_schedules(lines, s, other);
        }
    }
    if (strcmp(running->scopes, configured->scopes) != 0) {
        int listed = compare_uses(lines, running, configured,
                                  "it runs, but httpd.conf no longer "
                                  "has it so");

        listed += compare_uses(lines, configured, running,
                               "httpd.conf has it so, but it does not "
                               "run yet");
        if (listed == 0) {
            add_difference(lines,
                           "other TlsGate lines: the hosts and locations of the schedules differ");
        }
    }
    if (!is_equal_text(running->state, configured->state)) {
        add_difference(lines, "TlsGateState differs");
    }
    if (!is_equal_text(running->guard, configured->guard)) {
        add_difference(lines, "TlsGateGuard differs");
    }
    return lines;
}
