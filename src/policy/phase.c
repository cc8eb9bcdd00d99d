/* Phases: the first row of the table that holds wins (see phase_by_date). */
#include "phase.h"

#include "base/digest.h"

#include <string.h>
#include <strings.h>

#define WINDOWS(s) ((const tg_window_t *)(const void *)(s)->windows->elts)
#define GRACES(s) ((const tg_interval_t *)(const void *)(s)->graces->elts)

static const char *const names[TG_PHASES] = {
    [TG_PHASE_OBSERVE] = "observe", [TG_PHASE_ANNOUNCED] = "announced",
    [TG_PHASE_GRACE] = "grace",     [TG_PHASE_TRIAL] = "trial",
    [TG_PHASE_CUTOFF] = "cutoff",   [TG_PHASE_REFUSE] = "refuse",
};

const char *tg_phase_name(tg_phase_t phase)
{
    return names[phase];
}

tg_phase_t tg_phase_parse(const char *name)
{
    int p = 0;

    while (p < TG_PHASES && strcasecmp(names[p], name) != 0) {
        p++;
    }
    return (tg_phase_t)p;
}

int tg_phase_rejects(tg_phase_t phase)
{
    return phase >= TG_PHASE_TRIAL;
}

int tg_phase_bucket(const char *schedule, const char *client)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *md = tg_digest_get(TG_DIGEST_SHA256);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint64_t n = 0;
    int i;

    /* The NUL between them keeps ("ab", "c") and ("a", "bc") apart. */
    if (md && ctx && EVP_DigestInit_ex(ctx, md, NULL) &&
        EVP_DigestUpdate(ctx, schedule, strlen(schedule) + 1) &&
        EVP_DigestUpdate(ctx, client, strlen(client)) && EVP_DigestFinal_ex(ctx, digest, NULL)) {
        for (i = 0; i < 8; i++) {
            n = n << 8 | digest[i];
        }
    }
    EVP_MD_CTX_free(ctx);
    return (int)(n % 100);
}

/* A postponement binds to the cutoff that it was made for, and never hastens. */
static int is_postponed(const tg_schedule_t *s, const tg_override_t *o)
{
    return o && o->postponed_from != TG_NEVER && o->postponed_from == tg_schedule_cutoff(s) &&
           o->postponed_to > o->postponed_from;
}

tg_instant_t tg_phase_cutoff(const tg_schedule_t *s, const tg_override_t *o)
{
    return is_postponed(s, o) ? o->postponed_to : tg_schedule_cutoff(s);
}

tg_instant_t tg_phase_refuse(const tg_schedule_t *s, const tg_override_t *o)
{
    tg_instant_t cutoff = tg_phase_cutoff(s, o);

    return s->refuse < cutoff ? cutoff : s->refuse;
}

/* The index of the first window that ends after t; the number of them if none does. */
static int window_after(const tg_schedule_t *s, tg_instant_t t)
{
    int low = 0, high = s->windows->nelts;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (WINDOWS(s)[middle].interval.end > t) {
            high = middle;
        }
        else {
            low = middle + 1;
        }
    }
    return low;
}

/* The first grace window that ends after t and that no postponement voids, or NULL. */
static const tg_interval_t *grace_after(const tg_schedule_t *s, tg_instant_t cutoff, tg_instant_t t)
{
    int low = 0, high = s->graces->nelts;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (GRACES(s)[middle].end > t && GRACES(s)[middle].start >= cutoff) {
            high = middle;
        }
        else {
            low = middle + 1;
        }
    }
    return low < s->graces->nelts ? &GRACES(s)[low] : NULL;
}

const tg_window_t *tg_phase_next_trial(const tg_schedule_t *s, tg_instant_t t, int bucket)
{
    int i;

    for (i = window_after(s, t); i < s->windows->nelts; i++) {
        if (bucket < WINDOWS(s)[i].share) {
            return &WINDOWS(s)[i];
        }
    }
    return NULL;
}

