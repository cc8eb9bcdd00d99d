/* Schedules: see schedule.h. */
#include "schedule.h"

#include "window.h"

#include "base/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WINDOW(s, i) (&APR_ARRAY_IDX((s)->windows, i, tg_window_t))
#define GRACE(s, i) (&APR_ARRAY_IDX((s)->graces, i, tg_interval_t))

int tg_schedule_is_name(const char *name)
{
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789._-");

    return length > 0 && length <= TG_SCHEDULE_NAME_MAX && name[length] == '\0' &&
           strcasecmp(name, "off") != 0 && strcasecmp(name, "report-only") != 0;
}

const tg_date_row_t tg_schedule_dates[] = {
    { "TlsGateAnnounce", "announce", "announced", "Announced", TG_DATE_KIND_INSTANT,
      offsetof(tg_schedule_t, announce), TG_ALWAYS },
    { "TlsGateTrial", "trials", "trial", "Trial", TG_DATE_KIND_TRIALS,
      offsetof(tg_schedule_t, trials), 0 },
    { "TlsGateCutoff", "cutoff", "cutoff", "Cutoff", TG_DATE_KIND_INSTANT,
      offsetof(tg_schedule_t, cutoff), TG_NEVER },
    { "TlsGateGrace", "grace", "grace", "Grace", TG_DATE_KIND_GRACES,
      offsetof(tg_schedule_t, graces), 0 },
    { "TlsGateRefuse", "refuse", "refuse", "Refused from", TG_DATE_KIND_INSTANT,
      offsetof(tg_schedule_t, refuse), TG_NEVER },
};
TG_ROWS_ARE(tg_schedule_dates, TG_DATES);

tg_date_t tg_schedule_date_parse(const char *directive)
{
    int date = 0;

    while (date < TG_DATES && strcasecmp(tg_schedule_dates[date].directive, directive) != 0) {
        date++;
    }
    return (tg_date_t)date;
}

tg_instant_t tg_schedule_date(const tg_schedule_t *s, tg_date_t date)
{
    return *(const tg_instant_t *)(const void *)((const char *)s + tg_schedule_dates[date].offset);
}

void tg_schedule_date_set(tg_schedule_t *s, tg_date_t date, tg_instant_t t)
{
    *(tg_instant_t *)(void *)((char *)s + tg_schedule_dates[date].offset) = t;
}

tg_schedule_t *tg_schedule_create(apr_pool_t *pool, const char *name)
{
    tg_schedule_t *s = apr_pcalloc(pool, sizeof(*s));
    int date;

    s->name = name;
    for (date = 0; date < TG_DATES; date++) {
        if (tg_schedule_dates[date].kind == TG_DATE_KIND_INSTANT) {
            tg_schedule_date_set(s, (tg_date_t)date, tg_schedule_dates[date].unset);
        }
    }
    s->trials = apr_array_make(pool, 4, sizeof(tg_trial_t));
    s->graces = apr_array_make(pool, 1, sizeof(tg_interval_t));
    s->windows = apr_array_make(pool, 4, sizeof(tg_window_t));
    return s;
}

const char *tg_status_kind_name(tg_status_kind_t kind)
{
    static const char *const status_names[] = { "trial", "cutoff" };
    TG_ROWS_ARE(status_names, TG_STATUSES);

    return status_names[kind];
}

tg_instant_t tg_schedule_cutoff(const tg_schedule_t *s)
{
    return s->cutoff < s->refuse ? s->cutoff : s->refuse;
}

int tg_schedule_is_refusable(const tg_schedule_t *s)
{
    return !s->has_expr && !(s->traits & ~TG_TRAITS_HANDSHAKE);
}

/* Why it deprecates what was negotiated; the first that holds. */
static const struct {
    tg_traits_t traits;
    tg_reason_t reason;
} reasons[] = {
    { TG_TRAITS_KX, TG_REASON_KX },
    { TG_TRAITS_CLASS, TG_REASON_CLASS },
    { TG_TRAIT_KX_CLASSICAL, TG_REASON_GROUP },
};

tg_reason_t tg_schedule_reason(const tg_schedule_t *s, tg_protocol_t protocol, tg_traits_t traits)
{
    size_t i;

    if (s->traits == TG_TRAIT_ANY) {
        return TG_REASON_ANY;
    }
    if (s->traits & TG_TRAIT_PROTOCOL(protocol)) {
        return TG_REASON_PROTOCOL;
    }
    for (i = 0; i < TG_ROWS(reasons); i++) {
        if (s->traits & traits & reasons[i].traits) {
            return reasons[i].reason;
        }
    }
    return TG_REASON_EXPR;
}

