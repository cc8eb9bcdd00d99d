/* tlsgatectl schedule: the timeline of each schedule, with now marked and all changes by hand
 * included.
 */
#include "commands.h"

#include "base/json.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/entry_words.h"
#include "ctl/base/in_force.h"
#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/report/outlook.h"
#include "ctl/report/past_trial.h"
#include "ctl/report/report_question.h"
#include "ctl/status/calendar.h"
#include "ctl/status/calendar_text.h"
#include "ctl/status/stopped.h"
#include "ctl/status/timeline_rows.h"
#include "ctl/status/timeline_text.h"
#include "format/plan.h"
#include "format/trip.h"
#include "term/term.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *schedule_at_given, *calendar_given;

static const tg_option_t schedule_options[] = {
    { "at", "INSTANT", "as if it were then", &schedule_at_given, TG_COMPLETE_NOTHING },
    { "calendar", NULL, "draw the weeks around now", &calendar_given, TG_COMPLETE_NOTHING },
    { 0 },
};

/* --- the document --- */

/* For how many of the clients a trial is; null for another phase. */
static json_t *share_document(const tg_ctl_step_t *step)
{
    return step->phase == TG_PHASE_TRIAL ? json_integer(step->share) : json_null();
}

/* Until when TlsGateGuard keeps a trial from running that would be there; null elsewhere. */
static json_t *stopped_document(const tg_ctl_step_t *step)
{
    return step->stopped_until == TG_ALWAYS
               ? json_null()
               : json_pack("{s:o}", "until", tg_json_instant(step->stopped_until));
}

static json_t *steps_document(const apr_array_header_t *steps)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const tg_ctl_step_t *step = &APR_ARRAY_IDX(steps, i, tg_ctl_step_t);

        json_array_append_new(list,
                              json_pack("{s:o, s:s, s:o, s:o}", "from", tg_json_instant(step->from),
                                        "phase", tg_phase_name(step->phase), "share_percent",
                                        share_document(step), "stopped", stopped_document(step)));
    }
    return list;
}

static json_t *row_document(const tg_ctl_row_t *row)
{
    const tg_trial_t *t = row->trial;

    if (row->left_out) {
        return json_pack("{s:o, s:s, s:i}", "from", tg_json_instant(row->step.from), "phase",
                         tg_phase_name(row->step.phase), "left_out", row->left_out);
    }
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "from",
                     tg_json_instant(row->step.from), "phase", tg_phase_name(row->step.phase),
                     "share_percent", share_document(&row->step), "stopped",
                     stopped_document(&row->step), "every_seconds",
                     t ? json_integer(t->every) : json_null(), "length_seconds",
                     t ? json_integer(t->first.end - t->first.start) : json_null(), "until",
                     t ? tg_json_instant(t->until) : json_null(), "times",
                     t ? json_integer(row->times) : json_null());
}

