/* tlsgatectl status: what is in force, what is over, and what is wrong. A problem is a
 * finding.
 */
#include "cmd.h"

#include "base/json.h"
#include "base/text.h"
#include "ctl/follow_status.h"
#include "ctl/in_force.h"
#include "ctl/store_choice.h"
#include "ctl/time_options.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* What is found out. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_running_plan_t plan;
    const char *where;   /* the state is */
    const char *stored;  /* a word about it */
    const char *follows; /* what this machine's file follows; NULL: nothing */
    tg_ctl_stored_t stored_there;
    tg_state_t state;
    apr_array_header_t *in_force, *over, *problems; /* of const char * */
} status_t;

static void add(apr_array_header_t *lines, const char *line)
{
    APR_ARRAY_PUSH(lines, const char *) = line;
}

/* --- where it is kept --- */

static void say_gone(status_t *st)
{
    st->stored = "gone";
    add(st->problems,
        apr_pstrcat(st->ctl->pool, st->where,
                    " is gone, and every httpd goes on with what it read last: put it back",
                    tg_ctl_store_choice_url(st->ctl) ? ", such as from the file of a machine" : "",
                    ". " TG_PROGRAM_NAME " resume would write an empty one, which ends all of that",
                    NULL));
}

/* 0 after an error was said. */
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
    st->stored = "not written yet";
    is_good = store.read(&store, pool, &snapshot, &fault);
    if (!is_good) {
        st->stored = snapshot.text ? "broken" : "not readable";
        add(st->problems, apr_pstrcat(pool, store.name, ": ", fault.reason, "; ", fault.fix, NULL));
    }
    else if (snapshot.text) {
        st->stored = snapshot.revision
                         ? apr_psprintf(pool, "revision %" APR_INT64_T_FMT, snapshot.revision)
                         : "read";
    }
    st->state = snapshot.state;
    st->stored_there.name = tg_ctl_store_choice_url(st->ctl) ? store.name : NULL;
    st->stored_there.is_good = is_good && snapshot.text;
    st->stored_there.revision = snapshot.revision;
    problem = store.problem(&store, pool);
    if (problem) {
        add(st->problems, problem);
    }
    if (snapshot.is_lost) {
        say_gone(st);
    }
    return 1;
}

/* --- its entries --- */

/* Why an override does nothing, or NULL. */
static const char *idle(const status_t *st, const tg_state_override_t *o)
{
    const tg_plan_t *plan = st->plan.plan;
    const tg_schedule_t *s = plan ? tg_plan_schedule(plan, o->schedule) : NULL;

    if (!plan) {
        return NULL;
    }
    if (!s) {
        return "there is no such schedule any more";
    }
    return o->kind == TG_STATE_POSTPONE && tg_schedule_cutoff(s) != o->from
               ? "the configured cutoff is another one now"
               : NULL;
}

static void sort_override(status_t *st, const tg_state_override_t *o)
{
    const char *problem = idle(st, o);
    const char *line = apr_pstrcat(st->ctl->pool, o->schedule, ": ",
                                   tg_ctl_in_force_override(st->ctl->pool, o), NULL);
    tg_instant_t end = o->kind == TG_STATE_POSTPONE ? o->cutoff : o->until;

    if (problem) {
        add(st->problems, apr_pstrcat(st->ctl->pool, line, ": it does nothing: ", problem, NULL));
    }
    else {
        add(end > st->ctl->now ? st->in_force : st->over, line);
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
        add(st->problems,
            apr_pstrcat(st->ctl->pool, line,
                        ": it does nothing: there is no such schedule any more", NULL));
    }
    else {
        add(e->exemption.until > st->ctl->now ? st->in_force : st->over, line);
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
        add(st->problems, apr_pstrcat(st->ctl->pool, "there is no plan: ", st->plan.problem, NULL));
    }
    else if (!st->plan.plan->state) {
        add(st->problems, "httpd reads no state file: TlsGateState is not configured");
    }
    for (i = 0; i < st->plan.differences->nelts; i++) {
        add(st->problems, apr_pstrcat(st->ctl->pool, "httpd.conf is not what runs: ",
                                      APR_ARRAY_IDX(st->plan.differences, i, const char *), NULL));
    }
}

/* --- saying it --- */

static void print_list(const char *what, const apr_array_header_t *lines, tg_term_look_t look)
{
    int i;

    if (lines->nelts > 0) {
        tg_term_print(stdout, TG_TERM_STRONG, "%s", what);
    }
    for (i = 0; i < lines->nelts; i++) {
        tg_term_print(stdout, look, "  %s", APR_ARRAY_IDX(lines, i, const char *));
    }
}

static void print(const status_t *st)
{
    tg_term_print(stdout, TG_TERM_PLAIN, "state  %s (%s)", st->where, st->stored);
    if (st->follows) {
        tg_term_print(stdout, TG_TERM_PLAIN, "file   %s follows %s", st->plan.state, st->follows);
    }
    tg_term_print(stdout, TG_TERM_PLAIN, "plan   %s%s%s", st->plan.plan ? st->plan.source : "none",
                  st->plan.plan ? ", written at " : "",
                  st->plan.plan ? tg_instant_text(st->ctl->pool, st->plan.plan->time) : "");
    print_list("in force", st->in_force, TG_TERM_PLAIN);
    print_list("over", st->over, TG_TERM_PLAIN);
    print_list("problems", st->problems, TG_TERM_WARN);
}

static json_t *list_json(const status_t *st, const apr_array_header_t *lines)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < lines->nelts; i++) {
        json_array_append_new(list, json_string(tg_text_printable(
                                        st->ctl->pool, APR_ARRAY_IDX(lines, i, const char *))));
    }
    return list;
}

static void print_json(const status_t *st)
{
    tg_term_json(json_pack(
        "{s:o, s:s, s:s, s:s?, s:o, s:b, s:o, s:o, s:o}", "time", tg_json_instant(st->ctl->now),
        "state", tg_text_printable(st->ctl->pool, st->where), "stored", st->stored, "follows",
        st->follows ? tg_text_printable(st->ctl->pool, st->follows) : NULL, "plan",
        st->plan.plan ? json_string(tg_text_printable(st->ctl->pool, st->plan.source))
                      : json_null(),
        "runs", st->plan.runs, "in_force", list_json(st, st->in_force), "over",
        list_json(st, st->over), "problems", list_json(st, st->problems)));
}

int tg_cmd_status(tg_ctl_t *ctl)
{
    status_t st = { .ctl = ctl };

    if (!tg_ctl_running_plan_find(ctl, TG_CTL_RUNNING_PLAN_WANTED, &st.plan)) {
        return TG_CTL_ERROR;
    }
    st.in_force = apr_array_make(ctl->pool, 4, sizeof(const char *));
    st.over = apr_array_make(ctl->pool, 4, sizeof(const char *));
    st.problems = apr_array_make(ctl->pool, 4, sizeof(const char *));
    if (!read_state(&st)) {
        return TG_CTL_ERROR;
    }
    if (st.plan.state) {
        st.follows = tg_ctl_follow_status_check(ctl, st.plan.state, st.plan.runs, &st.stored_there,
                                                st.problems);
    }
    sort_entries(&st);
    check_plan(&st);
    (ctl->given[TG_CTL_JSON] ? print_json : print)(&st);
    return st.problems->nelts ? TG_CTL_FINDING : TG_CTL_OK;
}
