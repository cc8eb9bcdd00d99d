/* tlsgatectl status: where each schedule stands, what is in force, what is not, and what is wrong,
 * for a person in a hurry and for monitoring.
 */
#include "commands.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/holding.h"
#include "ctl/base/output.h"
#include "ctl/base/problems.h"
#include "ctl/base/store_choice.h"
#include "ctl/change/fleet.h"
#include "ctl/status/entries.h"
#include "ctl/status/follow_status.h"
#include "ctl/status/next_start.h"
#include "ctl/status/standing.h"
#include "ctl/status/status_text.h"
#include "ctl/status/stopped.h"

#include <apr_strings.h>

/** What a monitoring plugin returns if it cannot tell. */
#define NAGIOS_UNKNOWN 3

/* Written once, while the command line is read. */
static const char *nagios_given;

static const tg_option_t status_options[] = {
    { "nagios", NULL, "exit as monitoring plugins do: 0 ok, 1 warning, 2 critical, 3 unknown",
      &nagios_given, TG_COMPLETE_NOTHING },
    { 0 },
};

/* The condition of the document in the store. */
typedef enum {
    STORED_NEVER,
    STORED_READ,
    STORED_GONE,
    STORED_BROKEN,
    STORED_UNREADABLE,
    STOREDS
} stored_t;

static const char *const stored_words[] = {
    "not written yet", "read", "gone", "broken", "not readable",
};
TG_ROWS_ARE(stored_words, STOREDS);

typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_running_plan_t plan;
    const char *where; /* the name of the store */
    stored_t stored;
    const char *follows; /* what the file of this machine follows; NULL: nothing */
    tg_ctl_stored_t stored_there;
    tg_store_snapshot_t snapshot;
    tg_fault_t fault; /* why the snapshot could not be read */
    tg_ctl_holding_t holding;
    int is_next;                /* httpd does not run, and what follows is what it will act on */
    tg_ctl_next_start_t stands; /* by what the schedules stand: now, or when it starts */
    tg_ctl_fleet_t fleet;
    const char *fleet_text; /* how many machines have what the store has; NULL: it is a file */
    apr_array_header_t *problems;
} status_t;

/* --- where it is kept --- */

static stored_t judge_snapshot(const tg_store_snapshot_t *snapshot, int is_good)
{
    if (snapshot->is_lost) {
        return STORED_GONE;
    }
    if (!is_good) {
        return snapshot->text ? STORED_BROKEN : STORED_UNREADABLE;
    }
    return snapshot->text ? STORED_READ : STORED_NEVER;
}

static void read_fleet(status_t *st, const tg_store_t *store)
{
    tg_fault_t fault;
    int i;

    if (!tg_ctl_fleet_read(st->ctl, store, &st->snapshot, &st->fleet, &fault)) {
        tg_ctl_problem_add(
            st->problems, TG_CTL_PROBLEM_UNREADABLE,
            apr_pstrcat(st->ctl->pool, "which machines have it is not known: ", fault.reason, NULL),
            apr_pstrdup(st->ctl->pool, fault.fix));
        return;
    }
    st->fleet_text = tg_ctl_fleet_text(st->ctl->pool, &st->fleet);
    for (i = 0; i < st->fleet.others->nelts; i++) {
        tg_ctl_problem_add(st->problems, TG_CTL_PROBLEM_MACHINES,
                           APR_ARRAY_IDX(st->fleet.others, i, const char *), NULL);
    }
}

/* 1, or 0 after an error was printed. */
static int read_state(status_t *st)
{
    tg_store_t store;
    int is_good;

    if (!tg_ctl_store_choice_open(st->ctl, st->plan.state, &store)) {
        return 0;
    }
    st->where = store.name;
    is_good = store.read(&store, st->ctl->pool, &st->snapshot, &st->fault);
    st->stored = judge_snapshot(&st->snapshot, is_good);
    st->stored_there.name = tg_ctl_store_choice_url(st->ctl) ? store.name : NULL;
    st->stored_there.is_good = is_good && st->snapshot.text;
    st->stored_there.revision = st->snapshot.revision;
    if (is_good && store.machines) {
        read_fleet(st, &store);
    }
    return 1;
}