/* All of them for programs; for people those near that instant. */
static json_t *rows_document(apr_pool_t *pool, const tg_ctl_timed_t *timed, tg_instant_t at)
{
    const apr_array_header_t *all = tg_ctl_timeline_rows(pool, timed);
    const apr_array_header_t *rows =
        tg_ctl_output_is_text() ? tg_ctl_timeline_rows_near(pool, all, at) : all;
    json_t *list = json_array();
    int i;

    for (i = 0; i < rows->nelts; i++) {
        json_array_append_new(list, row_document(&APR_ARRAY_IDX(rows, i, tg_ctl_row_t)));
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

/* As wide as it will be shown. */
static json_t *calendar_document(apr_pool_t *pool, const tg_ctl_timed_t *timed, tg_instant_t at)
{
    int width = tg_ctl_output_is_text() ? tg_term_width(stdout) : 0;

    return tg_ctl_calendar(pool, timed, at,
                           tg_ctl_calendar_marks(width > 0 ? width : TG_CTL_CALENDAR_WIDTH));
}

static const char *schedule_words(apr_pool_t *pool, const tg_schedule_t *s)
{
    return tg_trait_words(pool, s->traits, s->has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS,
                          NULL);
}

static const tg_guard_trip_t *stopped_then(const tg_ctl_t *ctl, const tg_state_t *entries,
                                           const char *schedule, tg_instant_t at)
{
    return tg_state_trip(entries, tg_state_set(ctl->pool, entries), schedule, at);
}

/* The stops of the httpd of this machine until then, over or not. */
static json_t *stops_document(const tg_state_t *state, const char *schedule, tg_instant_t at)
{
    json_t *list = json_array();
    int i;

    for (i = 0; state->stops && i < state->stops->nelts; i++) {
        const tg_state_stop_t *s = &APR_ARRAY_IDX(state->stops, i, const tg_state_stop_t);

        if (strcmp(s->schedule, schedule) == 0 && s->stop.trip.at <= at) {
            json_array_insert_new(list, 0, tg_trip_kept_json(&s->stop));
        }
    }
    return list;
}

/* What logs or the ledger tell of trials. 1, or 0 after an error was printed. */
static int add_outlook(json_t *root, const tg_ctl_outlook_t *outlook)
{
    apr_pool_t *pool = outlook->ctl->pool;
    const char *pages = tg_ctl_outlook_pages();
    json_t *next = tg_ctl_outlook_is_given() ? tg_ctl_outlook_document(outlook) : NULL;

    if (next) {
        json_object_set_new(root, "next_trial_met", next);
    }
    if (pages) {
        json_object_set_new(root, "last_trial",
                            tg_ctl_past_trial_document(pool, pages, outlook->schedule->name));
    }
    return next || !tg_ctl_outlook_is_given();
}

static json_t *timeline_document(const tg_ctl_t *ctl, const tg_ctl_in_force_t *in_force,
                                 const tg_schedule_t *s, tg_instant_t at)
{
    /* The entries as they were or will be then. */
    const tg_state_t entries =
        tg_ctl_in_force_entries(ctl->pool, &in_force->state, s->name, at, ctl->now);
    const tg_override_set_t *overrides = tg_state_set(ctl->pool, &entries);
    const tg_override_t *o = tg_override_find(overrides, s->name);
    const tg_ctl_timed_t timed = { s, &in_force->state, ctl->now };
    json_t *root = tg_plan_json(s, o, at);

    json_object_set_new(root, "words", json_string(schedule_words(ctl->pool, s)));
    if (!tg_ctl_output_is_text()) { /* the rows are enough for text: the steps may be 100,000 */
        json_object_set_new(root, "timeline", steps_document(tg_ctl_timeline(ctl->pool, &timed)));
    }
    json_object_set_new(root, "rows", rows_document(ctl->pool, &timed, at));
    if (calendar_given) {
        json_object_set_new(root, "calendar", calendar_document(ctl->pool, &timed, at));
    }
    if (!add_outlook(root, &(const tg_ctl_outlook_t){ ctl, s, o, overrides, at })) {
        json_decref(root);
        return NULL;
    }
    json_object_set_new(root, "overrides", overrides_document(&entries));
    json_object_set_new(root, "stopped", tg_trip_json(stopped_then(ctl, &entries, s->name, at)));
    json_object_set_new(root, "stops", stops_document(&in_force->state, s->name, at));
    json_object_set_new(root, "exemptions", json_integer(entries.exemptions->nelts));
    json_object_set_new(root, "refuse_waits", json_boolean(tg_phase_refuse_waits(s, o, at)));
    json_object_set_new(
        root, "used_by",
        tg_ctl_running_plan_uses(ctl->pool, in_force->plan.plan, s->name, TG_CTL_USES_ALL));
    return root;
}

/* --- as text --- */

static void print_stopped(FILE *out, apr_pool_t *pool, const json_t *schedule)
{
    const json_t *stopped = json_object_get(schedule, "stopped");

    if (json_is_object(stopped)) {
        tg_term_row(
            out, "stopped",
            apr_pstrcat(pool, "by TlsGateGuard at ", tg_ctl_document_text(stopped, "at", ""), "; ",
                        tg_ctl_stopped_remedy(pool, tg_ctl_document_text(schedule, "name", "")),
                        NULL));
    }
}

static void print_by_hand(FILE *out, apr_pool_t *pool, const json_t *schedule, tg_instant_t at)
{
    const json_t *overrides = json_object_get(schedule, "overrides"), *override;
    json_int_t exemptions = json_integer_value(json_object_get(schedule, "exemptions"));
    size_t i;

    json_array_foreach (overrides, i, override) {
        tg_term_row(out, "by hand", tg_ctl_entry_words(pool, override, at));
    }
    if (exemptions > 0) {
        tg_term_row(out, "exempt",
                    apr_psprintf(pool, "%d, see " TG_PROGRAM_NAME " exempt list %s",
                                 (int)exemptions, tg_ctl_document_text(schedule, "name", "")));
    }
    if (json_is_true(json_object_get(schedule, "refuse_waits"))) {
        tg_term_row(out, "refuse",
                    "counts as cutoff while a client that is identified by its request is exempt");
    }
}

static void print_schedule_of(FILE *out, apr_pool_t *pool, const json_t *schedule, const char *at,
                              tg_instant_t now)
{
    const json_t *calendar = json_object_get(schedule, "calendar");
    const json_t *uses = json_object_get(schedule, "used_by"), *use;
    tg_instant_t then = now;
    tg_fault_t ignored;
    size_t i;

    tg_term_print(out, TG_TERM_STRONG, "%s  %s", tg_ctl_document_text(schedule, "name", ""),
                  tg_ctl_document_text(schedule, "words", ""));
    if (calendar) {
        tg_ctl_calendar_print(out, pool, calendar, at, now);
        tg_ctl_timeline_print_after(out, pool, schedule, tg_ctl_calendar_end(calendar), now);
    }
    else {
        tg_ctl_timeline_print(out, pool, schedule, at, now);
    }
    tg_ctl_past_trial_print(out, pool, json_object_get(schedule, "last_trial"));
    tg_ctl_outlook_print(out, pool, json_object_get(schedule, "next_trial_met"), at);
    print_stopped(out, pool, schedule);
    tg_instant_parse(at, &then, &ignored);
    print_by_hand(out, pool, schedule, then);
    json_array_foreach (uses, i, use) {
        tg_term_row(out, "used by", json_string_value(use));
    }
}

static void schedule_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *schedules = json_object_get(document, "schedules"), *schedule;
    const json_t *calendar = json_object_get(json_array_get(schedules, 0), "calendar");
    const char *at = tg_ctl_document_text(document, "time", "");
    size_t i;

    json_array_foreach (schedules, i, schedule) {
        print_schedule_of(out, pool, schedule, at, now);
    }
    if (calendar) {
        tg_ctl_calendar_print_legend(out, pool, calendar);
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
    if (tg_ctl_outlook_is_given() && schedules->nelts != 1) {
        tg_term_error("say for which schedule: " TG_PROGRAM_NAME " schedule %s ...",
                      APR_ARRAY_IDX(schedules, 0, const tg_schedule_t *)->name);
        return TG_EXIT_ERROR;
    }
    list = json_array();
    for (i = 0; i < schedules->nelts; i++) {
        json_t *timeline = timeline_document(
            ctl, &in_force, APR_ARRAY_IDX(schedules, i, const tg_schedule_t *), at);

        if (!timeline) {
            return TG_EXIT_ERROR;
        }
        json_array_append_new(list, timeline);
    }
    tg_ctl_output(ctl,
                  json_pack("{s:o, s:s, s:o}", "time", tg_json_instant(at), "plan",
                            tg_text_printable(ctl->pool, in_force.plan.source), "schedules", list),
                  schedule_text);
    return TG_EXIT_OK;
}

const tg_command_t tg_command_schedule = {
    .name = "schedule",
    .usage = (const char *const[]){ "[NAME...] [--at INSTANT] [--calendar] [--json]",
                                    "NAME [--log FILE]... [--ledger FILE]... [--since WHEN] "
                                    "[--exclude CIDR]... [--from FORMAT] [--at INSTANT] "
                                    "[--calendar] [--json]",
                                    NULL },
    .summary = "Show the timeline of each schedule, with now marked",
    .examples =
        (const tg_example_t[]){
            { "All schedules", TG_PROGRAM_NAME " schedule" },
            { "One of them, seen from next year",
              TG_PROGRAM_NAME " schedule legacy-tls --at 2019-01-01T00:00Z" },
            { "The weeks around now, drawn", TG_PROGRAM_NAME " schedule --calendar" },
            { "Whom its next trial would have met, from the log",
              TG_PROGRAM_NAME " schedule legacy-tls --log tlsgate.ndjson --at 2018-07-01T00:00Z" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options =
        (const tg_option_t *const[]){ schedule_options, tg_ctl_outlook_options,
                                      tg_ctl_report_log_options, tg_ctl_output_options, NULL },
    .run = schedule_run,
};
