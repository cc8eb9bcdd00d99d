/* Suspend and trial: see timed_change.h. */
#include "timed_change.h"

#include "change.h"

#include "ctl/base/missing.h"
#include "ctl/base/time_options.h"
#include "ctl/status/stopped.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *all_given;

const tg_option_t tg_ctl_timed_change_options[] = {
    { "all", NULL, "every schedule", &all_given, TG_COMPLETE_NOTHING },
    { 0 },
};

/* A schedule has one of the two: the new one replaces the old one. */
static void note_rival(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                       const tg_state_override_t *entry)
{
    const tg_state_override_t *rival = tg_state_find(state, entry->schedule, TG_STATE_TIMED);

    if (rival && rival->until > entry->since) {
        tg_ctl_change_note(change, apr_pstrcat(pool, entry->schedule, ": this replaces its ",
                                               tg_state_kind_name(rival->kind), " until ",
                                               tg_instant_text(pool, rival->until), NULL));
    }
}

/* The phase without the suspend or trial that is replaced, but with the postponement. */
static tg_phase_t phase_without_timed(const tg_state_t *state, apr_pool_t *pool,
                                      const tg_schedule_t *s, tg_instant_t t)
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

static int is_in_trial_by_hand(const tg_state_t *state, const tg_state_override_t *entry)
{
    const tg_state_override_t *rival = tg_state_find(state, entry->schedule, TG_STATE_TIMED);

    return rival && rival->kind == TG_STATE_TRIAL && rival->until > entry->since;
}

/* Notes if it has no effect now: a suspend needs a phase that rejects, a trial one that does
 * not. A suspend that replaces a trial by hand ends it, whatever the dates say. */
static void note_effect(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                        const tg_state_override_t *entry)
{
    const tg_plan_t *plan = change->plan.plan;
    const tg_schedule_t *s = plan ? tg_plan_schedule(plan, entry->schedule) : NULL;
    tg_phase_t phase = s ? phase_without_timed(state, pool, s, entry->since) : TG_PHASES;

    if (entry->kind == TG_STATE_SUSPEND && is_in_trial_by_hand(state, entry)) {
        return;
    }
    if (s && tg_phase_rejects(phase) == (entry->kind == TG_STATE_TRIAL)) {
        tg_ctl_change_note(
            change, apr_pstrcat(pool, s->name, ": it is in ", tg_phase_name(phase),
                                entry->kind == TG_STATE_TRIAL
                                    ? ", which rejects already: a trial changes nothing now"
                                    : ", which serves already: suspending it changes nothing now",
                                NULL));
    }
}

/* A trial in spite of TlsGateGuard: its stop is not lifted. */
static void note_stopped_trial(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                               const tg_state_override_t *entry)
{
    const tg_guard_trip_t *trip =
        tg_state_trip(state, tg_state_set(pool, state), entry->schedule, entry->since);

    if (entry->kind == TG_STATE_TRIAL && trip) {
        tg_ctl_change_note(
            change, apr_pstrcat(pool, entry->schedule,
                                ": TlsGateGuard stopped its trial, and this one runs in spite of "
                                "that",
                                entry->until < trip->until ? "; afterwards " : "",
                                entry->until < trip->until
                                    ? tg_ctl_stopped_words(pool, trip, NULL, entry->since)
                                    : "",
                                "; to lift the stop: " TG_PROGRAM_NAME " resume ", entry->schedule,
                                " --reason TEXT", NULL));
    }
}

static int timed_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    tg_state_override_t entry = *(const tg_state_override_t *)change->entry;
    int i;

    for (i = 0; i < change->count; i++) {
        entry.schedule = change->names[i];
        note_rival(change, pool, state, &entry);
        note_effect(change, pool, state, &entry);
        note_stopped_trial(change, pool, state, &entry);
        tg_state_edit_put_override(change->edits, state, &entry);
    }
    return 1;
}

#define NEEDS (TG_CTL_NEED_BIT(TG_CTL_NEED_SCHEDULES) | TG_CTL_NEED_BIT(TG_CTL_NEED_END))

/* The names, or --all. 1, or 0 after an error was printed. */
static int begin_timed(const tg_ctl_t *ctl, tg_ctl_change_t *change,
                       tg_ctl_running_plan_need_t need)
{
    int all = all_given != NULL;

    if (all && ctl->operands > 0) {
        tg_term_error("--all goes without names");
        return 0;
    }
    return tg_ctl_change_begin(ctl, change, need, all ? NULL : ctl->operand, ctl->operands);
}

