/* Finding the plan: see running_plan.h. */
#include "running_plan.h"

#include "httpd_query.h"
#include "plan_diff.h"
#include "store_choice.h"

#include "base/nearest.h"
#include "format/plan.h"
#include "os/file.h"
#include "os/link.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** How many schedules a message names. */
#define NAMES_MAX 20

static const char *plan_beside(apr_pool_t *pool, const char *state)
{
    return tg_link_beside(pool, state, TG_PLAN_SUFFIX);
}

const char *tg_ctl_running_plan_named_state(const tg_ctl_t *ctl)
{
    const char *state = ctl->state ? ctl->state : getenv(TG_CTL_RUNNING_PLAN_VARIABLE);

    return state && *state ? state : NULL;
}

/* The state file that was named, or the default if a plan is beside it; NULL: ask httpd.conf. */
static const char *find_state(const tg_ctl_t *ctl)
{
    const char *state = tg_ctl_running_plan_named_state(ctl);

    if (state) {
        return state;
    }
    return access(plan_beside(ctl->pool, TG_CTL_RUNNING_PLAN_STATE), F_OK) == 0
               ? TG_CTL_RUNNING_PLAN_STATE
               : NULL;
}

/* The plan beside a state file; NULL if there is none, or after a warning was printed. */
static const tg_plan_t *read_running(const tg_ctl_t *ctl, const char *state)
{
    tg_plan_t *plan = apr_pcalloc(ctl->pool, sizeof(*plan));
    const char *path = plan_beside(ctl->pool, state);
    tg_file_t file;
    tg_fault_t fault;

    switch (tg_file_read(ctl->pool, path, TG_PLAN_MAX, &file, &fault)) {
    case TG_FILE_ABSENT:
        return NULL;
    case TG_FILE_READ:
        if (tg_plan_parse(ctl->pool, file.text, file.length, plan, &fault)) {
            return plan;
        }
        break;
    case TG_FILE_DENIED:
    case TG_FILE_FAILED:
        break;
    }
    tg_term_warning("the plan that runs cannot be read: %s: %s; %s", path, fault.reason, fault.fix);
    return NULL;
}

static const tg_plan_t *ask_configured(const tg_ctl_t *ctl, tg_ctl_running_plan_t *out)
{
    tg_plan_t *plan = apr_pcalloc(ctl->pool, sizeof(*plan));
    tg_fault_t fault;

    if (tg_ctl_httpd_plan(ctl, plan, &fault)) {
        return plan;
    }
    out->problem = apr_pstrcat(ctl->pool, fault.reason, "; ", fault.fix, NULL);
    return NULL;
}

/* 1 if both names are of one file. Where there is no file yet only the names count. */
int tg_ctl_running_plan_is_same(const char *a, const char *b)
{
    struct stat x, y;

    if (strcmp(a, b) == 0) {
        return 1;
    }
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A change of a state file that httpd does not read has no effect. */
static void warn_of_state(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *out)
{
    const char *read = out->plan->state;

    if (!read) {
        tg_term_warning("httpd reads no state file: add TlsGateState %s to httpd.conf", out->state);
    }
    else if (!tg_ctl_running_plan_is_same(read, out->state) &&
             !tg_ctl_running_plan_is_same(plan_beside(ctl->pool, read),
                                          plan_beside(ctl->pool, out->state))) {
        tg_term_warning("httpd reads %s, not %s", read, out->state);
    }
}

void tg_ctl_running_plan_warn(const tg_ctl_running_plan_t *plan, const char *shown)
{
    int i;

    if (plan->differences->nelts > 0) {
        tg_term_warning("the running httpd differs from httpd.conf%s:", shown);
    }
    for (i = 0; i < plan->differences->nelts; i++) {
        tg_term_print(stderr, TG_TERM_PLAIN, "  %s",
                      APR_ARRAY_IDX(plan->differences, i, const char *));
    }
}

static void choose_plan(const tg_ctl_t *ctl, const tg_plan_t *running, const tg_plan_t *configured,
                        tg_ctl_running_plan_t *out)
{
    out->plan = running ? running : configured;
    out->configured = configured;
    out->runs = running != NULL;
    out->source = running ? plan_beside(ctl->pool, out->state) : "httpd.conf, as httpd -t has it";
    if (running && configured) {
        out->differences = tg_ctl_plan_diff(ctl->pool, running, configured);
    }
}

/** How many TlsGate lines a message names. */
#define LINES_MAX 5

/* The TlsGate lines as they are with report-only. */
static void note_report_only(const tg_ctl_t *ctl, const tg_plan_t *plan)
{
    int i, count = 0;

    for (i = 0; i < plan->uses->nelts && count < LINES_MAX; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t);

        if (!use->binding.report_only) {
            tg_term_note("  TlsGate %s report-only    (%s)", use->binding.schedule->name,
                         tg_ctl_running_plan_use(ctl->pool, use));
            count++;
        }
    }
    if (i < plan->uses->nelts) {
        tg_term_note("  and so on: httpd -t -D DUMP_TLSGATE lists all lines");
    }
}

