/* Phases: see phase.h. */
#include "phase.h"

#include "window.h"

#include "base/digest.h"
#include "base/rows.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define GRACES(s) ((const tg_interval_t *)(const void *)(s)->graces->elts)

static const char *const phase_names[] = { "observe", "announced", "grace",
                                           "trial",   "cutoff",    "refuse" };
TG_ROWS_ARE(phase_names, TG_PHASES);

const char *tg_phase_name(tg_phase_t phase)
{
    return phase_names[phase];
}

const char *tg_phase_names(apr_pool_t *pool)
{
    return tg_text_join(pool, phase_names, TG_ROWS(phase_names), ", ", " or ");
}

tg_phase_t tg_phase_parse(const char *name)
{
    int p = 0;

    while (p < TG_PHASES && strcasecmp(phase_names[p], name) != 0) {
        p++;
    }
    return (tg_phase_t)p;
}

int tg_phase_rejects(tg_phase_t phase)
{
    return phase >= TG_PHASE_TRIAL;
}

int tg_phase_is_final(tg_phase_t phase)
{
    return phase >= TG_PHASE_CUTOFF;
}

int tg_phase_bucket(const char *schedule, const char *client)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *md = tg_digest_get(TG_DIGEST_SHA256);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint64_t n = 99;
    int i;

    /* The NUL between them keeps ("ab", "c") and ("a", "bc") apart. */
    if (md && ctx && EVP_DigestInit_ex(ctx, md, NULL) &&
        EVP_DigestUpdate(ctx, schedule, strlen(schedule) + 1) &&
        EVP_DigestUpdate(ctx, client, strlen(client)) && EVP_DigestFinal_ex(ctx, digest, NULL)) {
        for (i = 0, n = 0; i < 8; i++) {
            n = n << 8 | digest[i];
        }
    }
    EVP_MD_CTX_free(ctx);
    return (int)(n % 100);
}

int tg_phase_postpones(const tg_schedule_t *s, tg_instant_t from)
{
    return from == tg_schedule_cutoff(s);
}

/* A postponement never brings the cutoff forward. */
int tg_phase_is_postponed(const tg_schedule_t *s, const tg_override_t *o)
{
    return o && o->postponed_from != TG_NEVER && tg_phase_postpones(s, o->postponed_from) &&
           o->postponed_to > o->postponed_from;
}

tg_instant_t tg_phase_cutoff(const tg_schedule_t *s, const tg_override_t *o)
{
    return tg_phase_is_postponed(s, o) ? o->postponed_to : tg_schedule_cutoff(s);
}

/* A date that follows the cutoff is never before it. */
tg_instant_t tg_phase_date(const tg_schedule_t *s, const tg_override_t *o, tg_date_t date)
{
    tg_instant_t t = tg_schedule_date(s, date);

    if (date >= TG_DATE_CUTOFF) {
        tg_instant_t cutoff = tg_phase_cutoff(s, o);

        t = date == TG_DATE_CUTOFF || t < cutoff ? cutoff : t;
    }
    return date == TG_DATE_REFUSE && o && o->refuse_waits_until > t ? o->refuse_waits_until : t;
}

tg_instant_t tg_phase_refuse(const tg_schedule_t *s, const tg_override_t *o)
{
    return tg_phase_date(s, o, TG_DATE_REFUSE);
}

static int is_void_grace(const tg_interval_t *grace, tg_instant_t cutoff)
{
    return grace->start < cutoff;
}

/* The index of the first grace window that ends after t and that no postponement voids, or how many
 * there are. */
static int grace_after(const tg_schedule_t *s, tg_instant_t cutoff, tg_instant_t t)
{
    int low = 0, high = s->graces->nelts;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (GRACES(s)[middle].end > t && !is_void_grace(&GRACES(s)[middle], cutoff)) {
            high = middle;
        }
        else {
            low = middle + 1;
        }
    }
    return low;
}

