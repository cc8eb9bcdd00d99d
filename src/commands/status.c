/* tlsgatectl status: what is in force, what is over, and what is wrong. A problem is a
 * finding.
 */
#include "commands.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/document.h"
#include "ctl/fleet.h"
#include "ctl/follow_status.h"
#include "ctl/in_force.h"
#include "ctl/output.h"
#include "ctl/store_choice.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

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
    const char *machines; /* how many have what the store has; NULL: it is a file */
    const char *follows;  /* what the file of this machine follows; NULL: nothing */
    tg_ctl_stored_t stored_there;
    tg_state_t state;
    apr_array_header_t *in_force, *over, *problems; /* of const char * */
} status_t;

static void add_line(apr_array_header_t *lines, const char *line)
{
    APR_ARRAY_PUSH(lines, const char *) = line;
}

/* --- where it is kept --- */

static void add_gone(status_t *st)
{
    add_line(st->problems,
             apr_pstrcat(
                 st->ctl->pool, st->where,
                 " is gone, and every httpd goes on with what it read last: restore it",
                 tg_ctl_store_choice_url(st->ctl) ? ", for example from the file of a machine" : "",
                 ". " TG_PROGRAM_NAME
                 " resume --all would write an empty one, which ends all of that",
                 NULL));
}

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

static void read_fleet(status_t *st, const tg_store_t *store, const tg_store_snapshot_t *now)
{
    tg_ctl_fleet_t fleet;
    tg_fault_t fault;

    if (!tg_ctl_fleet_read(st->ctl, store, now, &fleet, &fault)) {
        add_line(st->problems, apr_pstrcat(st->ctl->pool, "which machines have it is not known: ",
                                           fault.reason, "; ", fault.fix, NULL));
        return;
    }
    st->machines = tg_ctl_fleet_text(st->ctl->pool, &fleet);
    apr_array_cat(st->problems, fleet.others);
}

/* 1, or 0 after an error was printed. */
static int read_state(status_t *st)
{
    apr_pool_t *pool = st->ctl->pool;
    tg_store_snapshot_t snapshot;
    tg_store_t store;
    const char *problem;
    tg_fault_t fault;
    int is_good;

    if (!tg_ctl_store_choice_open(st->ctl, st->plan.state, &store)) {
        return 0;
    }
    st->where = store.name;
    is_good = store.read(&store, pool, &snapshot, &fault);
    if (!is_good) {
        add_line(st->problems,
                 apr_pstrcat(pool, store.name, ": ", fault.reason, "; ", fault.fix, NULL));
    }
    st->stored = judge_snapshot(&snapshot, is_good);
    st->state = snapshot.state;
    st->stored_there.name = tg_ctl_store_choice_url(st->ctl) ? store.name : NULL;
    st->stored_there.is_good = is_good && snapshot.text;
    st->stored_there.revision = snapshot.revision;
    problem = store.problem(&store, pool);
    if (problem) {
        add_line(st->problems, problem);
    }
    if (is_good && store.machines) {
        read_fleet(st, &store, &snapshot);
    }
    if (st->stored == STORED_GONE) {
        add_gone(st);
    }
    return 1;
}

/* --- its entries --- */

/* Why an override has no effect, or NULL. */
static const char *idle_reason(const status_t *st, const tg_state_override_t *o)
{
    const tg_plan_t *plan = st->plan.plan;
    const tg_schedule_t *s = plan ? tg_plan_schedule(plan, o->schedule) : NULL;

    if (!plan) {
        return NULL;
    }
    if (!s) {
        return "there is no such schedule any more";
    }
    return o->kind == TG_STATE_POSTPONE && !tg_phase_postpones(s, o->from)
               ? "the configured cutoff has changed"
               : NULL;
}

static void sort_override(status_t *st, const tg_state_override_t *o)
{
    const char *problem = idle_reason(st, o);
    const char *line =
        apr_pstrcat(st->ctl->pool, o->schedule, ": ",
                    tg_ctl_in_force_override(
                        st->ctl->pool, tg_json_keep(st->ctl->pool, tg_state_override_json(o))),
                    NULL);
    tg_instant_t end = o->kind == TG_STATE_POSTPONE ? o->cutoff : o->until;

    if (problem) {
        add_line(st->problems,
                 apr_pstrcat(st->ctl->pool, line, ": it does nothing: ", problem, NULL));
    }
    else {
        add_line(end > st->ctl->now ? st->in_force : st->over, line);
    }
}

static void sort_exemption(status_t *st, const tg_state_exemption_t *e)
{
    const char *line = apr_pstrcat(st->ctl->pool, e->exemption.schedule, ": exempt ",
                                   e->network ? e->network : e->exemption.client, " until ",
                                   tg_instant_text(st->ctl->pool, e->exemption.until), ", owner ",
                                   e->exemption.owner, ": ", e->exemption.reason, NULL);
    const tg_plan_t *plan = st->plan.plan;

    if (plan && !tg_plan_schedule(plan, e->exemption.schedule)) {
        add_line(st->problems,
                 apr_pstrcat(st->ctl->pool, line,
                             ": it does nothing: there is no such schedule any more", NULL));
    }
    else {
        add_line(e->exemption.until > st->ctl->now ? st->in_force : st->over, line);
    }
}