/* Without TlsGateState no change by hand reaches httpd: what to write, and what to do until
 * then. */
static void complain_of_no_state(const tg_ctl_t *ctl, const tg_plan_t *plan)
{
    tg_term_error(
        "httpd.conf has no TlsGateState, which every change by hand needs. To have it, make "
        "its directory, write the line, outside any <VirtualHost>, and reload httpd:");
    tg_term_note("  install -d -m 755 /var/lib/tlsgate");
    tg_term_note("  TlsGateState " TG_CTL_RUNNING_PLAN_STATE);
    tg_term_note("  %s", tg_ctl_httpd_reload(ctl));
    tg_term_note("So that the reload turns no client away, write report-only into the TlsGate "
                 "lines:");
    note_report_only(ctl, plan);
    tg_term_note("Where httpd has another state file, name it with --state FILE or in "
                 "$" TG_CTL_RUNNING_PLAN_VARIABLE);
}

/* 1 if the command works without the plan. */
static int check_missing(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *out,
                         tg_ctl_running_plan_need_t need)
{
    if (!out->state && !tg_ctl_store_choice_url(ctl) && out->configured) {
        complain_of_no_state(ctl, out->configured);
        return 0;
    }
    if (!out->state && !tg_ctl_store_choice_url(ctl)) {
        tg_term_error(
            "which state file? name it with --state FILE or in $" TG_CTL_RUNNING_PLAN_VARIABLE
            "%s%s",
            out->problem ? "; httpd does not say: " : ", or with TlsGateState",
            out->problem ? out->problem : "");
        return 0;
    }
    if (need == TG_CTL_RUNNING_PLAN_NEEDED) {
        tg_term_error("there is no plan: %s%s does not exist, and %s",
                      out->state ? out->state : "FILE", TG_PLAN_SUFFIX, out->problem);
        return 0;
    }
    return 1;
}

/* Worth a note only if the program was named: by default there may be none. */
static void note_no_answer(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *out)
{
    if (out->problem && (ctl->httpd || ctl->config)) {
        tg_term_note("whether httpd.conf is what runs is not known: %s", out->problem);
    }
}

static int look_for(const tg_ctl_t *ctl, tg_ctl_running_plan_need_t need,
                    tg_ctl_running_plan_t *out)
{
    const tg_plan_t *running, *configured = NULL;

    memset(out, 0, sizeof(*out));
    out->differences = apr_array_make(ctl->pool, 1, sizeof(const char *));
    out->state = find_state(ctl);
    running = out->state ? read_running(ctl, out->state) : NULL;
    if (!running || need != TG_CTL_RUNNING_PLAN_URGENT || ctl->httpd || ctl->config) {
        configured = ask_configured(ctl, out);
    }
    if (!out->state && configured && configured->state) {
        out->state = configured->state;
        running = read_running(ctl, out->state);
    }
    choose_plan(ctl, running, configured, out);
    return out->plan != NULL;
}