static int has_refusal(const status_t *st)
{
    int i;

    for (i = 0; i < st->problems->nelts; i++) {
        if (APR_ARRAY_IDX(st->problems, i, tg_ctl_problem_row_t).code == TG_CTL_PROBLEM_REFUSED) {
            return 1;
        }
    }
    return 0;
}

static void add_gone(status_t *st)
{
    tg_ctl_problem_add(
        st->problems, TG_CTL_PROBLEM_GONE,
        apr_pstrcat(st->ctl->pool, st->where,
                    " is gone, and every httpd keeps using what it read last", NULL),
        apr_pstrcat(st->ctl->pool, "restore it",
                    st->stored_there.name ? ", for example from the file of a machine" : "",
                    "; " TG_PROGRAM_NAME
                    " resume --all would write an empty one, which ends all of that",
                    NULL));
}

/* What is wrong with the document itself. If httpd refuses the file, it has said why. */
static void check_stored(status_t *st, const char *unsafe)
{
    const char *what = apr_pstrcat(st->ctl->pool, st->where, ": ", st->fault.reason, NULL);
    int is_told = has_refusal(st) && !st->stored_there.name;

    if (st->stored == STORED_BROKEN && !is_told) {
        tg_ctl_problem_add(st->problems, TG_CTL_PROBLEM_BROKEN, what, st->fault.fix);
    }
    if (st->stored == STORED_UNREADABLE && !is_told) {
        tg_ctl_problem_add(st->problems, TG_CTL_PROBLEM_UNREADABLE, what, st->fault.fix);
    }
    if (unsafe && !has_refusal(st)) {
        tg_ctl_problem_add_message(st->problems, TG_CTL_PROBLEM_UNSAFE, unsafe);
    }
    if (st->stored == STORED_GONE) {
        add_gone(st);
    }
}

/* What httpd acts on, and why on nothing else. */
static void find_holding(status_t *st)
{
    apr_pool_t *pool = st->ctl->pool;
    const char *path = st->plan.state ? tg_store_file(pool, st->plan.state).name : NULL;
    tg_store_t file = tg_store_file(pool, path ? path : "");
    tg_ctl_written_t written = { .state = path,
                                 .snapshot = &st->snapshot,
                                 .is_good = st->stored == STORED_NEVER || st->stored == STORED_READ,
                                 .is_store = st->stored_there.name != NULL,
                                 .problem = path ? file.problem(&file, pool) : NULL };

    tg_ctl_holding_find(st->ctl, &written, st->problems, &st->holding);
    st->is_next = st->holding.is_stopped && !written.is_store;
    st->stands = (tg_ctl_next_start_t){ st->plan.plan, st->holding.state };
    if (st->is_next) {
        tg_ctl_next_start_find(pool, &st->plan,
                               written.is_good && !written.problem ? &st->snapshot.state : NULL,
                               st->problems, &st->stands);
    }
    check_stored(st, written.problem);
}

static void check_plan(status_t *st)
{
    int i;

    if (!st->plan.plan) {
        tg_ctl_problem_add_message(
            st->problems, TG_CTL_PROBLEM_NO_PLAN,
            apr_pstrcat(st->ctl->pool, "there is no plan: ", st->plan.problem, NULL));
    }
    else if (!st->plan.plan->state) {
        tg_ctl_problem_add(st->problems, TG_CTL_PROBLEM_NO_STATE,
                           "httpd reads no state file: TlsGateState is not configured",
                           "add TlsGateState to httpd.conf");
    }
    for (i = 0; i < st->plan.differences->nelts; i++) {
        tg_ctl_problem_add(st->problems, TG_CTL_PROBLEM_NOT_RELOADED,
                           apr_pstrcat(st->ctl->pool, "the ", st->is_next ? "last" : "running",
                                       " httpd differs from httpd.conf: ",
                                       APR_ARRAY_IDX(st->plan.differences, i, const char *), NULL),
                           i + 1 < st->plan.differences->nelts ? NULL
                           : st->is_next                       ? "check it: a start uses httpd.conf"
                                         : "look first what a reload would do: " TG_PROGRAM_NAME
                                           " check; then reload httpd");
    }
}

