/* tlsgatectl resume: the suspend or trial ends now. A postponement is ended by postponing to
 * the configured cutoff.
 */
#include "cmd.h"

#include "ctl/change.h"
#include "term/term.h"

static int apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    int i, found = 0;

    (void)pool;
    if (change->is_lost) {
        tg_ctl_change_note(change,
                           "the document is gone, and every httpd goes on with what it read last; "
                           "this writes an empty one, which ends all of that, for all schedules");
    }
    for (i = 0; i < change->count; i++) {
        if (tg_state_edit_drop_override(change->edits, state, change->names[i], TG_STATE_TIMED)) {
            found = 1;
        }
        else if (change->is_lost) {
            tg_state_edit_forget(change->edits, change->names[i]);
            found = 1;
        }
        else {
            tg_term_warning("%s is neither suspended nor in a trial by hand: nothing to end",
                            change->names[i]);
        }
        if (tg_state_find(state, change->names[i], TG_STATE_POSTPONED)) {
            tg_term_note("%s stays postponed; postpone it to its configured cutoff to end that",
                         change->names[i]);
        }
    }
    return found;
}

int tg_cmd_resume(tg_ctl_t *ctl)
{
    tg_ctl_change_t change = { 0 };

    change.command = "resume";
    change.may_begin_anew = 1;
    change.apply = apply;
    if (!tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_WANTED, ctl->operand,
                             ctl->operands)) {
        return TG_CTL_ERROR;
    }
    return tg_ctl_change_make(ctl, &change);
}
