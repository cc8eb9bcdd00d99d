/* The trial that a client is in, or its next one: from phase to phase, back to where it began and
 * on to where it ends.
 */
#include "phase.h"

#include "window.h"

/* Whether it was a trial then. One by hand counts from when it was made; what it went before was
 * stopped until then. */
static int was_trial(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t, int bucket)
{
    if (tg_override_active(o, t) == TG_OVERRIDE_TRIAL && t < o->since) {
        return !(o->stopped_at <= t && t < o->stopped_until) && t < tg_phase_cutoff(s, o) &&
               tg_window_open(s->windows, t, bucket) != NULL;
    }
    return tg_phase_at(s, o, t, bucket) == TG_PHASE_TRIAL;
}

/* After the cutoff a trial by hand rejects only in the grace windows. */
static tg_instant_t grace_start(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t)
{
    int i = 0, n;
    const tg_interval_t *graces = tg_phase_graces(s, o, &n);

    while (i < n && !tg_interval_has(&graces[i], t)) {
        i++;
    }
    return i < n ? graces[i].start : TG_ALWAYS;
}

/* When a trial that is open at t went on because what TlsGateGuard had stopped was taken back;
 * TG_ALWAYS: it was not. */
static tg_instant_t resumed_by(const tg_override_t *o, tg_instant_t t)
{
    return o && o->resumed <= t ? o->resumed : TG_ALWAYS;
}

/* Since when that has made the trial which is open at t: one by hand, or windows without a gap.
 * What was suspended or stopped began when that ended, or was taken back. */
static tg_instant_t part_start(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                               int bucket)
{
    const tg_window_t *window;
    tg_instant_t start;

    if (tg_override_active(o, t) == TG_OVERRIDE_TRIAL && o->since <= t) {
        start = grace_start(s, o, t);
        return start > o->since ? start : o->since;
    }
    window = tg_window_open(s->windows, t, bucket);
    start = window ? tg_window_run_start(s->windows, window, bucket) : t;
    if (o && o->kind == TG_OVERRIDE_SUSPEND && o->until > start) {
        start = o->until;
    }
    if (o && o->stopped_until > start && o->stopped_until <= t) {
        start = o->stopped_until;
    }
    return resumed_by(o, t) > start ? resumed_by(o, t) : start;
}

/* When the trial that is open at t began: one by hand may follow windows, and the other way
 * round. */
static tg_instant_t trial_start(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                                int bucket)
{
    tg_instant_t start = part_start(s, o, t, bucket), resumed = resumed_by(o, t);

    while (start > resumed && was_trial(s, o, start - 1, bucket)) {
        t = start - 1;
        start = part_start(s, o, t, bucket);
    }
    return start;
}

/* While a schedule is suspended it has no trial, nor while one is stopped: one may follow the
 * other. */
static tg_instant_t after_suspend_and_stop(const tg_override_t *o, tg_instant_t t)
{
    tg_override_kind_t kind = tg_override_active(o, t);

    while (t != TG_NEVER && (kind == TG_OVERRIDE_SUSPEND || kind == TG_OVERRIDE_GUARD)) {
        t = tg_override_end(o, t);
        kind = tg_override_active(o, t);
    }
    return t;
}

int tg_phase_next_trial(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t, int bucket,
                        tg_interval_t *trial)
{
    tg_instant_t from = after_suspend_and_stop(o, t);
    tg_phase_t phase = tg_phase_at(s, o, from, bucket);

    while (phase != TG_PHASE_TRIAL && from != TG_NEVER &&
           (from < tg_phase_cutoff(s, o) || tg_override_active(o, from) == TG_OVERRIDE_TRIAL)) {
        from = tg_phase_next_change(s, o, from, bucket, &phase);
    }
    if (phase != TG_PHASE_TRIAL || from == TG_NEVER) {
        return 0;
    }
    trial->start = from == t ? trial_start(s, o, t, bucket) : from;
    trial->end = tg_phase_next_change(s, o, from, bucket, NULL);
    return 1;
}
