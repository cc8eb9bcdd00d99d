/* Verdicts: see verdict.h. */
#include "verdict.h"

#include "base/rows.h"

/** How often schedules that reject one after the other may delay the end that is announced. */
#define MOVES_MAX 16

/* What a phase does, before exemptions: in the order of tg_phase_t. */
static const tg_action_t action_of_phase[] = {
    TG_ACTION_OBSERVE, TG_ACTION_WARN,   TG_ACTION_WARN,
    TG_ACTION_REJECT,  TG_ACTION_REJECT, TG_ACTION_REFUSE,
};
TG_ROWS_ARE(action_of_phase, TG_PHASES);

tg_instant_t tg_binding_refuses_from(const tg_binding_t *binding)
{
    if (binding->report_only) {
        return TG_NEVER;
    }
    if (binding->has_as) {
        return binding->as == TG_PHASE_REFUSE ? TG_ALWAYS : TG_NEVER;
    }
    return binding->schedule->refuse;
}

tg_instant_t tg_binding_rejects_from(const tg_binding_t *binding, tg_instant_t now)
{
    const tg_schedule_t *schedule = binding->schedule;
    tg_instant_t for_good = tg_phase_rejected_for_good(schedule, NULL);
    tg_interval_t trial;

    if (binding->report_only) {
        return TG_NEVER;
    }
    if (binding->has_as) {
        return tg_phase_rejects(binding->as) ? TG_ALWAYS : TG_NEVER;
    }
    return tg_phase_next_trial(schedule, NULL, now, TG_BUCKET_EVERYONE, &trial) &&
                   trial.start < for_good
               ? trial.start
               : for_good;
}

const char *tg_action_name(tg_action_t action)
{
    static const char *const action_names[] = { "observe", "warn", "reject", "refuse" };
    TG_ROWS_ARE(action_names, TG_ACTIONS);

    return action_names[action];
}

void tg_binding_join(tg_binding_t *all, const tg_binding_t *line)
{
    if (line->report_only) {
        return;
    }
    if (all->report_only) {
        *all = *line;
    }
    else if (all->has_as && (!line->has_as || line->as != all->as)) {
        all->has_as = 0;
    }
}

int tg_outcome_rejects(const tg_outcome_t *outcome)
{
    return outcome->enforced && outcome->action >= TG_ACTION_REJECT;
}

int tg_outcome_warns(const tg_outcome_t *outcome)
{
    return outcome->enforced && outcome->action == TG_ACTION_WARN;
}

int tg_outcome_status(const tg_outcome_t *outcome, tg_protocol_t protocol, tg_traits_t traits)
{
    tg_status_kind_t kind = outcome->phase == TG_PHASE_TRIAL ? TG_STATUS_TRIAL : TG_STATUS_CUTOFF;

    return tg_schedule_status(outcome->binding->schedule, kind, protocol, traits);
}

int tg_subject_bucket(const tg_subject_t *subject, const tg_schedule_t *schedule)
{
    return schedule->has_share && subject->client ? tg_phase_bucket(schedule->name, subject->client)
                                                  : TG_BUCKET_EVERYONE;
}

/* From when as=refuse refuses: an exempt client that is identified by its request has to come in
 * to be known. TG_ALWAYS without such a client, and with another phase. */
static tg_instant_t refused_as(const tg_binding_t *binding, const tg_subject_t *subject)
{
    const tg_override_t *override = tg_override_find(subject->overrides, binding->schedule->name);

    return override && binding->as == TG_PHASE_REFUSE ? override->refuse_waits_until : TG_ALWAYS;
}

