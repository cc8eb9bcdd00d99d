/* tlsgatectl suspend and trial: serve clients again, or reject them, until a date. */
#include "cmd.h"

#include "ctl/change.h"
#include "ctl/time_options.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* What the override that the schedule has now is replaced by is worth a word. */
static void note_rival(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                       const tg_state_override_t *entry)
{
    const tg_state_override_t *rival = tg_state_find(state, entry->schedule, TG_STATE_TIMED);

    if (rival) {
        tg_ctl_change_note(change, apr_pstrcat(pool, entry->schedule, ": this replaces its ",
                                               tg_state_kind_name(rival->kind), " until ",
                                               tg_instant_text(pool, rival->until), NULL));
    }
}

/* The phase without what it is about to replace, but postponed as it is. */
static tg_phase_t phase_by_date(const tg_state_t *state, apr_pool_t *pool, const tg_schedule_t *s,
                                tg_instant_t t)
{
    const tg_override_t *override = tg_override_find(tg_state_set(pool, state), s->name);
    tg_override_t dates;

    if (!override) {
        return tg_phase_at(s, NULL, t, TG_BUCKET_EVERYONE);
    }
    dates = *override;
    dates.kind = TG_OVERRIDE_NONE;
    return tg_phase_at(s, &dates, t, TG_BUCKET_EVERYONE);
}

/* Whether it does anything at the moment: a suspend needs a phase that rejects, a trial one
 * that does not. */
static void note_effect(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                        const tg_state_override_t *entry)
{
    const tg_plan_t *plan = change->plan.plan;
    const tg_schedule_t *s = plan ? tg_plan_schedule(plan, entry->schedule) : NULL;
    tg_phase_t phase = s ? phase_by_date(state, pool, s, entry->since) : TG_PHASES;

    if (s && tg_phase_rejects(phase) == (entry->kind == TG_STATE_TRIAL)) {
        tg_ctl_change_note(
            change, apr_pstrcat(pool, s->name, ": it is in ", tg_phase_name(phase),
                                entry->kind == TG_STATE_TRIAL
                                    ? ", which rejects already: a trial changes nothing now"
                                    : ", which serves already: suspending it changes nothing now",
                                NULL));
    }
}

static int apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    tg_state_override_t entry = *(const tg_state_override_t *)change->entry;
    int i;

    for (i = 0; i < change->count; i++) {
        entry.schedule = change->names[i];
        note_rival(change, pool, state, &entry);
        note_effect(change, pool, state, &entry);
        tg_state_edit_put_override(change->edits, state, &entry);
    }
    return 1;
}

static int run(const tg_ctl_t *ctl, tg_state_kind_t kind, tg_ctl_running_plan_need_t need)
{
    tg_state_override_t entry = { NULL, kind, TG_NEVER, TG_NEVER, TG_NEVER, NULL, NULL, ctl->now };
    tg_ctl_change_t change = { 0 };
    int all = ctl->given[TG_CTL_ALL] != NULL;

    if (all == (ctl->operands > 0)) {
        tg_term_error(all ? "--all goes without names" : "name a schedule, or write --all");
        return TG_CTL_ERROR;
    }
    change.command = tg_state_kind_name(kind);
    change.apply = apply;
    change.entry = &entry;
    if (!tg_ctl_time_end(ctl, &entry.until) ||
        !tg_ctl_change_begin(ctl, &change, need, all ? NULL : ctl->operand, ctl->operands)) {
        return TG_CTL_ERROR;
    }
    entry.reason = change.reason;
    entry.by = change.by;
    return tg_ctl_change_make(ctl, &change);
}

/* In the emergency it works without a plan. */
int tg_cmd_suspend(tg_ctl_t *ctl)
{
    return run(ctl, TG_STATE_SUSPEND, TG_CTL_RUNNING_PLAN_WANTED);
}

int tg_cmd_trial(tg_ctl_t *ctl)
{
    return run(ctl, TG_STATE_TRIAL, TG_CTL_RUNNING_PLAN_NEEDED);
}
