/* tlsgatectl status: what is in force, what is over, and what is wrong. A problem is a
 * finding.
 */
#include "cmd.h"

#include "moment.h"
#include "say.h"
#include "store.h"
#include "view.h"

#include "../policy/plan.h"

#include <apr_strings.h>
#include <string.h>
#include <sys/stat.h>

/* What is found out. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_plan_t plan;
    const char *stored; /* a word about the file */
    tg_state_t state;
    apr_array_header_t *in_force, *over, *problems; /* of const char * */
} status_t;

static void add(apr_array_header_t *lines, const char *line)
{
    APR_ARRAY_PUSH(lines, const char *) = line;
}

/* --- the file --- */

/* httpd uses no file that others could have written. */
static void check_writable(status_t *st, const char *what, const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0 && (info.st_mode & (S_IWGRP | S_IWOTH))) {
        add(st->problems, apr_pstrcat(st->ctl->pool,
                                      "httpd refuses the state: others may write "
                                      "the ",
                                      what, " ", path, "; chmod go-w it", NULL));
    }
}

static void read_state(status_t *st)
{
    const tg_ctl_store_t store = tg_ctl_store_file(st->ctl->pool, st->plan.state);
    const char *slash = strrchr(store.name, '/');
    tg_ctl_snapshot_t snapshot;
    tg_fault_t fault;

    st->stored = "not written yet";
    if (!store.read(&store, st->ctl->pool, &snapshot, &fault)) {
        st->stored = "broken";
        add(st->problems,
            apr_pstrcat(st->ctl->pool, store.name, ": ", fault.reason, "; ", fault.form, NULL));
    }
    else if (snapshot.text) {
        st->stored = "read";
    }
    st->state = snapshot.state;
    if (snapshot.text) {
        check_writable(st, "file", store.name);
    }
    check_writable(st, "directory",
                   slash && slash != store.name
                       ? apr_pstrmemdup(st->ctl->pool, store.name, (apr_size_t)(slash - store.name))
                       : ".");
}

/* --- its entries --- */

/* Why an override does nothing, or NULL. */
static const char *idle(const status_t *st, const tg_state_override_t *o)
{
    const tg_planread_t *plan = st->plan.plan;
    const tg_schedule_t *s = plan ? tg_planread_schedule(plan, o->schedule) : NULL;

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
    const char *line =
        apr_pstrcat(st->ctl->pool, o->schedule, ": ", tg_ctl_view_override(st->ctl->pool, o), NULL);
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
                                   tg_ctl_moment_text(st->ctl->pool, e->exemption.until),
                                   ", owner ", e->exemption.owner, ": ", e->exemption.reason, NULL);
    const tg_planread_t *plan = st->plan.plan;

    if (plan && !tg_planread_schedule(plan, e->exemption.schedule)) {
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

static void print_list(const char *what, const apr_array_header_t *lines, tg_ctl_look_t look)
{
    int i;

    if (lines->nelts > 0) {
        tg_ctl_say(stdout, TG_CTL_STRONG, "%s", what);
    }
    for (i = 0; i < lines->nelts; i++) {
        tg_ctl_say(stdout, look, "  %s", APR_ARRAY_IDX(lines, i, const char *));
    }
}

static void print(const status_t *st)
{
    tg_ctl_say(stdout, TG_CTL_PLAIN, "state  %s (%s)", st->plan.state, st->stored);
    tg_ctl_say(stdout, TG_CTL_PLAIN, "plan   %s%s%s", st->plan.plan ? st->plan.source : "none",
               st->plan.plan ? ", written at " : "",
               st->plan.plan ? tg_ctl_moment_text(st->ctl->pool, st->plan.plan->time) : "");
    print_list("in force", st->in_force, TG_CTL_PLAIN);
    print_list("over", st->over, TG_CTL_PLAIN);
    print_list("problems", st->problems, TG_CTL_WARN);
}

static json_t *list_json(const status_t *st, const apr_array_header_t *lines)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < lines->nelts; i++) {
        json_array_append_new(list, json_string(tg_ctl_say_safe(
                                        st->ctl->pool, APR_ARRAY_IDX(lines, i, const char *))));
    }
    return list;
}

static void print_json(const status_t *st)
{
    tg_ctl_say_json(json_pack(
        "{s:o, s:s, s:s, s:o, s:b, s:o, s:o, s:o}", "time", tg_plan_instant(st->ctl->now), "state",
        tg_ctl_say_safe(st->ctl->pool, st->plan.state), "stored", st->stored, "plan",
        st->plan.plan ? json_string(tg_ctl_say_safe(st->ctl->pool, st->plan.source)) : json_null(),
        "runs", st->plan.runs, "in_force", list_json(st, st->in_force), "over",
        list_json(st, st->over), "problems", list_json(st, st->problems)));
}

int tg_ctl_cmd_status(tg_ctl_t *ctl)
{
    status_t st = { .ctl = ctl };

    if (!tg_ctl_plan_find(ctl, TG_CTL_PLAN_WANTED, &st.plan)) {
        return TG_CTL_ERROR;
    }
    st.in_force = apr_array_make(ctl->pool, 4, sizeof(const char *));
    st.over = apr_array_make(ctl->pool, 4, sizeof(const char *));
    st.problems = apr_array_make(ctl->pool, 4, sizeof(const char *));
    read_state(&st);
    sort_entries(&st);
    check_plan(&st);
    (ctl->given[TG_CTL_JSON] ? print_json : print)(&st);
    return st.problems->nelts ? TG_CTL_FINDING : TG_CTL_OK;
}