static void sort_entries(status_t *st)
{
    int i;

    for (i = 0; i < st->state.overrides->nelts; i++) {
        sort_override(st, &APR_ARRAY_IDX(st->state.overrides, i, tg_state_override_t));
    }
    for (i = 0; i < st->state.exemptions->nelts; i++) {
        sort_exemption(st, &APR_ARRAY_IDX(st->state.exemptions, i, tg_state_exemption_t));
    }
}

static void check_plan(status_t *st)
{
    int i;

    if (!st->plan.plan) {
        add_line(st->problems,
                 apr_pstrcat(st->ctl->pool, "there is no plan: ", st->plan.problem, NULL));
    }
    else if (!st->plan.plan->state) {
        add_line(st->problems, "httpd reads no state file: TlsGateState is not configured");
    }
    for (i = 0; i < st->plan.differences->nelts; i++) {
        add_line(st->problems,
                 apr_pstrcat(st->ctl->pool, "httpd.conf is not what runs: ",
                             APR_ARRAY_IDX(st->plan.differences, i, const char *), NULL));
    }
}

/* --- the document --- */

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

static json_t *status_document(const status_t *st)
{
    apr_pool_t *pool = st->ctl->pool;
    const tg_plan_t *plan = st->plan.plan;

    return json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "time",
        tg_json_instant(st->ctl->now), "state", tg_text_printable(pool, st->where), "stored",
        stored_text(st), "file", printable_or_null(st, st->plan.state), "machines",
        printable_or_null(st, st->machines), "follows", printable_or_null(st, st->follows), "plan",
        printable_or_null(st, plan ? st->plan.source : NULL), "plan_time",
        plan ? tg_json_instant(plan->time) : json_null(), "runs", st->plan.runs, "in_force",
        tg_ctl_document_lines(pool, st->in_force), "over", tg_ctl_document_lines(pool, st->over),
        "problems", tg_ctl_document_lines(pool, st->problems));
}

/* --- as text --- */

static void print_lines(FILE *out, const char *heading, const json_t *lines, tg_term_look_t look)
{
    const json_t *line;
    size_t i;

    if (json_array_size(lines) > 0) {
        tg_term_print(out, TG_TERM_STRONG, "%s", heading);
    }
    json_array_foreach (lines, i, line) {
        tg_term_print(out, look, "  %s", json_string_value(line));
    }
}

static void status_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const char *follows = tg_ctl_document_text(document, "follows", NULL);
    const char *plan = tg_ctl_document_text(document, "plan", NULL);
    const char *machines = tg_ctl_document_text(document, "machines", NULL);

    (void)pool;
    (void)now;
    tg_term_print(out, TG_TERM_PLAIN, "state  %s (%s)", tg_ctl_document_text(document, "state", ""),
                  tg_ctl_document_text(document, "stored", ""));
    if (machines) {
        tg_term_print(out, TG_TERM_PLAIN, "fleet  %s", machines);
    }
    if (follows) {
        tg_term_print(out, TG_TERM_PLAIN, "file   %s follows %s",
                      tg_ctl_document_text(document, "file", ""), follows);
    }
    tg_term_print(out, TG_TERM_PLAIN, "plan   %s%s%s", plan ? plan : "none",
                  plan ? ", written at " : "",
                  plan ? tg_ctl_document_text(document, "plan_time", "") : "");
    print_lines(out, "in force", json_object_get(document, "in_force"), TG_TERM_PLAIN);
    print_lines(out, "over", json_object_get(document, "over"), TG_TERM_PLAIN);
    print_lines(out, "problems", json_object_get(document, "problems"), TG_TERM_WARN);
}

static tg_exit_t status_run(const tg_ctl_t *ctl)
{
    status_t st = { .ctl = ctl };

    if (!tg_ctl_running_plan_find(ctl, TG_CTL_RUNNING_PLAN_WANTED, &st.plan)) {
        return TG_EXIT_ERROR;
    }
    st.in_force = apr_array_make(ctl->pool, 4, sizeof(const char *));
    st.over = apr_array_make(ctl->pool, 4, sizeof(const char *));
    st.problems = apr_array_make(ctl->pool, 4, sizeof(const char *));
    if (!read_state(&st)) {
        return TG_EXIT_ERROR;
    }
    if (st.plan.state) {
        st.follows = tg_ctl_follow_status_check(ctl, st.plan.state, st.plan.runs, &st.stored_there,
                                                st.problems);
    }
    sort_entries(&st);
    check_plan(&st);
    tg_ctl_output(ctl, status_document(&st), status_text);
    return st.problems->nelts ? TG_EXIT_FINDING : TG_EXIT_OK;
}

const tg_command_t tg_command_status = {
    .name = "status",
    .usage = (const char *const[]){ "[--json]", NULL },
    .summary = "Show what is in force, what is over, and what is wrong",
    .more = "A problem is a finding.\n",
    .examples =
        (const tg_example_t[]){
            { "This machine", TG_PROGRAM_NAME " status" },
            { "The problems alone", TG_PROGRAM_NAME " status --json | jq -r '.problems[]'" },
            { 0 },
        },
    .options = (const tg_option_t *const[]){ tg_ctl_output_options, NULL },
    .run = status_run,
};
