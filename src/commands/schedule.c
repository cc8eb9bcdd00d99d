/* tlsgatectl schedule: the timeline of each schedule, with now marked and all changes by hand
 * included.
 */
#include "commands.h"

#include "base/json.h"
#include "base/text.h"
#include "ctl/document.h"
#include "ctl/in_force.h"
#include "ctl/output.h"
#include "ctl/time_options.h"
#include "ctl/timeline.h"
#include "format/plan.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/** How many changes before and after now the text shows; --json has all. */
#define SHOWN_BEFORE 12
#define SHOWN_AFTER 24

/* Written once, while the command line is read. */
static const char *schedule_at_given;

static const tg_option_t schedule_options[] = {
    { "at", "INSTANT", "as if it were then", &schedule_at_given, TG_COMPLETE_NOTHING },
    { 0 },
};

/* --- the document --- */

static json_t *steps_document(const apr_array_header_t *steps)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const tg_ctl_step_t *step = &APR_ARRAY_IDX(steps, i, tg_ctl_step_t);

        json_array_append_new(list, json_pack("{s:o, s:s}", "from", tg_json_instant(step->from),
                                              "phase", tg_phase_name(step->phase)));
    }
    return list;
}

static json_t *overrides_document(const tg_state_t *entries)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < entries->overrides->nelts; i++) {
        json_array_append_new(list, tg_state_override_json(&APR_ARRAY_IDX(entries->overrides, i,
                                                                          tg_state_override_t)));
    }
    return list;
}

static json_t *timeline_document(const tg_ctl_t *ctl, const tg_ctl_in_force_t *in_force,
                                 const tg_schedule_t *s, tg_instant_t at)
{
    /* The entries as they were or will be then. */
    const tg_state_t entries =
        tg_ctl_in_force_entries(ctl->pool, &in_force->state, s->name, at, ctl->now);
    const tg_override_set_t *set = tg_state_set(ctl->pool, &entries);
    json_t *root = tg_plan_json(s, tg_override_find(set, s->name), at);

    json_object_set_new(root, "timeline",
                        steps_document(tg_ctl_timeline(ctl->pool, s, &in_force->state, ctl->now)));
    json_object_set_new(root, "overrides", overrides_document(&entries));
    json_object_set_new(root, "exemptions", json_integer(entries.exemptions->nelts));
    json_object_set_new(root, "refuse_waits",
                        json_boolean(tg_phase_refuse_waits(s, tg_override_find(set, s->name), at)));
    json_object_set_new(
        root, "used_by",
        tg_ctl_running_plan_uses(ctl->pool, in_force->plan.plan, s->name, TG_CTL_USES_ALL));
    return root;
}

/* --- as text --- */

/* The step that is in force at @p at: instants of a document sort as text. */
static size_t step_index(const json_t *steps, const char *at)
{
    size_t i = json_array_size(steps) - 1;

    while (i > 0 && strcmp(tg_ctl_document_text(json_array_get(steps, i), "from", ""), at) > 0) {
        i--;
    }
    return i;
}

static void print_left_out(FILE *out, size_t count, const char *when)
{
    if (count > 0) {
        tg_term_print(out, TG_TERM_PLAIN, "  ... %lu more changes %s: --json has them all",
                      (unsigned long)count, when);
    }
}

static void print_timeline(FILE *out, const json_t *steps, const char *at, const char *now_word)
{
    size_t count = json_array_size(steps), now = step_index(steps, at), i;
    size_t first = now > SHOWN_BEFORE ? now - SHOWN_BEFORE : 0;
    size_t end = count - now > SHOWN_AFTER ? now + SHOWN_AFTER : count;

    print_left_out(out, first, "before");
    for (i = first; i < end; i++) {
        const json_t *step = json_array_get(steps, i);
        const char *phase = tg_ctl_document_text(step, "phase", "");

        tg_term_print(out, TG_TERM_PLAIN, "  %-20s  %s",
                      tg_ctl_document_text(step, "from", "from the start"), phase);
        if (i == now) {
            tg_term_print(out, TG_TERM_STRONG, "> %-20s  %s: %s", at, now_word, phase);
        }
    }
    print_left_out(out, count - end, "after");
}

