/* A change of the state: see change.h. */
#include "change.h"

#include "confirm.h"
#include "store_choice.h"

#include "base/text.h"
#include "follow/follow_file.h"
#include "term/term.h"

#include <apr_strings.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** How often somebody else may be faster before it is given up. */
#define TRIES_MAX 500

/* --- what every change needs --- */

/* One line of valid UTF-8 that fits into the document. */
static int is_line(const tg_ctl_t *ctl, const char *option, const char *text)
{
    if (!tg_text_is_printable(ctl->pool, text)) {
        tg_term_error("--%s \"%s\": it is not one line of UTF-8", option, text);
        return 0;
    }
    if (strlen(text) > TG_STATE_TEXT_MAX) {
        tg_term_error("--%s: it has more than %d bytes", option, TG_STATE_TEXT_MAX);
        return 0;
    }
    return 1;
}

static const char *who(const tg_ctl_t *ctl)
{
    const char *by = ctl->given[TG_CTL_BY] ? ctl->given[TG_CTL_BY] : getenv("SUDO_USER");
    const struct passwd *user;

    if (by && *by) {
        return by;
    }
    user = getpwuid(getuid());
    return user ? user->pw_name : apr_psprintf(ctl->pool, "uid %lu", (unsigned long)getuid());
}

static int is_listed(const char *const *names, int count, const char *name)
{
    int i;

    for (i = 0; i < count && strcmp(names[i], name) != 0; i++) {
    }
    return i < count;
}

/* Each name once, and only of a schedule. */
static int take_names(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *const *names,
                      int count)
{
    const char **list = apr_palloc(ctl->pool, (apr_size_t)(count + 1) * sizeof(*list));
    int i;

    change->names = list;
    for (i = 0; i < count; i++) {
        if (!tg_schedule_is_name(names[i])) {
            tg_term_error("\"%s\" is no name of a schedule", names[i]);
            return 0;
        }
        if (!is_listed(list, change->count, names[i])) {
            list[change->count++] = names[i];
        }
    }
    return 1;
}

static int take_all(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    const tg_plan_t *plan = change->plan.plan;
    int i, count = plan ? plan->schedules->nelts : 0;
    const char **list = apr_palloc(ctl->pool, (apr_size_t)(count + 1) * sizeof(*list));

    if (count == 0) {
        tg_term_error("--all: no schedule is known; name them");
        return 0;
    }
    for (i = 0; i < count; i++) {
        list[i] = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name;
    }
    change->names = list;
    change->count = count;
    return 1;
}

/* What was asked for by hand may be gone from the plan, and still be there to be ended. */
static int check_names(const tg_ctl_t *ctl, const tg_ctl_change_t *change, int must)
{
    int i;

    for (i = 0; change->plan.plan && i < change->count; i++) {
        if (!tg_plan_schedule(change->plan.plan, change->names[i])) {
            if (must) {
                tg_term_error("there is no schedule \"%s\"; there are: %s", change->names[i],
                              tg_ctl_running_plan_names(ctl->pool, change->plan.plan));
                return 0;
            }
            tg_term_warning("there is no schedule \"%s\" any more", change->names[i]);
        }
    }
    return 1;
}

static int check_texts(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    const char *reason = ctl->given[TG_CTL_REASON];

    if (!reason) {
        tg_term_error("say why: --reason TEXT");
        return 0;
    }
    change->reason = reason;
    change->by = who(ctl);
    return is_line(ctl, "reason", reason) && is_line(ctl, "by", change->by) &&
           (!ctl->given[TG_CTL_OWNER] || is_line(ctl, "owner", ctl->given[TG_CTL_OWNER]));
}

int tg_ctl_change_begin(const tg_ctl_t *ctl, tg_ctl_change_t *change,
                        tg_ctl_running_plan_need_t need, const char *const *names, int count)
{
    int ends =
        strcmp(change->command, "resume") == 0 || strcmp(change->command, "exempt remove") == 0;

    if (!check_texts(ctl, change) || !tg_ctl_running_plan_find(ctl, need, &change->plan) ||
        !(names ? take_names(ctl, change, names, count) : take_all(ctl, change)) ||
        !check_names(ctl, change, !ends)) {
        return 0;
    }
    if (!change->plan.plan) {
        tg_term_warning("there is no plan, so what this does cannot be shown, and whether the "
                        "names are right is not known: %s",
                        change->plan.problem);
    }
    return 1;
}

void tg_ctl_change_note(tg_ctl_change_t *change, const char *note)
{
    APR_ARRAY_PUSH(change->notes, const char *) = note;
}

/* --- one try --- */

/* What is there, and what it is to become. */
typedef struct {
    tg_store_snapshot_t before;
    tg_state_t after;
    const char *text;
} try_t;

/* The document as it is to be written, read again: nothing is stored that httpd refuses. */
static int print_after(const tg_ctl_t *ctl, try_t *t)
{
    tg_state_t again;
    tg_fault_t fault;

    t->text = tg_state_print(ctl->pool, &t->after);
    if (t->text && tg_state_parse(ctl->pool, t->text, strlen(t->text), &again, &fault)) {
        return 1;
    }
    tg_term_error("httpd would refuse that: %s; %s", t->text ? fault.reason : "no memory",
                  t->text ? fault.fix : "make some");
    return 0;
}