tg_exit_t tg_ctl_timed_change(const tg_ctl_t *ctl, tg_state_kind_t kind,
                              tg_ctl_running_plan_need_t need)
{
    tg_state_override_t entry = { NULL, kind, TG_NEVER, TG_NEVER, TG_NEVER, NULL, NULL, ctl->now };
    tg_ctl_change_t change = { .command = tg_state_kind_name(kind),
                               .apply = timed_apply,
                               .entry = &entry };

    if (!tg_ctl_missing_check(ctl, 0, NEEDS | TG_CTL_NEED_BIT(TG_CTL_NEED_REASON)) ||
        !tg_ctl_time_end(ctl, &entry.until) || !begin_timed(ctl, &change, need)) {
        return TG_EXIT_ERROR;
    }
    entry.reason = change.reason;
    entry.by = change.by;
    return tg_ctl_change_make(ctl, &change);
}

/* --- a later end --- */

/* What apply() needs. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_instant_t until; /* or TG_NEVER: */
    int64_t seconds;    /* after the present end */
} extension_t;

/* "One more hour" is meant from the present end. Said, because --for of suspend counts from now. */
static tg_instant_t later_end(tg_ctl_change_t *change, apr_pool_t *pool,
                              const tg_state_override_t *found)
{
    const extension_t *extension = change->entry;
    tg_instant_t end = extension->until;

    if (end == TG_NEVER) {
        end = found->until > TG_INSTANT_MAX - extension->seconds
                  ? TG_INSTANT_MAX
                  : found->until + extension->seconds;
        tg_ctl_change_note(change, apr_pstrcat(pool, found->schedule, ": extended from ",
                                               tg_instant_text(pool, found->until), " to ",
                                               tg_instant_text(pool, end),
                                               " (--for counts from the present end)", NULL));
    }
    return end;
}

static int extend_schedule(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state,
                           const char *name)
{
    const extension_t *extension = change->entry;
    const tg_state_override_t *found = tg_state_find(state, name, TG_STATE_TIMED);
    tg_state_override_t entry;
    tg_instant_t end;

    if (!found || found->until <= extension->ctl->now) {
        tg_term_error("%s is neither suspended nor in a trial by hand%s%s: there is nothing to "
                      "extend; to begin one: " TG_PROGRAM_NAME " suspend %s --for P2W "
                      "--reason TEXT",
                      name, found ? " any more, since " : "",
                      found ? tg_instant_text(pool, found->until) : "", name);
        return 0;
    }
    end = later_end(change, pool, found);
    if (end <= found->until) {
        tg_term_error("%s: its %s goes on until %s already, and %s is not later; to end it "
                      "now: " TG_PROGRAM_NAME " resume %s --reason TEXT",
                      name, tg_state_kind_name(found->kind), tg_instant_text(pool, found->until),
                      tg_instant_text(pool, end), name);
        return 0;
    }
    entry = *found;
    entry.until = end;
    entry.reason = change->has_reason ? change->reason : found->reason;
    entry.by = change->by;
    if (change->count == 1) {
        change->reason = entry.reason;
    }
    tg_state_edit_put_override(change->edits, state, &entry);
    return 1;
}

static int has_timed(const tg_ctl_change_t *change, const tg_state_t *state, const char *name)
{
    const extension_t *extension = change->entry;
    const tg_state_override_t *found = tg_state_find(state, name, TG_STATE_TIMED);

    return found && found->until > extension->ctl->now;
}

static int extend_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    int i;

    for (i = 0; i < change->count; i++) {
        const char *name = change->names[i];

        if ((!all_given || has_timed(change, state, name)) &&
            !extend_schedule(change, pool, state, name)) {
            return 0;
        }
    }
    if (change->edits->nelts == 0) {
        tg_term_warning("no schedule is suspended or in a trial by hand: nothing to extend");
    }
    return change->edits->nelts > 0;
}

tg_exit_t tg_ctl_timed_extend(const tg_ctl_t *ctl)
{
    extension_t extension = { ctl, TG_NEVER, 0 };
    tg_ctl_change_t change = {
        .command = "extend", .apply = extend_apply, .entry = &extension, .reason = "a later end"
    };

    /* In an emergency it works without a plan. */
    return tg_ctl_missing_check(ctl, 0, NEEDS) &&
                   tg_ctl_time_later(ctl, &extension.until, &extension.seconds) &&
                   begin_timed(ctl, &change, TG_CTL_RUNNING_PLAN_URGENT)
               ? tg_ctl_change_make(ctl, &change)
               : TG_EXIT_ERROR;
}