static void check_follow(status_t *st)
{
    apr_array_header_t *lines = apr_array_make(st->ctl->pool, 2, sizeof(const char *));
    int i;

    if (st->plan.state) {
        st->follows = tg_ctl_follow_status_check(st->ctl, st->plan.state, st->plan.runs,
                                                 &st->stored_there, lines);
    }
    for (i = 0; i < lines->nelts; i++) {
        tg_ctl_problem_add_message(st->problems, TG_CTL_PROBLEM_FOLLOW,
                                   APR_ARRAY_IDX(lines, i, const char *));
    }
}

/* --- the document --- */

/* What was stopped does not matter where something else rejects: a cutoff, or a trial by hand. */
static int is_rejected_anyway(const tg_schedule_t *s, const tg_override_set_t *set,
                              tg_instant_t now)
{
    return tg_phase_rejects(
        tg_phase_at(s, tg_override_find(set, s->name), now, TG_BUCKET_EVERYONE));
}

/* What TlsGateGuard stopped: also of schedules that the plan does not have, if there is none. */
static void check_stopped(status_t *st)
{
    const tg_state_t *state = &st->stands.state;
    const tg_plan_t *plan = st->stands.plan;
    const tg_override_set_t *set = tg_state_set(st->ctl->pool, state);
    int i;

    for (i = 0; state->trips && i < state->trips->nelts; i++) {
        const char *name = APR_ARRAY_IDX(state->trips, i, tg_state_trip_t).schedule;
        const tg_schedule_t *s = plan ? tg_plan_schedule(plan, name) : NULL;

        if (s ? !is_rejected_anyway(s, set, st->ctl->now) : !plan) {
            tg_ctl_stopped_add(st->problems, name, tg_state_trip(state, set, name, st->ctl->now),
                               st->ctl->now);
        }
    }
}

static json_t *standings_document(const status_t *st)
{
    const tg_override_set_t *set = tg_state_set(st->ctl->pool, &st->stands.state);
    const tg_plan_t *plan = st->stands.plan;
    json_t *list = json_array();
    int i;

    for (i = 0; plan && i < plan->schedules->nelts; i++) {
        const tg_ctl_timed_t timed = { APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *),
                                       &st->stands.state, st->ctl->now };

        json_array_append_new(list, tg_ctl_standing(st->ctl->pool, &timed, plan, set));
    }
    return list;
}

static const char *stored_text(const status_t *st)
{
    return st->stored == STORED_READ && st->stored_there.revision
               ? apr_psprintf(st->ctl->pool, "revision %" APR_INT64_T_FMT,
                              st->stored_there.revision)
               : stored_words[st->stored];
}

static json_t *printable_or_null(const status_t *st, const char *text)
{
    return tg_json_text(text ? tg_text_printable(st->ctl->pool, text) : NULL);
}

static void add_entries(status_t *st, json_t *root)
{
    const tg_ctl_unsorted_t unsorted = { .plan = st->stands.plan,
                                         .held = &st->stands.state,
                                         .written = &st->snapshot.state,
                                         .why = st->holding.why,
                                         .is_next = st->is_next,
                                         .now = st->ctl->now };
    tg_ctl_sorted_t sorted = tg_ctl_entries_sort(st->ctl->pool, &unsorted, st->problems);

    json_object_set_new(root, "in_force", sorted.in_force.list);
    json_object_set_new(root, "written_not_in_force", sorted.not_in_force.list);
    json_object_set_new(root, "over", sorted.over.list);
    json_object_set_new(root, "more_exemptions",
                        json_pack("{s:I, s:I, s:I}", "in_force", sorted.in_force.left_out,
                                  "written_not_in_force", sorted.not_in_force.left_out, "over",
                                  sorted.over.left_out));
}