static int in_trial(const tg_schedule_t *s, tg_instant_t t, int bucket)
{
    int i = window_after(s, t);

    return i < s->windows->nelts && tg_interval_has(&WINDOWS(s)[i].interval, t) &&
           bucket < WINDOWS(s)[i].share;
}

static tg_phase_t phase_by_date(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                                int bucket)
{
    tg_instant_t cutoff = tg_phase_cutoff(s, o);
    const tg_interval_t *grace;

    /* A limit that is not set is TG_NEVER, which no instant reaches. */
    if (t >= tg_phase_refuse(s, o)) {
        return TG_PHASE_REFUSE;
    }
    grace = grace_after(s, cutoff, t);
    if (grace && tg_interval_has(grace, t)) {
        return TG_PHASE_GRACE;
    }
    if (t >= cutoff) {
        return TG_PHASE_CUTOFF;
    }
    if (in_trial(s, t, bucket)) {
        return TG_PHASE_TRIAL;
    }
    return t >= s->announce ? TG_PHASE_ANNOUNCED : TG_PHASE_OBSERVE;
}

tg_phase_t tg_phase_at(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t, int bucket)
{
    tg_phase_t phase = phase_by_date(s, o, t, bucket);

    if (o && o->kind != TG_OVERRIDE_NONE && t < o->until) {
        if (o->kind == TG_OVERRIDE_SUSPEND && tg_phase_rejects(phase)) {
            return TG_PHASE_GRACE;
        }
        if (o->kind == TG_OVERRIDE_TRIAL && !tg_phase_rejects(phase)) {
            return TG_PHASE_TRIAL;
        }
    }
    return phase;
}

/* Takes a boundary into account if it lies after t. */
static tg_instant_t sooner(tg_instant_t found, tg_instant_t boundary, tg_instant_t t)
{
    return boundary > t && boundary < found ? boundary : found;
}

/* The first instant after t at which any row of the table may change its answer. */
static tg_instant_t next_boundary(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                                  int bucket)
{
    tg_instant_t cutoff = tg_phase_cutoff(s, o);
    tg_instant_t found = TG_NEVER;
    const tg_window_t *window = tg_phase_next_trial(s, t, bucket);
    const tg_interval_t *grace = grace_after(s, cutoff, t);

    found = sooner(found, s->announce, t);
    found = sooner(found, cutoff, t);
    found = sooner(found, tg_phase_refuse(s, o), t);
    if (window) {
        found = sooner(found, window->interval.start, t);
        found = sooner(found, window->run_end, t);
    }
    if (grace) {
        found = sooner(found, grace->start, t);
        found = sooner(found, grace->end, t);
    }
    if (o && o->kind != TG_OVERRIDE_NONE) {
        found = sooner(found, o->until, t);
    }
    return found;
}

tg_instant_t tg_phase_next_change(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                                  int bucket, tg_phase_t *next)
{
    tg_phase_t now = tg_phase_at(s, o, t, bucket);
    tg_phase_t then = now;

    do {
        t = next_boundary(s, o, t, bucket);
        if (t != TG_NEVER) {
            then = tg_phase_at(s, o, t, bucket);
        }
    } while (t != TG_NEVER && then == now);
    if (next) {
        *next = then;
    }
    return t;
}

tg_instant_t tg_phase_rejected_for_good(const tg_schedule_t *s, const tg_override_t *o)
{
    tg_instant_t from = tg_phase_cutoff(s, o);
    int graces = s->graces->nelts;

    if (from == TG_NEVER) {
        return TG_NEVER;
    }
    if (graces > 0 && GRACES(s)[graces - 1].start >= from) {
        from = GRACES(s)[graces - 1].end;
    }
    if (o && o->kind == TG_OVERRIDE_SUSPEND && o->until > from) {
        from = o->until;
    }
    return from;
}
