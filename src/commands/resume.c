/* tlsgatectl resume: ends a suspend or a trial now. To end a postponement, postpone to the
 * configured cutoff.
 */
#include "commands.h"

#include "ctl/change.h"
#include "ctl/output.h"
#include "term/term.h"

/* Written once, while the command line is read. */
static const char *every_given;

static const tg_option_t resume_options[] = {
    { "all", NULL, "every schedule", &every_given, TG_COMPLETE_NOTHING },
    { 0 },
};

/* 1 if there is anything to end. */
static int resume_schedule(tg_ctl_change_t *change, tg_state_t *state, const char *name)
{
    if (tg_state_edit_drop_override(change->edits, state, name, TG_STATE_TIMED)) {
        return 1;
    }
    if (change->is_lost && change->may_begin_anew && !change->has_base) {
        tg_state_edit_forget(change->edits, name);
        return 1;
    }
    if (every_given) {
        return 0;
    }
    tg_term_warning("%s is neither suspended nor in a trial by hand: nothing to end", name);
    return 0;
}

static int resume_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    int i, found = 0;

    (void)pool;
    for (i = 0; i < change->count; i++) {
        found |= resume_schedule(change, state, change->names[i]);
        if (tg_state_find(state, change->names[i], TG_STATE_POSTPONED)) {
            tg_term_note("%s stays postponed; postpone it to its configured cutoff to end that",
                         change->names[i]);
        }
    }
    if (!found && every_given) {
        tg_term_warning("no schedule is suspended or in a trial by hand: nothing to end");
    }
    return found;
}

static tg_exit_t resume_run(const tg_ctl_t *ctl)
{
    tg_ctl_change_t change = { .command = "resume",
                               .is_end = 1,
                               .may_begin_anew = every_given != NULL,
                               .apply = resume_apply };

    if (!ctl->operands == !every_given) {
        tg_term_error("say which schedules: their names, or --all");
        return TG_EXIT_ERROR;
    }
    return tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_URGENT,
                               every_given ? NULL : ctl->operand, ctl->operands)
               ? tg_ctl_change_make(ctl, &change)
               : TG_EXIT_ERROR;
}

const tg_command_t tg_command_resume = {
    .name = "resume",
    .usage = (const char *const[]){ "NAME...|--all --reason TEXT", NULL },
    .summary = "End a suspend or trial now",
    .more = "--all also ends what httpd acts on where the document is lost.\n"
            "To end a postponement, postpone to the configured cutoff.\n",
    .examples =
        (const tg_example_t[]){
            { "The partners are ready sooner",
              TG_PROGRAM_NAME " resume legacy-tls --reason \"partners are ready\"" },
            { 0 },
        },
    .least = 0,
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ resume_options, tg_ctl_change_options,
                                             tg_ctl_output_options, NULL },
    .run = resume_run,
};