/* What keeps a change from doing what is expected of it. */
static void note_surroundings(const tg_ctl_t *ctl, tg_ctl_change_t *change, const tg_store_t *store)
{
    const char *problem = store->problem(store, ctl->pool);
    tg_follow_file_t followed;
    int is_followed;

    if (problem) {
        tg_ctl_change_note(change, problem);
    }
    if (!tg_ctl_store_choice_url(ctl) &&
        tg_follow_file_read(ctl->pool, store->name, &followed, &is_followed)) {
        tg_ctl_change_note(change,
                           apr_pstrcat(ctl->pool, store->name,
                                       is_followed ? " follows " : " has followed ", followed.store,
                                       ": this changes this machine only, until the next change "
                                       "there; --store changes them all",
                                       NULL));
    }
}

static int work_out(const tg_ctl_t *ctl, tg_ctl_change_t *change, const tg_store_t *store, try_t *t)
{
    tg_fault_t fault;

    if (!store->read(store, ctl->pool, &t->before, &fault)) {
        tg_term_error("nothing was changed: %s: %s; %s%s", store->name, fault.reason, fault.fix,
                      tg_ctl_store_choice_url(ctl)
                          ? ". To change this machine alone name its file with --state"
                          : "");
        return TG_CTL_ERROR;
    }
    change->is_lost = t->before.is_lost;
    if (change->is_lost && !change->may_begin_anew) {
        tg_term_error("nothing was changed: %s is gone, and every httpd goes on with what it "
                      "read last: a change would end all of that. Put it back, or begin anew "
                      "with " TG_PROGRAM_NAME " resume NAME",
                      store->name);
        return TG_CTL_ERROR;
    }
    change->edits = tg_state_edit_list(ctl->pool);
    change->notes = apr_array_make(ctl->pool, 2, sizeof(const char *));
    t->after = tg_state_edit_copy(ctl->pool, &t->before.state);
    if (!change->apply(change, ctl->pool, &t->after)) {
        return TG_CTL_FINDING;
    }
    note_surroundings(ctl, change, store);
    return print_after(ctl, t) ? TG_CTL_OK : TG_CTL_ERROR;
}

/* Shows it, and asks. */
static int agree(const tg_ctl_t *ctl, const tg_ctl_change_t *change, const try_t *t)
{
    int json = ctl->given[TG_CTL_JSON] != NULL;

    /* The data is one document then, written when it is known how it ended. */
    tg_ctl_confirm_print(json ? stderr : stdout, ctl, change, &t->before.state, &t->after);
    return ctl->given[TG_CTL_DRY_RUN] ? TG_CTL_OK : tg_ctl_confirm_ask(ctl);
}

static int report(const tg_ctl_t *ctl, const tg_ctl_change_t *change, const tg_store_t *store,
                  const try_t *t, tg_store_result_t result, const tg_fault_t *fault)
{
    const char *problem = store->problem(store, ctl->pool);
    int made = result == TG_STORE_DONE || result == TG_STORE_DOUBTFUL;
    int is_known = result != TG_STORE_UNKNOWN;

    if (ctl->given[TG_CTL_JSON]) {
        tg_term_json(tg_ctl_confirm_json(ctl, change, &t->before.state, &t->after,
                                         is_known ? json_boolean(made) : json_null()));
    }
    switch (result) {
    case TG_STORE_DONE:
        if (problem) {
            tg_term_warning("%s is written, but %s", store->name, problem);
            return TG_CTL_FINDING;
        }
        tg_term_note("done: %s is written; %s", store->name, store->effect);
        return TG_CTL_OK;
    case TG_STORE_DOUBTFUL:
        tg_term_warning("done, but: %s; %s", fault->reason, fault->fix);
        return TG_CTL_FINDING;
    case TG_STORE_UNKNOWN:
        tg_term_error("it may or may not be done: %s; look with " TG_PROGRAM_NAME
                      " status, and do it again if it is not",
                      fault->reason);
        return TG_CTL_FINDING;
    case TG_STORE_CHANGED:
        tg_term_error("nothing was changed: others change %s all the time", store->name);
        return TG_CTL_ERROR;
    case TG_STORE_FAILED:
        break;
    }
    tg_term_error("nothing was changed: %s; %s", fault->reason, fault->fix);
    return TG_CTL_ERROR;
}

static int show_only(const tg_ctl_t *ctl, const tg_ctl_change_t *change, const try_t *t)
{
    if (ctl->given[TG_CTL_JSON]) {
        tg_term_json(tg_ctl_confirm_json(ctl, change, &t->before.state, &t->after, json_false()));
    }
    return TG_CTL_OK;
}

int tg_ctl_change_make(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    tg_store_t store;
    tg_store_result_t result = TG_STORE_CHANGED;
    const apr_array_header_t *agreed = NULL;
    tg_fault_t fault;
    try_t t;
    int tries;

    if (!tg_ctl_store_choice_open(ctl, change->plan.state, &store)) {
        return TG_CTL_ERROR;
    }
    change->where = store.name;
    for (tries = 0; tries < TRIES_MAX && result == TG_STORE_CHANGED; tries++) {
        int status = work_out(ctl, change, &store, &t);

        /* Who agreed to one thing has not agreed to another. */
        if (status == TG_CTL_OK && !(agreed && tg_state_edit_is_same(agreed, change->edits))) {
            if (agreed) {
                tg_term_note("%s was changed meanwhile; this is the change as it is now:",
                             store.name);
            }
            status = agree(ctl, change, &t);
            agreed = change->edits;
        }
        if (status != TG_CTL_OK) {
            return status;
        }
        if (ctl->given[TG_CTL_DRY_RUN]) {
            return show_only(ctl, change, &t);
        }
        {
            const tg_audit_t audit = { change->command, change->by, change->reason, change->edits };

            result = store.write(&store, ctl->pool, &t.before, t.text, &audit, &fault);
        }
    }
    return report(ctl, change, &store, &t, result, &fault);
}
