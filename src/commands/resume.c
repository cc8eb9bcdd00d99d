/* tlsgatectl resume: ends a suspend or a trial now. To end a postponement, postpone to the
 * configured cutoff.
 */
#include "commands.h"

#include "ctl/change.h"
#include "ctl/output.h"
#include "term/term.h"

/* 1 if there is anything to end. */
static int resume_schedule(tg_ctl_change_t *change, tg_state_t *state, const char *name)
{
    if (tg_state_edit_drop_override(change->edits, state, name, TG_STATE_TIMED)) {
        return 1;
    }
    if (change->is_lost) {
        tg_state_edit_forget(change->edits, name);
        return 1;
    }
    tg_term_warning("%s is neither suspended nor in a trial by hand: nothing to end", name);
    return 0;
}

static int resume_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    int i, found = 0;

    (void)pool;
    if (change->is_lost) {
        tg_ctl_change_note(change,
                           "the document is gone, and every httpd goes on with what it read last; "
                           "this writes an empty one, which ends all of that, for all schedules");
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

static tg_exit_t resume_run(const tg_ctl_t *ctl)
{
    tg_ctl_change_t change = {
        .command = "resume", .is_end = 1, .may_begin_anew = 1, .apply = resume_apply
    };

    return tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_WANTED, ctl->operand,
                               ctl->operands)
               ? tg_ctl_change_make(ctl, &change)
               : TG_EXIT_ERROR;
}

const tg_command_t tg_command_resume = {
    .name = "resume",
    .usage = (const char *const[]){ "NAME... --reason TEXT", NULL },
    .summary = "End a suspend or trial now",
    .more = "To end a postponement, postpone to the configured cutoff.\n",
    .examples =
        (const tg_example_t[]){
            { "The partners are ready sooner",
              TG_PROGRAM_NAME " resume legacy-tls --reason \"partners are ready\"" },
            { 0 },
        },
    .least = 1,
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ tg_ctl_change_options, tg_ctl_output_options, NULL },
    .run = resume_run,
};