static void print_by_hand(FILE *out, apr_pool_t *pool, const json_t *schedule)
{
    const json_t *overrides = json_object_get(schedule, "overrides"), *override;
    json_int_t exemptions = json_integer_value(json_object_get(schedule, "exemptions"));
    size_t i;

    json_array_foreach (overrides, i, override) {
        tg_term_row(out, "by hand", tg_ctl_in_force_override(pool, override));
    }
    if (exemptions > 0) {
        tg_term_row(out, "exempt",
                    apr_psprintf(pool, "%d, see " TG_PROGRAM_NAME " exempt list %s",
                                 (int)exemptions, tg_ctl_document_text(schedule, "name", "")));
    }
    if (json_is_true(json_object_get(schedule, "refuse_waits"))) {
        tg_term_row(out, "refuse",
                    "counts as cutoff while a client is exempt that is identified by its request");
    }
}

static const char *joined_words(apr_pool_t *pool, const json_t *words)
{
    const char *text = "";
    const json_t *word;
    size_t i;

    json_array_foreach (words, i, word) {
        text = apr_pstrcat(pool, text, i ? " " : "", json_string_value(word), NULL);
    }
    return text;
}

static void schedule_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *schedules = json_object_get(document, "schedules"), *schedule, *uses, *use;
    const char *at = tg_ctl_document_text(document, "time", "");
    const char *now_word = strcmp(at, tg_instant_text(pool, now)) == 0 ? "now" : "then";
    size_t i, j;

    json_array_foreach (schedules, i, schedule) {
        tg_term_print(out, TG_TERM_STRONG, "%s  %s", tg_ctl_document_text(schedule, "name", ""),
                      joined_words(pool, json_object_get(schedule, "deprecates")));
        print_timeline(out, json_object_get(schedule, "timeline"), at, now_word);
        print_by_hand(out, pool, schedule);
        uses = json_object_get(schedule, "used_by");
        json_array_foreach (uses, j, use) {
            tg_term_row(out, "used by", json_string_value(use));
        }
    }
}

static tg_exit_t schedule_run(const tg_ctl_t *ctl)
{
    tg_instant_t at = ctl->now;
    apr_array_header_t *schedules;
    tg_ctl_in_force_t in_force;
    json_t *list;
    int i;

    if ((schedule_at_given && !tg_ctl_time_read(ctl, "at", schedule_at_given, &at)) ||
        !tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_NEEDED, &in_force) ||
        !(schedules = tg_ctl_in_force_schedules(ctl, &in_force))) {
        return TG_EXIT_ERROR;
    }
    list = json_array();
    for (i = 0; i < schedules->nelts; i++) {
        json_array_append_new(
            list, timeline_document(ctl, &in_force,
                                    APR_ARRAY_IDX(schedules, i, const tg_schedule_t *), at));
    }
    tg_ctl_output(ctl,
                  json_pack("{s:o, s:s, s:o}", "time", tg_json_instant(at), "plan",
                            tg_text_printable(ctl->pool, in_force.plan.source), "schedules", list),
                  schedule_text);
    return TG_EXIT_OK;
}

const tg_command_t tg_command_schedule = {
    .name = "schedule",
    .usage = (const char *const[]){ "[NAME...] [--at INSTANT] [--json]", NULL },
    .summary = "Show the timeline of each schedule, with now marked",
    .examples =
        (const tg_example_t[]){
            { "All schedules", TG_PROGRAM_NAME " schedule" },
            { "One of them, seen from next year",
              TG_PROGRAM_NAME " schedule legacy-tls --at 2019-01-01T00:00Z" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ schedule_options, tg_ctl_output_options, NULL },
    .run = schedule_run,
};
