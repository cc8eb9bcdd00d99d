/* What every change needs: see change.h. */
#include "change.h"

#include "change_wait.h"

#include "base/text.h"
#include "format/state.h"
#include "term/term.h"

#include <apr_strings.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written once, while the command line is read. */
static struct {
    const char *reason, *by, *yes, *dry_run, *wait, *no_wait;
} change_given;

const tg_option_t tg_ctl_change_options[] = {
    { "reason", "TEXT", "why, for the audit log and for colleagues", &change_given.reason,
      TG_COMPLETE_NOTHING },
    { "by", "WHO", "who makes the change; default: who called sudo, or the login name",
      &change_given.by, TG_COMPLETE_USER },
    { "yes", NULL, "do not ask", &change_given.yes, TG_COMPLETE_NOTHING },
    { "dry-run", NULL, "show what the change would do, and stop", &change_given.dry_run,
      TG_COMPLETE_NOTHING },
    { "wait", "DURATION",
      "how long to wait until it is in force: 10s, 2m; default: 3s, or 10s for a store",
      &change_given.wait, TG_COMPLETE_NOTHING },
    { "no-wait", NULL, "do not wait until it is in force", &change_given.no_wait,
      TG_COMPLETE_NOTHING },
    { 0 },
};

/* --- the texts --- */

int tg_ctl_change_check_text(apr_pool_t *pool, const char *option, const char *text)
{
    if (!tg_text_is_printable(pool, text)) {
        tg_term_error("--%s \"%s\": it is not one line of UTF-8", option, text);
        return 0;
    }
    if (strlen(text) > TG_STATE_TEXT_MAX) {
        tg_term_error("--%s: it has more than %d bytes", option, TG_STATE_TEXT_MAX);
        return 0;
    }
    return 1;
}

static const char *author_name(apr_pool_t *pool)
{
    const char *by = change_given.by ? change_given.by : getenv("SUDO_USER");
    const struct passwd *user;

    if (by && *by) {
        return by;
    }
    user = getpwuid(getuid());
    return user ? user->pw_name : apr_psprintf(pool, "uid %lu", (unsigned long)getuid());
}

static int read_texts(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    change->has_reason = change_given.reason != NULL;
    change->reason = change_given.reason ? change_given.reason : change->reason;
    if (!change->reason) {
        tg_term_error("say why: --reason TEXT");
        return 0;
    }
    change->by = author_name(ctl->pool);
    return tg_ctl_change_check_text(ctl->pool, "reason", change->reason) &&
           tg_ctl_change_check_text(ctl->pool, "by", change->by);
}

/* 1, or 0 after an error was printed. */
static int read_patience(tg_ctl_change_t *change)
{
    const char *variable = getenv(TG_CTL_CHANGE_WAIT_VARIABLE);
    const char *given = change_given.wait ? change_given.wait : variable;

    change->wait = change_given.no_wait ? -1 : 0;
    if (change_given.wait && change_given.no_wait) {
        tg_term_error("--wait and --no-wait: write one of them");
        return 0;
    }
    if (change_given.no_wait || !given || !*given) {
        return 1;
    }
    if (!change_given.wait && strcmp(given, TG_CTL_CHANGE_WAIT_NONE) == 0) {
        change->wait = -1;
        return 1;
    }
    if (!tg_ctl_change_wait_read(given, &change->wait)) {
        tg_term_error("%s \"%s\": write 10s or 2m, up to an hour",
                      change_given.wait ? "--wait" : "$" TG_CTL_CHANGE_WAIT_VARIABLE, given);
        return 0;
    }
    return 1;
}

/* --- the schedules --- */

static int has_name(const char *const *names, int count, const char *name)
{
    int i;

    for (i = 0; i < count && strcmp(names[i], name) != 0; i++) {
    }
    return i < count;
}

/* Each name once. */
static int take_names(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *const *names,
                      int count)
{
    const char **list = apr_palloc(ctl->pool, (apr_size_t)(count + 1) * sizeof(*list));
    int i;

    change->names = list;
    for (i = 0; i < count; i++) {
        if (!tg_schedule_is_name(names[i])) {
            tg_term_error("\"%s\" is not a valid name of a schedule", names[i]);
            return 0;
        }
        if (!has_name(list, change->count, names[i])) {
            list[change->count++] = names[i];
        }
    }
    return 1;
}

static int take_all_names(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    const tg_plan_t *plan = change->plan.plan;
    int i, count = plan ? plan->schedules->nelts : 0;
    const char **list = apr_palloc(ctl->pool, (apr_size_t)(count + 1) * sizeof(*list));

    if (count == 0 && !change->is_end) {
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

/* A schedule may be gone from the plan while its entries are still there to be ended, which is
 * known once the document is read. */
static int check_names(const tg_ctl_t *ctl, const tg_ctl_change_t *change)
{
    const tg_plan_t *plan = change->plan.plan;
    int i;

    for (i = 0; plan && !change->is_end && i < change->count; i++) {
        if (!tg_plan_schedule(plan, change->names[i])) {
            tg_ctl_running_plan_no_schedule(ctl->pool, plan, change->names[i]);
            return 0;
        }
    }
    return 1;
}

int tg_ctl_change_begin(const tg_ctl_t *ctl, tg_ctl_change_t *change,
                        tg_ctl_running_plan_need_t need, const char *const *names, int count)
{
    /* What needs a word of its own is confirmed by the command. */
    change->is_confirmed = change->is_confirmed || (!change->word && change_given.yes);
    change->is_dry_run = change_given.dry_run != NULL;
    if (!read_texts(ctl, change) || !read_patience(change) ||
        !tg_ctl_running_plan_find(ctl, need, &change->plan) ||
        !(names ? take_names(ctl, change, names, count) : take_all_names(ctl, change)) ||
        !check_names(ctl, change)) {
        return 0;
    }
    if (!change->plan.plan) {
        tg_term_warning("there is no plan, so the names cannot be checked and the effect cannot "
                        "be shown: %s",
                        change->plan.problem);
    }
    return 1;
}

void tg_ctl_change_note(tg_ctl_change_t *change, const char *note)
{
    APR_ARRAY_PUSH(change->notes, const char *) = note;
}