const tg_interval_t *tg_phase_graces(const tg_schedule_t *s, const tg_override_t *o, int *n)
{
    int first = grace_after(s, tg_phase_cutoff(s, o), TG_ALWAYS);

    *n = s->graces->nelts - first;
    return &GRACES(s)[first];
}

static int in_grace(const tg_schedule_t *s, tg_instant_t cutoff, tg_instant_t t)
{
    int i = grace_after(s, cutoff, t);

    return i < s->graces->nelts && tg_interval_has(&GRACES(s)[i], t);
}

static tg_phase_t configured_phase(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                                   int bucket)
{
    tg_instant_t cutoff = tg_phase_cutoff(s, o);

    /* The first that applies decides. No instant reaches a date that is not set, TG_NEVER. */
    if (t >= tg_phase_refuse(s, o)) {
        return TG_PHASE_REFUSE;
    }
    if (in_grace(s, cutoff, t)) {
        return TG_PHASE_GRACE;
    }
    if (t >= cutoff) {
        return TG_PHASE_CUTOFF;
    }
    if (tg_window_open(s->windows, t, bucket)) {
        return TG_PHASE_TRIAL;
    }
    return t >= s->announce ? TG_PHASE_ANNOUNCED : TG_PHASE_OBSERVE;
}

/* A trial by date, or by hand where the dates serve. */
static int is_stopped_trial(const tg_override_t *o, tg_phase_t by_date, tg_instant_t t)
{
    return by_date == TG_PHASE_TRIAL ||
           (!tg_phase_rejects(by_date) && o->kind == TG_OVERRIDE_TRIAL && t < o->until);
}

tg_phase_t tg_phase_at(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t, int bucket)
{
    tg_phase_t phase = configured_phase(s, o, t, bucket);

    switch (tg_override_active(o, t)) {
    case TG_OVERRIDE_SUSPEND:
        return tg_phase_rejects(phase) ? TG_PHASE_GRACE : phase;
    case TG_OVERRIDE_TRIAL:
        return tg_phase_rejects(phase) ? phase : TG_PHASE_TRIAL;
    case TG_OVERRIDE_GUARD:
        return is_stopped_trial(o, phase, t) ? TG_PHASE_GRACE : phase;
    case TG_OVERRIDE_NONE:
    case TG_OVERRIDE_KINDS:
        break;
    }
    return phase;
}

int tg_phase_is_stopped(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t, int bucket)
{
    return tg_override_active(o, t) == TG_OVERRIDE_GUARD &&
           is_stopped_trial(o, configured_phase(s, o, t, bucket), t);
}

/* The boundary if it lies between t and what was found so far. */
static tg_instant_t sooner_boundary(tg_instant_t found, tg_instant_t boundary, tg_instant_t t)
{
    return boundary > t && boundary < found ? boundary : found;
}

/* The first date after t, or what was found so far. */
static tg_instant_t sooner_date(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t found,
                                tg_instant_t t)
{
    int date;

    for (date = 0; date < TG_DATES; date++) {
        if (tg_schedule_dates[date].kind == TG_DATE_KIND_INSTANT) {
            found = sooner_boundary(found, tg_phase_date(s, o, (tg_date_t)date), t);
        }
    }
    return found;
}

static tg_instant_t sooner_window(const tg_schedule_t *s, tg_instant_t found, tg_instant_t t,
                                  int bucket)
{
    const tg_window_t *window = tg_window_next(s->windows, t, bucket);

    if (window) {
        found = sooner_boundary(found, window->interval.start, t);
        found = sooner_boundary(found, tg_window_run_end(s->windows, window, bucket), t);
    }
    return found;
}

static tg_instant_t sooner_grace(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t found,
                                 tg_instant_t t)
{
    int i = grace_after(s, tg_phase_cutoff(s, o), t);

    if (i < s->graces->nelts) {
        found = sooner_boundary(found, GRACES(s)[i].start, t);
        found = sooner_boundary(found, APR_ARRAY_IDX(s->grace_ends, i, tg_instant_t), t);
    }
    return found;
}

