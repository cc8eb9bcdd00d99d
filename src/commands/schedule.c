/* tlsgatectl schedule: the timeline of each schedule, with now marked and all that was
 * changed by hand counted in.
 */
#include "cmd.h"

#include "base/json.h"
#include "base/text.h"
#include "ctl/in_force.h"
#include "ctl/time_options.h"
#include "ctl/timeline.h"
#include "format/plan.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/** How many changes before and after now are shown; --json has all. */
#define SHOWN_BEFORE 12
#define SHOWN_AFTER 24

#define STEP(steps, i) (&APR_ARRAY_IDX(steps, i, tg_ctl_step_t))

/* What is shown of one schedule. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_ctl_in_force_t *view;
    const tg_schedule_t *schedule;
    tg_instant_t at;
    tg_state_t entries;        /* of this schedule, as they were or will be then */
    apr_array_header_t *steps; /* of tg_ctl_step_t */
} shown_t;

/* --- for people --- */

static void print_step(const shown_t *v, const tg_ctl_step_t *step)
{
    tg_term_print(stdout, TG_TERM_PLAIN, "  %-20s  %s",
                  step->from == TG_ALWAYS ? "from the start"
                                          : tg_instant_text(v->ctl->pool, step->from),
                  tg_phase_name(step->phase));
}

static void print_now(const shown_t *v, int index)
{
    tg_term_print(stdout, TG_TERM_STRONG, "> %-20s  %s: %s", tg_instant_text(v->ctl->pool, v->at),
                  v->ctl->given[TG_CTL_AT] ? "then" : "now",
                  tg_phase_name(STEP(v->steps, index)->phase));
}

static void print_left_out(int count, const char *when)
{
    if (count > 0) {
        tg_term_print(stdout, TG_TERM_PLAIN, "  ... %d more changes %s: --json has them all", count,
                      when);
    }
}

static void print_steps(const shown_t *v)
{
    int now = tg_ctl_timeline_index(v->steps, v->at);
    int first = now > SHOWN_BEFORE ? now - SHOWN_BEFORE : 0;
    int end = v->steps->nelts - now > SHOWN_AFTER ? now + SHOWN_AFTER : v->steps->nelts;
    int i;

    print_left_out(first, "before");
    for (i = first; i < end; i++) {
        print_step(v, STEP(v->steps, i));
        if (i == now) {
            print_now(v, now);
        }
    }
    print_left_out(v->steps->nelts - end, "after");
}

static void print_overrides(const shown_t *v)
{
    int i;

    for (i = 0; i < v->entries.overrides->nelts; i++) {
        tg_term_row(stdout, "by hand",
                    tg_ctl_in_force_override(v->ctl->pool, &APR_ARRAY_IDX(v->entries.overrides, i,
                                                                          tg_state_override_t)));
    }
    if (v->entries.exemptions->nelts > 0) {
        tg_term_row(stdout, "exempt",
                    apr_psprintf(v->ctl->pool, "%d, see " TG_PROGRAM_NAME " exempt list %s",
                                 v->entries.exemptions->nelts, v->schedule->name));
    }
}

/* Who is exempt by what only a request tells has to come in to be known. */
static void print_refuse(const shown_t *v)
{
    if (v->schedule->refuse != TG_NEVER &&
        tg_exemption_needs_request(tg_state_set(v->ctl->pool, &v->entries), v->schedule->name,
                                   v->at)) {
        tg_term_row(stdout, "refuse",
                    "counts as cutoff as long as a client is exempt that only its request "
                    "tells apart");
    }
}

static void print_uses(const shown_t *v)
{
    const apr_array_header_t *uses = v->view->plan.plan->uses;
    int i;

    for (i = 0; i < uses->nelts; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(uses, i, tg_plan_use_t);

        if (use->binding.schedule == v->schedule) {
            tg_term_row(stdout, "used by", tg_ctl_running_plan_use(v->ctl->pool, use));
        }
    }
}

static void print(const shown_t *v)
{
    tg_term_print(stdout, TG_TERM_STRONG, "%s  %s", v->schedule->name,
                  tg_plan_traits(v->ctl->pool, v->schedule));
    print_steps(v);
    print_overrides(v);
    print_refuse(v);
    print_uses(v);
}

/* --- for programs --- */

static json_t *steps_json(const shown_t *v)
{
    json_t *steps = json_array();
    int i;

    for (i = 0; i < v->steps->nelts; i++) {
        json_array_append_new(steps, json_pack("{s:o, s:s}", "from",
                                               tg_json_instant(STEP(v->steps, i)->from), "phase",
                                               tg_phase_name(STEP(v->steps, i)->phase)));
    }
    return steps;
}

static json_t *overrides_json(const shown_t *v)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < v->entries.overrides->nelts; i++) {
        json_array_append_new(list, tg_state_override_json(&APR_ARRAY_IDX(v->entries.overrides, i,
                                                                          tg_state_override_t)));
    }
    return list;
}

static json_t *schedule_json(const shown_t *v)
{
    const tg_override_t *o =
        tg_override_find(tg_state_set(v->ctl->pool, &v->entries), v->schedule->name);
    json_t *root = tg_plan_json(v->schedule, o, v->at);

    json_object_set_new(root, "timeline", steps_json(v));
    json_object_set_new(root, "overrides", overrides_json(v));
    json_object_set_new(root, "exemptions", json_integer(v->entries.exemptions->nelts));
    json_object_set_new(
        root, "used_by",
        tg_ctl_running_plan_uses_json(v->ctl->pool, v->view->plan.plan, v->schedule->name));
    return root;
}

int tg_cmd_schedule(tg_ctl_t *ctl)
{
    json_t *list = json_array();
    apr_array_header_t *schedules;
    tg_ctl_in_force_t view;
    shown_t v = { ctl, &view, NULL, 0, { 0 }, NULL };
    int i;

    if (!tg_ctl_time_or_now(ctl, TG_CTL_AT, &v.at) ||
        !tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_NEEDED, &view) ||
        !(schedules = tg_ctl_in_force_schedules(ctl, &view))) {
        return TG_CTL_ERROR;
    }
    for (i = 0; i < schedules->nelts; i++) {
        v.schedule = APR_ARRAY_IDX(schedules, i, const tg_schedule_t *);
        v.entries =
            tg_ctl_in_force_entries(ctl->pool, &view.state, v.schedule->name, v.at, ctl->now);
        v.steps = tg_ctl_timeline(ctl->pool, v.schedule, &view.state, ctl->now);
        json_array_append_new(list, schedule_json(&v));
        if (!ctl->given[TG_CTL_JSON]) {
            print(&v);
        }
    }
    if (ctl->given[TG_CTL_JSON]) {
        tg_term_json(json_pack("{s:o, s:s, s:o}", "time", tg_json_instant(v.at), "plan",
                               tg_text_printable(ctl->pool, view.plan.source), "schedules", list));
    }
    return TG_CTL_OK;
}