static json_t *machines_document(const status_t *st)
{
    json_t *list = json_array();
    int i;

    for (i = 0; st->fleet_text && i < st->fleet.machines->nelts; i++) {
        const tg_ctl_fleet_machine_t *m =
            &APR_ARRAY_IDX(st->fleet.machines, i, tg_ctl_fleet_machine_t);

        json_array_append_new(list, json_pack("{s:s, s:b, s:o}", "name",
                                              tg_text_printable(st->ctl->pool, m->name), "has",
                                              !m->why, "why", printable_or_null(st, m->why)));
    }
    return list;
}

static json_t *status_document(status_t *st)
{
    apr_pool_t *pool = st->ctl->pool;
    const tg_plan_t *plan = st->plan.plan;
    json_t *root = json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "time",
        tg_json_instant(st->ctl->now), "state", tg_text_printable(pool, st->where), "stored",
        stored_text(st), "file", printable_or_null(st, st->plan.state), "follows",
        printable_or_null(st, st->follows), "plan",
        printable_or_null(st, plan ? st->plan.source : NULL), "plan_time",
        plan ? tg_json_instant(plan->time) : json_null(), "runs", st->plan.runs, "known_from",
        tg_json_text(st->is_next ? "start" : tg_ctl_holding_name(st->holding.kind)), "httpd",
        tg_ctl_holding_document(pool, &st->holding), "schedules", standings_document(st));

    add_entries(st, root);
    json_object_set_new(root, "fleet", tg_json_text(st->fleet_text));
    json_object_set_new(root, "machines", machines_document(st));
    json_object_set_new(root, "problems", tg_ctl_problems_document(st->problems));
    json_object_set_new(root, "severity",
                        json_string(tg_ctl_severity_name(tg_ctl_problems_severity(st->problems))));
    return root;
}

static tg_exit_t exit_of(const status_t *st)
{
    tg_ctl_severity_t severity = tg_ctl_problems_severity(st->problems);

    if (nagios_given) {
        return (tg_exit_t)severity;
    }
    return severity == TG_CTL_SEVERITY_OK ? TG_EXIT_OK : TG_EXIT_FINDING;
}

static tg_exit_t status_run(const tg_ctl_t *ctl)
{
    const tg_exit_t failed = nagios_given ? (tg_exit_t)NAGIOS_UNKNOWN : TG_EXIT_ERROR;
    status_t st = { .ctl = ctl, .problems = tg_ctl_problems(ctl->pool) };
    json_t *document;

    if (!tg_ctl_running_plan_find(ctl, TG_CTL_RUNNING_PLAN_WANTED, &st.plan) || !read_state(&st)) {
        return failed;
    }
    find_holding(&st);
    check_follow(&st);
    check_plan(&st);
    check_stopped(&st);
    document = status_document(&st);
    tg_ctl_output(ctl, document, nagios_given ? tg_ctl_status_nagios : tg_ctl_status_text);
    return exit_of(&st);
}

const tg_command_t tg_command_status = {
    .name = "status",
    .usage = (const char *const[]){ "[--nagios] [--json]", NULL },
    .summary = "Show where each schedule stands, what is in force, and what is wrong",
    .more = "A problem is a finding.\n",
    .examples =
        (const tg_example_t[]){
            { "This machine", TG_PROGRAM_NAME " status" },
            { "For monitoring", TG_PROGRAM_NAME " status --nagios" },
            { "The problems alone", TG_PROGRAM_NAME " status --json | jq -r '.problems[].text'" },
            { 0 },
        },
    .options = (const tg_option_t *const[]){ status_options, tg_ctl_output_options, NULL },
    .run = status_run,
};