/* The first instant after t at which the phase may change. What a change by hand hides is passed
 * over: walking through it could take thousands of steps. */
static tg_instant_t next_boundary(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                                  int bucket)
{
    tg_override_kind_t kind = tg_override_active(o, t);
    tg_instant_t found = tg_override_end(o, t);

    if (kind == TG_OVERRIDE_GUARD) { /* of a trial by hand that it stopped */
        found = sooner_boundary(found, o->until, t);
    }
    if (kind == TG_OVERRIDE_SUSPEND && t >= tg_phase_cutoff(s, o)) {
        return found; /* all that follows the cutoff is grace */
    }
    if (kind != TG_OVERRIDE_TRIAL) { /* a window in a trial by hand changes nothing */
        found = sooner_window(s, found, t, bucket);
    }
    return sooner_grace(s, o, sooner_date(s, o, found, t), t);
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

int tg_phase_share(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t)
{
    const tg_window_t *window = tg_override_active(o, t) == TG_OVERRIDE_NONE &&
                                        tg_phase_at(s, o, t, TG_BUCKET_EVERYONE) == TG_PHASE_TRIAL
                                    ? tg_window_open(s->windows, t, TG_BUCKET_EVERYONE)
                                    : NULL;

    return window ? window->share : 100;
}

/* A larger share only adds clients: the first to leave a trial is the last one that is in it, and
 * the first to join it is the first one that is not. */
tg_instant_t tg_phase_next_step(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t)
{
    tg_phase_t phase = tg_phase_at(s, o, t, TG_BUCKET_EVERYONE);
    int share = tg_phase_share(s, o, t);
    int last = phase == TG_PHASE_TRIAL ? share - 1 : TG_BUCKET_EVERYONE;

    do {
        tg_instant_t leaves = tg_phase_next_change(s, o, t, last, NULL);
        tg_instant_t joins = share < 100 ? tg_phase_next_change(s, o, t, share, NULL) : TG_NEVER;

        t = joins < leaves ? joins : leaves;
    } while (t != TG_NEVER && tg_phase_at(s, o, t, TG_BUCKET_EVERYONE) == phase &&
             tg_phase_share(s, o, t) == share);
    return t;
}

tg_instant_t tg_phase_rejected_for_good(const tg_schedule_t *s, const tg_override_t *o)
{
    tg_instant_t from = tg_phase_cutoff(s, o);
    const tg_interval_t *graces;
    int n;

    if (from == TG_NEVER) {
        return TG_NEVER;
    }
    graces = tg_phase_graces(s, o, &n);
    if (n > 0) {
        from = graces[n - 1].end;
    }
    if (o && o->kind == TG_OVERRIDE_SUSPEND && o->until > from) {
        from = o->until;
    }
    return from;
}

tg_instant_t tg_phase_refused_for_good(const tg_schedule_t *s, const tg_override_t *o)
{
    tg_instant_t from = tg_phase_refuse(s, o);

    return from != TG_NEVER && o && o->kind == TG_OVERRIDE_SUSPEND && o->until > from ? o->until
                                                                                      : from;
}

int tg_phase_refuse_waits(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t)
{
    return o && s->refuse != TG_NEVER && t < o->refuse_waits_until &&
           tg_phase_refuse(s, o) == o->refuse_waits_until;
}

int tg_phase_is_overridden(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t t,
                           int bucket)
{
    tg_override_t without;

    if (!o) {
        return 0;
    }
    without = *o;
    without.kind = TG_OVERRIDE_NONE;
    without.postponed_from = TG_NEVER;
    if (tg_override_active(o, t) != TG_OVERRIDE_TRIAL) { /* which may run in spite of a stop */
        without.stopped_at = without.stopped_until = TG_ALWAYS;
    }
    return tg_phase_at(s, o, t, bucket) != tg_phase_at(s, &without, t, bucket);
}