tg_protocol_t tg_schedule_needed(tg_reason_t reason, tg_protocol_t protocol, tg_traits_t deprecated)
{
    switch (reason) {
    case TG_REASON_PROTOCOL:
        return tg_protocol_needed(protocol, deprecated);
    case TG_REASON_KX:
    case TG_REASON_CLASS:
        return tg_protocol_needed(TG_PROTOCOL_WITHOUT_KX, deprecated);
    case TG_REASON_GROUP: /* with TLS 1.3 it is the group alone */
        return protocol < TG_PROTOCOL_TLS1_3 ? tg_protocol_needed(TG_PROTOCOL_TLS1_3, deprecated)
                                             : TG_PROTOCOLS;
    case TG_REASON_ANY:
    case TG_REASON_EXPR:
    case TG_REASONS:
        break;
    }
    return TG_PROTOCOLS;
}

int tg_schedule_status(const tg_schedule_t *s, tg_status_kind_t kind, tg_protocol_t protocol,
                       tg_traits_t traits)
{
    tg_reason_t reason = tg_schedule_reason(s, protocol, traits);

    if (s->status[kind]) {
        return s->status[kind];
    }
    if (protocol == TG_PROTOCOL_CLEARTEXT ||
        tg_schedule_needed(reason, protocol, s->traits) == TG_PROTOCOLS) {
        return 403;
    }
    return 426;
}

