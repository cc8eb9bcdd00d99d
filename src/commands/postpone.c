/* tlsgatectl postpone: a later cutoff, bound to the one that is configured. The configured
 * cutoff itself ends the postponement.
 */
#include "commands.h"

#include "ctl/base/missing.h"
#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/change/change.h"
#include "term/term.h"

#include <apr_strings.h>

/* Written once, while the command line is read. */
static const char *cutoff_given;

static const tg_option_t postpone_options[] = {
    { "cutoff", "INSTANT", "the new cutoff", &cutoff_given, TG_COMPLETE_NOTHING },
    { 0 },
};

static int end_postponement(tg_ctl_change_t *change, tg_state_t *state, const char *name)
{
    if (tg_state_edit_drop_override(change->edits, state, name, TG_STATE_POSTPONED)) {
        return 1;
    }
    tg_term_warning("%s is not postponed, and that is its cutoff already", name);
    return 0;
}

static void note_timed(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                       const tg_state_override_t *entry)
{
    const tg_state_override_t *timed = tg_state_find(state, entry->schedule, TG_STATE_TIMED);

    if (timed && timed->until > entry->since) {
        tg_ctl_change_note(change,
                           apr_pstrcat(pool, entry->schedule, ": its ",
                                       tg_state_kind_name(timed->kind), " goes on until its end, ",
                                       tg_instant_text(pool, timed->until), NULL));
    }
}

static int postpone_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    tg_state_override_t entry = *(const tg_state_override_t *)change->entry;

    note_timed(change, pool, state, &entry);
    if (entry.cutoff == entry.from) {
        return end_postponement(change, state, entry.schedule);
    }
    tg_state_edit_put_override(change->edits, state, &entry);
    return 1;
}

static int check_cutoff(const tg_ctl_t *ctl, const tg_state_override_t *entry)
{
    const char *from = tg_instant_text(ctl->pool, entry->from);

    if (entry->from == TG_NEVER) {
        tg_term_error("%s has no cutoff to postpone", entry->schedule);
        return 0;
    }
    if (entry->cutoff < entry->from) {
        tg_term_error("--cutoff %s: the configured cutoff is %s, and nothing moves it earlier; "
                      "change httpd.conf for that",
                      cutoff_given, from);
        return 0;
    }
    if (entry->cutoff != entry->from && entry->cutoff <= ctl->now) {
        tg_term_error("--cutoff %s: it is in the past; write a later date, or the configured "
                      "cutoff %s to end a postponement",
                      cutoff_given, from);
        return 0;
    }
    return 1;
}

#define POSTPONE_NEEDS                                                                             \
    (TG_CTL_NEED_BIT(TG_CTL_NEED_SCHEDULE) | TG_CTL_NEED_BIT(TG_CTL_NEED_CUTOFF) |                 \
     TG_CTL_NEED_BIT(TG_CTL_NEED_REASON))

static tg_exit_t postpone_run(const tg_ctl_t *ctl)
{
    tg_state_override_t entry = { ctl->operands ? ctl->operand[0] : NULL,
                                  TG_STATE_POSTPONE,
                                  TG_NEVER,
                                  TG_NEVER,
                                  TG_NEVER,
                                  NULL,
                                  NULL,
                                  ctl->now };
    tg_ctl_change_t change = { .command = "postpone", .apply = postpone_apply, .entry = &entry };

    if (!tg_ctl_missing_check(ctl, 0, POSTPONE_NEEDS) ||
        !tg_ctl_time_read(ctl, "cutoff", cutoff_given, &entry.cutoff) ||
        !tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_NEEDED, ctl->operand,
                             ctl->operands)) {
        return TG_EXIT_ERROR;
    }
    entry.from = tg_schedule_cutoff(tg_plan_schedule(change.plan.plan, entry.schedule));
    entry.reason = change.reason;
    entry.by = change.by;
    return check_cutoff(ctl, &entry) ? tg_ctl_change_make(ctl, &change) : TG_EXIT_ERROR;
}

const tg_command_t tg_command_postpone = {
    .name = "postpone",
    .usage = (const char *const[]){ "NAME --cutoff INSTANT --reason TEXT", NULL },
    .summary = "Move the cutoff of a schedule to a later date",
    .more =
        "It is bound to the cutoff that is configured: once that changes, it has no effect. To\n"
        "end the postponement, postpone to the configured cutoff.\n",
    .examples =
        (const tg_example_t[]){
            { "Three more months", TG_PROGRAM_NAME
              " postpone legacy-tls --cutoff 2018-11-07T08:40Z --reason \"too early\"" },
            { "What that would move", TG_PROGRAM_NAME
              " postpone legacy-tls --cutoff 2018-11-07T08:40Z --reason \"too early\" --dry-run" },
            { 0 },
        },
    .most = 1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ postpone_options, tg_ctl_change_options,
                                             tg_ctl_output_options, NULL },
    .run = postpone_run,
};