tg_outcome_t tg_outcome_of(const tg_binding_t *binding, const tg_subject_t *subject)
{
    const tg_schedule_t *schedule = binding->schedule;
    tg_outcome_t outcome = { .binding = binding,
                             .phase = binding->as,
                             .enforced = !binding->report_only };

    if (!binding->has_as) {
        const tg_override_t *override = tg_override_find(subject->overrides, schedule->name);
        int bucket = tg_subject_bucket(subject, schedule);

        outcome.phase = tg_phase_at(schedule, override, subject->now, bucket);
        if (tg_phase_is_overridden(schedule, override, subject->now, bucket)) {
            outcome.override = override;
            outcome.by_hand = tg_override_active(override, subject->now);
        }
    }
    else if (subject->now < refused_as(binding, subject)) {
        outcome.phase = TG_PHASE_CUTOFF;
    }
    outcome.action = action_of_phase[outcome.phase];
    if (outcome.action == TG_ACTION_REFUSE && !subject->handshake) {
        outcome.action = TG_ACTION_REJECT; /* the connection is open already */
    }
    if (outcome.action >= TG_ACTION_REJECT) {
        outcome.exemption = tg_exemption_find(subject->overrides, schedule->name, subject->client,
                                              subject->address, subject->now);
        if (outcome.exemption) {
            outcome.action = TG_ACTION_WARN;
        }
    }
    return outcome;
}

/* Announced and grace are equally strict: both warn. So does a phase that rejects where the client
 * is exempt, but it is stricter. */
static int strictness_of(const tg_outcome_t *outcome)
{
    int is_mild = outcome->action == TG_ACTION_WARN && !outcome->exemption;
    tg_phase_t phase = is_mild ? TG_PHASE_GRACE : outcome->phase;

    return (int)outcome->action * TG_PHASES + (int)phase;
}

const tg_outcome_t *tg_verdict_decide(const tg_outcome_t *outcomes, int n)
{
    const tg_outcome_t *decides = &outcomes[0];
    int i;

    for (i = 1; i < n; i++) {
        const tg_outcome_t *o = &outcomes[i];
        int stricter = strictness_of(o) - strictness_of(decides);

        /* An enforced rejection outranks a reported one. */
        if (o->enforced != decides->enforced &&
            (tg_outcome_rejects(o) || tg_outcome_rejects(decides))) {
            stricter = tg_outcome_rejects(o) ? 1 : -1;
        }
        else if (stricter == 0) {
            stricter = o->enforced - decides->enforced;
        }
        if (stricter > 0) {
            decides = o;
        }
    }
    return decides;
}

tg_instant_t tg_outcome_next_change(const tg_outcome_t *outcome, const tg_subject_t *subject,
                                    tg_phase_t *next)
{
    const tg_schedule_t *schedule = outcome->binding->schedule;

    if (outcome->binding->has_as) {
        tg_instant_t refused = refused_as(outcome->binding, subject);

        *next = outcome->binding->as;
        return refused > subject->now ? refused : TG_NEVER;
    }
    return tg_phase_next_change(schedule, tg_override_find(subject->overrides, schedule->name),
                                subject->now, tg_subject_bucket(subject, schedule), next);
}

static int trial_end(const tg_outcome_t *outcome, const tg_subject_t *subject, tg_instant_t *end)
{
    tg_phase_t next;

    if (outcome->phase != TG_PHASE_TRIAL) {
        return 0;
    }
    *end = tg_outcome_next_change(outcome, subject, &next);
    return *end != TG_NEVER && !tg_phase_rejects(next);
}

tg_instant_t tg_verdict_sunset(const tg_outcome_t *outcomes, int n, const tg_subject_t *subject)
{
    tg_instant_t earliest = TG_NEVER;
    int i;

    for (i = 0; i < n; i++) {
        if (tg_outcome_warns(&outcomes[i]) || tg_outcome_rejects(&outcomes[i])) {
            tg_instant_t sunset = tg_outcome_sunset(&outcomes[i], subject);

            earliest = sunset < earliest ? sunset : earliest;
        }
    }
    return earliest;
}