static int compare_intervals(const void *a, const void *b)
{
    const tg_interval_t *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static int compare_windows(const void *a, const void *b)
{
    return compare_intervals(&((const tg_window_t *)a)->interval,
                             &((const tg_window_t *)b)->interval);
}

static void blame_instant(tg_violation_t *v, tg_date_t date, tg_instant_t t)
{
    v->directive = tg_schedule_dates[date].directive;
    tg_instant_format(t, v->value);
}

static void blame_interval(tg_violation_t *v, tg_date_t date, const tg_interval_t *interval)
{
    v->directive = tg_schedule_dates[date].directive;
    tg_interval_format(interval, v->value);
}

static int check_traits_rule(const tg_schedule_t *s, tg_violation_t *v)
{
    if (s->traits == 0 && !s->has_expr) {
        v->directive = "<TlsGateSchedule";
        snprintf(v->value, sizeof(v->value), "%s", s->name);
        return tg_fault_set(&v->fault, "add a line such as TlsGateDeprecate TLSv1 TLSv1.1",
                            "the schedule has no trait to deprecate");
    }
    return 1;
}

static int check_announce_rule(const tg_schedule_t *s, tg_violation_t *v)
{
    if (s->announce > tg_schedule_cutoff(s)) {
        blame_instant(v, TG_DATE_ANNOUNCE, s->announce);
        return tg_fault_set(&v->fault, "announce before the cutoff",
                            "it is announced after the cutoff");
    }
    return 1;
}

static int check_refuse_rule(const tg_schedule_t *s, tg_violation_t *v)
{
    if (s->refuse == TG_NEVER) {
        return 1;
    }
    blame_instant(v, TG_DATE_REFUSE, s->refuse);
    if (s->cutoff != TG_NEVER && s->refuse < s->cutoff) {
        return tg_fault_set(&v->fault, "refuse at or after TlsGateCutoff",
                            "it is before the cutoff");
    }
    if (!tg_schedule_is_refusable(s)) {
        return tg_fault_set(
            &v->fault,
            "put cleartext, unknown, any and expr= into a schedule without TlsGateRefuse",
            "only protocol versions, key exchanges and ciphers are known in the handshake, and "
            "the schedule deprecates more");
    }
    return 1;
}

static int check_trials_rule(const tg_schedule_t *s, tg_violation_t *v)
{
    tg_instant_t cutoff = tg_schedule_cutoff(s);
    int i;

    for (i = 0; i < s->windows->nelts; i++) {
        blame_interval(v, TG_DATE_TRIAL, &WINDOW(s, i)->interval);
        if (i > 0 && WINDOW(s, i)->interval.start < WINDOW(s, i - 1)->interval.end) {
            return tg_fault_set(&v->fault, "use windows that do not overlap",
                                "it overlaps the trial before it");
        }
        if (WINDOW(s, i)->interval.end > cutoff) {
            return tg_fault_set(&v->fault, "end every trial at or before the cutoff",
                                WINDOW(s, i)->interval.start >= cutoff
                                    ? "the trial is at or after the cutoff"
                                    : "the trial reaches past the cutoff");
        }
    }
    return 1;
}

static int check_graces_rule(const tg_schedule_t *s, tg_violation_t *v)
{
    tg_instant_t cutoff = tg_schedule_cutoff(s);
    int i;

    for (i = 0; i < s->graces->nelts; i++) {
        blame_interval(v, TG_DATE_GRACE, GRACE(s, i));
        if (GRACE(s, i)->start < cutoff) {
            return tg_fault_set(&v->fault, "start the grace window at or after the cutoff",
                                cutoff == TG_NEVER ? "a grace window needs a cutoff"
                                                   : "it starts before the cutoff");
        }
        if (GRACE(s, i)->end > s->refuse) {
            return tg_fault_set(&v->fault, "end the grace window at or before TlsGateRefuse",
                                "it reaches past Refuse");
        }
        if (i > 0 && GRACE(s, i)->start < GRACE(s, i - 1)->end) {
            return tg_fault_set(&v->fault, "join the two windows into one",
                                "it overlaps the grace window before it");
        }
    }
    return 1;
}

/* 1 if some version is deprecated and every newer one too. */
static int leaves_none(const tg_schedule_t *s)
{
    int p;

    for (p = TG_PROTOCOL_CLEARTEXT; p < TG_PROTOCOLS; p++) {
        if ((s->traits & TG_TRAIT_PROTOCOL(p)) &&
            tg_protocol_needed((tg_protocol_t)p, s->traits) == TG_PROTOCOLS) {
            return 1;
        }
    }
    return 0;
}

/* RFC 9110 section 15.5.22: a 426 names the protocol to upgrade to. */
static int check_status_rule(const tg_schedule_t *s, tg_violation_t *v)
{
    int kind;

    for (kind = 0; kind < TG_STATUSES; kind++) {
        if (s->status[kind] == 426 && leaves_none(s)) {
            v->directive = "TlsGateStatus";
            snprintf(v->value, sizeof(v->value), "426");
            return tg_fault_set(&v->fault, "use 410 or 403",
                                "it deprecates the newest version, so there is none to upgrade to");
        }
    }
    return 1;
}

/* Saves a walk through adjacent grace windows to find when they end. */
static void link_graces(tg_schedule_t *s)
{
    int i;

    s->grace_ends = apr_array_make(s->graces->pool, s->graces->nelts, sizeof(tg_instant_t));
    s->grace_ends->nelts = s->graces->nelts;
    for (i = s->graces->nelts - 1; i >= 0; i--) {
        int goes_on = i + 1 < s->graces->nelts && GRACE(s, i + 1)->start == GRACE(s, i)->end;

        APR_ARRAY_IDX(s->grace_ends, i, tg_instant_t) =
            goes_on ? APR_ARRAY_IDX(s->grace_ends, i + 1, tg_instant_t) : GRACE(s, i)->end;
    }
}

static int expand_windows(tg_schedule_t *s, tg_violation_t *v)
{
    int i;

    for (i = 0; i < s->trials->nelts; i++) {
        const tg_trial_t *trial = &APR_ARRAY_IDX(s->trials, i, tg_trial_t);

        s->has_share |= trial->share < 100;
        if (!tg_trial_expand(trial, s->windows, &v->fault)) {
            v->directive = tg_schedule_dates[TG_DATE_TRIAL].directive;
            tg_trial_format(trial, v->value);
            return 0;
        }
    }
    qsort(s->windows->elts, (size_t)s->windows->nelts, sizeof(tg_window_t), compare_windows);
    qsort(s->graces->elts, (size_t)s->graces->nelts, sizeof(tg_interval_t), compare_intervals);
    tg_window_link(s->windows);
    link_graces(s);
    return 1;
}

int tg_schedule_finish(tg_schedule_t *s, tg_violation_t *v)
{
    static int (*const checks[])(const tg_schedule_t *, tg_violation_t *) = {
        check_traits_rule, check_announce_rule, check_refuse_rule,
        check_trials_rule, check_graces_rule,   check_status_rule,
    };
    size_t i;

    if (!expand_windows(s, v)) {
        return 0;
    }
    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i](s, v)) {
            return 0;
        }
    }
    return 1;
}
