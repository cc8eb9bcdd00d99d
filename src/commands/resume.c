/* tlsgatectl resume: ends a suspend or a trial now, and lifts a stop by TlsGateGuard; with --all,
 * everything that was changed by hand. To end one postponement, postpone to the configured cutoff.
 */
#include "commands.h"

#include "ctl/base/missing.h"
#include "ctl/base/output.h"
#include "ctl/base/store_choice.h"
#include "ctl/change/change.h"
#include "term/term.h"
#include "term/when.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *every_given, *confirmed_given;

static const tg_option_t resume_options[] = {
    { "all", NULL, "every schedule", &every_given, TG_COMPLETE_NOTHING },
    { "confirm-all", NULL, "do not ask, with --all, where --yes is not enough", &confirmed_given,
      TG_COMPLETE_NOTHING },
    { 0 },
};

/* What the functions below need to know of the command. */
typedef struct {
    const tg_ctl_t *ctl;
    int is_store; /* it is for a fleet, of which other machines may have stopped something */
} resume_t;

static const tg_guard_trip_t *trip_of(const resume_t *resume, const tg_state_t *state,
                                      const char *name)
{
    return tg_state_trip(state, tg_state_set(resume->ctl->pool, state), name, resume->ctl->now);
}

/* 1 if TlsGateGuard has stopped a trial of the schedule, or may have where no httpd tells. */
static int may_be_stopped(const tg_ctl_change_t *change, const tg_state_t *state, const char *name)
{
    const resume_t *resume = change->entry;
    const tg_plan_t *plan = change->plan.plan;

    return trip_of(resume, state, name) ||
           ((resume->is_store || !state->trips) && plan && plan->guard);
}

/* Whoever ends a suspend may not know of the stop. */
static void note_stop(tg_ctl_change_t *change, const tg_state_t *state, const char *name)
{
    const resume_t *resume = change->entry;
    apr_pool_t *pool = resume->ctl->pool;
    const tg_guard_trip_t *trip = trip_of(resume, state, name);

    tg_ctl_change_note(
        change,
        trip ? apr_pstrcat(pool, name, ": TlsGateGuard stopped its trial at ",
                           tg_term_when(pool, trip->at, resume->ctl->now),
                           ", and that stop is lifted too", NULL)
             : apr_pstrcat(pool, name, ": if TlsGateGuard stopped a trial, that stop is lifted too",
                           NULL));
}

/* 1 if a change by hand is in force: not one that has ended. */
static int is_changed(const tg_state_t *state, const char *name, unsigned which, tg_instant_t now)
{
    const tg_state_override_t *o = tg_state_find(state, name, which);

    return o && tg_state_override_is_in_force(o, NULL, NULL, now);
}

/* What has ended by itself is only taken out. */
static void note_over(tg_ctl_change_t *change, const tg_state_t *state, const char *name)
{
    const resume_t *resume = change->entry;
    apr_pool_t *pool = resume->ctl->pool;
    const tg_state_override_t *o = tg_state_find(state, name, TG_STATE_TIMED);

    if (o && o->until <= resume->ctl->now) {
        tg_ctl_change_note(change, apr_pstrcat(pool, name, ": its ", tg_state_kind_name(o->kind),
                                               " ended at ", tg_instant_text(pool, o->until),
                                               " by itself, so only its entry is removed", NULL));
    }
}

/* 1 if it was, or may have been. @param is_more something else is ended as well */
static int put_resume(tg_ctl_change_t *change, tg_state_t *state, const char *name, int is_more)
{
    const resume_t *resume = change->entry;
    tg_instant_t now = resume->ctl->now;
    const tg_state_override_t entry = { name,     TG_STATE_RESUME, now,        TG_NEVER,
                                        TG_NEVER, change->reason,  change->by, now };

    if (!may_be_stopped(change, state, name)) {
        return 0;
    }
    if (is_more) {
        note_stop(change, state, name);
    }
    tg_state_edit_put_override(change->edits, state, &entry);
    return 1;
}

/* 1 if there is anything to end. */
static int resume_schedule(tg_ctl_change_t *change, tg_state_t *state, const char *name)
{
    const resume_t *resume = change->entry;
    int is_more = is_changed(state, name, TG_STATE_TIMED, resume->ctl->now), is_ended;

    note_over(change, state, name);
    is_ended = tg_state_edit_drop_override(change->edits, state, name, TG_STATE_TIMED);
    if (put_resume(change, state, name, is_more) || is_ended) {
        return 1;
    }
    tg_term_warning("%s is neither suspended nor in a trial by hand, and TlsGateGuard has not "
                    "stopped a trial of it: nothing to end",
                    name);
    return 0;
}

/* A schedule may be gone from the plan: it is known then by its entries, or by what was stopped. */
static int check_known(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state)
{
    const tg_plan_t *plan = change->plan.plan;
    const tg_override_set_t *set = tg_state_set(pool, state);
    int i;

    for (i = 0; plan && i < change->count; i++) {
        if (tg_plan_schedule(plan, change->names[i])) {
            continue;
        }
        if (!tg_override_find(set, change->names[i])) {
            tg_ctl_running_plan_no_schedule(pool, plan, change->names[i]);
            change->is_wrong = 1;
            return 0;
        }
        tg_term_warning("the schedule \"%s\" no longer exists", change->names[i]);
    }
    return 1;
}