int tg_verdict_retry(const tg_outcome_t *decides, const tg_outcome_t *outcomes, int n,
                     const tg_subject_t *subject, tg_instant_t *until)
{
    tg_subject_t then = *subject;
    int i, moves = 0;

    if (!tg_outcome_rejects(decides) || !trial_end(decides, subject, &then.now)) {
        return 0;
    }
    /* Another schedule may still reject then. Each that does delays the end once. */
    for (i = 0; i < n; i++) {
        tg_outcome_t o = tg_outcome_of(outcomes[i].binding, &then);
        tg_subject_t at = then;

        if (tg_outcome_rejects(&o)) {
            if (moves++ == MOVES_MAX || !trial_end(&o, &at, &then.now)) {
                return 0;
            }
            i = -1; /* the end has moved: check all of them again */
        }
    }
    *until = then.now;
    return 1;
}

tg_instant_t tg_outcome_sunset(const tg_outcome_t *outcome, const tg_subject_t *subject)
{
    const tg_schedule_t *schedule = outcome->binding->schedule;
    const tg_exemption_t *exemption;
    tg_instant_t from;

    if (outcome->binding->has_as) {
        return TG_NEVER;
    }
    from =
        tg_phase_rejected_for_good(schedule, tg_override_find(subject->overrides, schedule->name));
    if (from == TG_NEVER) {
        return TG_NEVER;
    }
    exemption = tg_exemption_find(subject->overrides, schedule->name, subject->client,
                                  subject->address, from);
    return exemption ? exemption->until : from;
}

/** The most windows after a cutoff that are looked at. */
#define GRACES_MAX 1000

tg_instant_t tg_binding_next_rejection(const tg_binding_t *binding, const tg_subject_t *subject)
{
    const tg_schedule_t *schedule = binding->schedule;
    tg_outcome_t outcome = tg_outcome_of(binding, subject);
    tg_subject_t then = *subject;
    tg_instant_t first, cutoff;
    tg_interval_t trial;
    tg_phase_t next;
    int i;

    if (tg_outcome_rejects(&outcome)) {
        return TG_ALWAYS;
    }
    if (binding->has_as || binding->report_only) {
        return TG_NEVER;
    }
    first = tg_outcome_sunset(&outcome, subject);
    if (tg_outcome_next_trial(&outcome, subject, &trial) && trial.start < first) {
        first = trial.start;
    }
    cutoff = tg_phase_cutoff(schedule, tg_override_find(subject->overrides, schedule->name));
    then.now = cutoff > then.now ? cutoff : then.now;
    for (i = 0; i < GRACES_MAX && then.now < first; i++) {
        outcome = tg_outcome_of(binding, &then);
        if (tg_outcome_rejects(&outcome)) {
            return then.now;
        }
        then.now = tg_outcome_next_change(&outcome, &then, &next);
    }
    return first;
}

tg_instant_t tg_outcome_refused_from(const tg_outcome_t *outcome, const tg_subject_t *subject)
{
    const tg_binding_t *binding = outcome->binding;
    const tg_schedule_t *schedule = binding->schedule;
    const tg_exemption_t *exemption;
    tg_instant_t from;

    if (binding->has_as) {
        return binding->as == TG_PHASE_REFUSE ? refused_as(binding, subject) : TG_NEVER;
    }
    from =
        tg_phase_refused_for_good(schedule, tg_override_find(subject->overrides, schedule->name));
    if (from == TG_NEVER) {
        return TG_NEVER;
    }
    exemption = tg_exemption_find(subject->overrides, schedule->name, NULL, subject->address, from);
    return exemption ? exemption->until : from;
}

int tg_outcome_next_trial(const tg_outcome_t *outcome, const tg_subject_t *subject,
                          tg_interval_t *trial)
{
    const tg_schedule_t *schedule = outcome->binding->schedule;
    const tg_exemption_t *exemption = tg_exemption_find(
        subject->overrides, schedule->name, subject->client, subject->address, subject->now);
    tg_instant_t from = exemption ? exemption->until : subject->now;

    if (outcome->binding->has_as ||
        !tg_phase_next_trial(schedule, tg_override_find(subject->overrides, schedule->name), from,
                             tg_subject_bucket(subject, schedule), trial)) {
        return 0;
    }
    if (exemption && trial->start < from) {
        trial->start = from;
    }
    return 1;
}
