/* tlsgatectl postpone: a later cutoff, bound to the one that is configured. The configured
 * cutoff itself ends the postponement.
 */
#include "cmd.h"

#include "ctl/change.h"
#include "ctl/time_options.h"
#include "term/term.h"

#include <apr_strings.h>

static int end(tg_ctl_change_t *change, tg_state_t *state, const char *name)
{
    if (tg_state_edit_drop_override(change->edits, state, name, TG_STATE_POSTPONED)) {
        return 1;
    }
    tg_term_warning("%s is not postponed, and that is its cutoff already", name);
    return 0;
}

static void note_suspend(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                         const char *name)
{
    if (tg_state_find(state, name, TG_STATE_TIMED)) {
        tg_ctl_change_note(change, apr_pstrcat(pool, name,
                                               ": it is suspended or in a trial by "
                                               "hand, which goes on until its end",
                                               NULL));
    }
}

static int apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    tg_state_override_t entry = *(const tg_state_override_t *)change->entry;

    note_suspend(change, pool, state, entry.schedule);
    if (entry.cutoff == entry.from) {
        return end(change, state, entry.schedule);
    }
    tg_state_edit_put_override(change->edits, state, &entry);
    return 1;
}

static int check(const tg_ctl_t *ctl, const tg_state_override_t *entry)
{
    const char *from = tg_instant_text(ctl->pool, entry->from);

    if (entry->from == TG_NEVER) {
        tg_term_error("%s has no cutoff to postpone", entry->schedule);
        return 0;
    }
    if (entry->cutoff < entry->from) {
        tg_term_error("--cutoff %s: the configured cutoff is %s, and nothing moves it earlier; "
                      "change httpd.conf for that",
                      ctl->given[TG_CTL_CUTOFF], from);
        return 0;
    }
    if (entry->cutoff != entry->from && entry->cutoff <= ctl->now) {
        tg_term_error("--cutoff %s: it is over already; a date to come, or the configured "
                      "cutoff %s to end a postponement",
                      ctl->given[TG_CTL_CUTOFF], from);
        return 0;
    }
    return 1;
}

int tg_cmd_postpone(tg_ctl_t *ctl)
{
    tg_state_override_t entry = {
        ctl->operand[0], TG_STATE_POSTPONE, TG_NEVER, TG_NEVER, TG_NEVER, NULL, NULL, ctl->now
    };
    tg_ctl_change_t change = { 0 };

    change.command = "postpone";
    change.apply = apply;
    change.entry = &entry;
    if (!tg_ctl_time_read(ctl, TG_CTL_CUTOFF, &entry.cutoff) ||
        !tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_NEEDED, ctl->operand,
                             ctl->operands)) {
        return TG_CTL_ERROR;
    }
    entry.from = tg_schedule_cutoff(tg_plan_schedule(change.plan.plan, entry.schedule));
    entry.reason = change.reason;
    entry.by = change.by;
    return check(ctl, &entry) ? tg_ctl_change_make(ctl, &change) : TG_CTL_ERROR;
}