static int resume_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    int i, found = 0;

    if (!check_known(change, pool, state)) {
        return 0;
    }
    for (i = 0; i < change->count; i++) {
        found |= resume_schedule(change, state, change->names[i]);
        if (tg_state_find(state, change->names[i], TG_STATE_POSTPONED)) {
            tg_term_note("%s stays postponed; postpone it to its configured cutoff to end that",
                         change->names[i]);
        }
    }
    return found;
}

/* --- all of them --- */

static void name_once(tg_ctl_change_t *change, const char **names, const char *name)
{
    int i;

    for (i = 0; i < change->count && strcmp(names[i], name) != 0; i++) {
    }
    if (i == change->count) {
        names[change->count++] = name;
    }
}

/* The schedules of the overrides, which the plan may not have any more, and those of which a trial
 * was stopped, or may have been; each once. */
static void name_all(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state)
{
    const tg_plan_t *plan = change->plan.plan;
    int planned = plan ? plan->schedules->nelts : 0, i;
    const char **names =
        apr_palloc(pool, (apr_size_t)(state->overrides->nelts + planned + 1) * sizeof(*names));

    change->names = names;
    change->count = 0;
    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);

        if (o->kind != TG_STATE_RESUME) {
            name_once(change, names, o->schedule);
        }
    }
    for (i = 0; i < planned; i++) {
        const char *name = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name;

        if (may_be_stopped(change, state, name)) {
            name_once(change, names, name);
        }
    }
}

/* What is in force is not known, so that it cannot be named. */
static int forget_all(tg_ctl_change_t *change, tg_state_t *state)
{
    int i;

    if (change->count == 0) {
        tg_state_edit_forget(change->edits, "*");
    }
    for (i = 0; i < change->count; i++) {
        tg_state_edit_forget(change->edits, change->names[i]);
        put_resume(change, state, change->names[i], 1);
    }
    return 1;
}

static int resume_all(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const resume_t *resume = change->entry;
    const unsigned which = TG_STATE_TIMED | TG_STATE_POSTPONED;
    int i;

    if (change->is_lost && !change->has_base) {
        return forget_all(change, state);
    }
    name_all(change, pool, state);
    for (i = 0; i < change->count; i++) {
        const char *name = change->names[i];
        int is_more = is_changed(state, name, which, resume->ctl->now);

        note_over(change, state, name);
        while (tg_state_edit_drop_override(change->edits, state, name, which)) {
        }
        put_resume(change, state, name, is_more);
    }
    if (change->count == 0) {
        tg_term_warning("no schedule is suspended, in a trial by hand or postponed, and "
                        "TlsGateGuard has not stopped a trial: nothing to end");
    }
    return change->count > 0;
}

static tg_exit_t resume_run(const tg_ctl_t *ctl)
{
    int all = every_given != NULL;
    const resume_t resume = { ctl, tg_ctl_store_choice_url(ctl) != NULL };
    tg_ctl_change_t change = { .command = "resume",
                               .is_end = 1,
                               .entry = &resume,
                               .may_begin_anew = all,
                               .word = all ? "all" : NULL,
                               .confirmation = all ? "confirm-all" : NULL,
                               .is_confirmed = all && confirmed_given,
                               .apply = all ? resume_all : resume_apply };

    if (!tg_ctl_missing_check(
            ctl, 0, TG_CTL_NEED_BIT(TG_CTL_NEED_SCHEDULES) | TG_CTL_NEED_BIT(TG_CTL_NEED_REASON))) {
        return TG_EXIT_ERROR;
    }
    if (all == (ctl->operands > 0) || (confirmed_given && !all)) {
        tg_term_error(all ? "--all goes without names" : "--confirm-all goes with --all");
        return TG_EXIT_ERROR;
    }
    return tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_URGENT, all ? NULL : ctl->operand,
                               ctl->operands)
               ? tg_ctl_change_make(ctl, &change)
               : TG_EXIT_ERROR;
}

const tg_command_t tg_command_resume = {
    .name = "resume",
    .usage = (const char *const[]){ "NAME...|--all [--confirm-all] --reason TEXT", NULL },
    .summary = "End a suspend or trial now, or lift a stop by TlsGateGuard",
    .more =
        "Afterwards the dates decide: a stop by TlsGateGuard is lifted as well, until an\n"
        "undo. It may stop the trial again, after two periods that begin then.\n"
        "--all ends every override, postponements too, and what httpd acts on where the document\n"
        "is lost; it asks for the word all, and --yes is not enough. Without --all a postponement\n"
        "stays: to end it, postpone to the configured cutoff.\n",
    .examples =
        (const tg_example_t[]){
            { "The partners are ready sooner",
              TG_PROGRAM_NAME " resume legacy-tls --reason \"partners are ready\"" },
            { "What ending every override would do",
              TG_PROGRAM_NAME " resume --all --reason \"the incident is over\" --dry-run" },
            { 0 },
        },
    .least = 0,
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ resume_options, tg_ctl_change_options,
                                             tg_ctl_output_options, NULL },
    .run = resume_run,
};