int tg_ctl_running_plan_look(const tg_ctl_t *ctl, tg_ctl_running_plan_t *out)
{
    return look_for(ctl, TG_CTL_RUNNING_PLAN_WANTED, out);
}

const tg_plan_t *tg_ctl_running_plan_any(const tg_ctl_t *ctl)
{
    const char *state = find_state(ctl);
    const tg_plan_t *running = state ? read_running(ctl, state) : NULL;
    tg_ctl_running_plan_t ignored;

    return running ? running : ask_configured(ctl, &ignored);
}

const char *tg_ctl_running_plan_state(const tg_ctl_t *ctl)
{
    tg_ctl_running_plan_t asked = { .state = find_state(ctl) };
    const tg_plan_t *configured = asked.state ? NULL : ask_configured(ctl, &asked);

    if (!asked.state && configured) {
        asked.state = configured->state;
        asked.configured = configured;
    }
    return asked.state || check_missing(ctl, &asked, TG_CTL_RUNNING_PLAN_WANTED) ? asked.state
                                                                                 : NULL;
}

int tg_ctl_running_plan_find(const tg_ctl_t *ctl, tg_ctl_running_plan_need_t need,
                             tg_ctl_running_plan_t *out)
{
    int is_found = look_for(ctl, need, out);

    tg_ctl_running_plan_warn(out, "; this is about the running one");
    if (!is_found || (!out->state && !tg_ctl_store_choice_url(ctl))) {
        return check_missing(ctl, out, need);
    }
    if (out->state) {
        warn_of_state(ctl, out);
    }
    if (out->runs) {
        note_no_answer(ctl, out);
    }
    return 1;
}

const char *tg_ctl_running_plan_names(apr_pool_t *pool, const tg_plan_t *plan)
{
    const char *names = NULL;
    int i, count = plan->schedules->nelts;

    for (i = 0; i < count && i < NAMES_MAX; i++) {
        const char *name = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name;

        names = names ? apr_pstrcat(pool, names, ", ", name, NULL) : name;
    }
    return count > NAMES_MAX ? apr_psprintf(pool, "%s and %d more", names, count - NAMES_MAX)
           : names           ? names
                             : "none";
}

const char *tg_ctl_running_plan_nearest(const tg_plan_t *plan, const char *name)
{
    tg_nearest_t nearest = tg_nearest_to(name);
    int i;

    for (i = 0; i < plan->schedules->nelts; i++) {
        tg_nearest_try(&nearest, APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name);
    }
    return nearest.found;
}

void tg_ctl_running_plan_no_schedule(apr_pool_t *pool, const tg_plan_t *plan, const char *name)
{
    const char *meant = tg_ctl_running_plan_nearest(plan, name);

    tg_term_error("there is no schedule \"%s\"%s; there are: %s", name,
                  meant ? apr_pstrcat(pool, "; did you mean ", meant, "?", NULL) : "",
                  tg_ctl_running_plan_names(pool, plan));
}

const char *tg_ctl_running_plan_use(apr_pool_t *pool, const tg_plan_use_t *use)
{
    const char *location = use->location ? use->location : "";

    return apr_pstrcat(pool, use->server, use->location ? " <Location " : "", location,
                       use->location ? ">" : "", use->binding.has_as ? " as=" : "",
                       use->binding.has_as ? tg_phase_name(use->binding.as) : "",
                       use->binding.report_only ? " report-only" : "", NULL);
}

json_t *tg_ctl_running_plan_uses(apr_pool_t *pool, const tg_plan_t *plan, const char *name,
                                 tg_ctl_uses_t which)
{
    json_t *uses = json_array();
    int i;

    for (i = 0; plan && i < plan->uses->nelts; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t);

        if (strcmp(use->binding.schedule->name, name) == 0 &&
            (which == TG_CTL_USES_ALL || use->binding.has_as)) {
            json_array_append_new(uses, json_string(tg_ctl_running_plan_use(pool, use)));
        }
    }
    return uses;
}
