/* The guard: see guard.h. */
#include "guard.h"

#include "base/interval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIX                                                                                        \
    "write SHARE [min=COUNT] [over=DURATION] [report-only|hold]: 5% min=100 over=PT5M stops a "    \
    "trial that rejects more than 5% of at least 100 requests in five minutes, twice in a row"

/** Digits of a count. */
#define COUNT_DIGITS 9

/* `5%`, `0.5%` or `0.25%`. */
static int parse_guard_share(const char *text, uint32_t *share)
{
    size_t whole = strspn(text, "0123456789"), part = 0;
    const char *end = text + whole;
    unsigned long hundredths;

    if (whole == 0 || whole > 2) {
        return 0;
    }
    hundredths = strtoul(text, NULL, 10) * 100;
    if (*end == '.') {
        part = strspn(++end, "0123456789");
        if (part == 0 || part > 2) {
            return 0;
        }
        hundredths += strtoul(end, NULL, 10) * (part == 1 ? 10 : 1);
    }
    *share = (uint32_t)hundredths;
    return strcmp(end + part, "%") == 0 && hundredths > 0 && hundredths < TG_GUARD_WHOLE;
}

static int parse_least(const char *value, tg_guard_t *guard, tg_fault_t *fault)
{
    size_t digits = strspn(value, "0123456789");

    guard->least = digits > 0 && digits <= COUNT_DIGITS ? strtoull(value, NULL, 10) : 0;
    return (guard->least > 0 && value[digits] == '\0') ||
           tg_fault_set(fault, "write a number of requests, such as min=100",
                        "min=%.40s is not a whole number from 1 to 999999999", value);
}

static int parse_over(const char *value, tg_guard_t *guard, tg_fault_t *fault)
{
    return tg_duration_parse(value, &guard->over, fault) &&
           (guard->over >= TG_GUARD_OVER_MIN ||
            tg_fault_set(fault, "write PT10S or more, such as over=PT5M",
                         "over=%.40s is too short: numbers are collected every ten seconds",
                         value));
}

static int parse_report_only(const char *value, tg_guard_t *guard, tg_fault_t *fault)
{
    (void)value;
    (void)fault;
    guard->report_only = 1;
    return 1;
}

static int parse_hold(const char *value, tg_guard_t *guard, tg_fault_t *fault)
{
    (void)value;
    (void)fault;
    guard->holds = 1;
    return 1;
}

/* A name that ends with = is followed by a value. */
static const struct {
    const char *name;
    int (*parse)(const char *value, tg_guard_t *guard, tg_fault_t *fault);
} guard_options[] = {
    { "min=", parse_least },
    { "over=", parse_over },
    { "report-only", parse_report_only },
    { "hold", parse_hold },
};
#define GUARD_OPTIONS (sizeof(guard_options) / sizeof(guard_options[0]))

static int is_guard_option(const char *arg, const char *name)
{
    size_t length = strlen(name);

    return strncmp(arg, name, length) == 0 && (name[length - 1] == '=' || arg[length] == '\0');
}

static int parse_guard_option(const char *arg, unsigned *seen, tg_guard_t *guard, tg_fault_t *fault)
{
    size_t i = 0;

    while (i < GUARD_OPTIONS && !is_guard_option(arg, guard_options[i].name)) {
        i++;
    }
    if (i == GUARD_OPTIONS) {
        return tg_fault_set(fault, FIX, "\"%.60s\" is not an option of a guard", arg);
    }
    if (*seen & 1U << i) {
        return tg_fault_set(fault, FIX, "%s is given twice", guard_options[i].name);
    }
    *seen |= 1U << i;
    return guard_options[i].parse(arg + strlen(guard_options[i].name), guard, fault);
}

int tg_guard_parse(int argc, const char *const *argv, tg_guard_t *out, tg_fault_t *fault)
{
    tg_guard_t guard = { .least = 100, .over = 300 };
    unsigned seen = 0;
    int i;

    if (argc < 1) {
        return tg_fault_set(fault, FIX, "it has no share");
    }
    if (!parse_guard_share(argv[0], &guard.share)) {
        return tg_fault_set(fault, FIX,
                            "\"%.40s\" is not a share from 0.01%% to 99.99%%, with two digits at "
                            "most after the point",
                            argv[0]);
    }
    for (i = 1; i < argc; i++) {
        if (!parse_guard_option(argv[i], &seen, &guard, fault)) {
            return 0;
        }
    }
    if (guard.report_only && guard.holds) {
        return tg_fault_set(fault, "remove one of the two",
                            "report-only never stops a trial, so hold would have no effect");
    }
    *out = guard;
    return 1;
}

int tg_guard_withdraws(const tg_guard_t *guard, const tg_guard_trip_t *trip)
{
    return !guard->share || guard->report_only || (trip->until == TG_NEVER && !guard->holds);
}

tg_instant_t tg_guard_stop_end(const tg_guard_stop_t *stop)
{
    return stop->back && stop->back < stop->trip.until ? stop->back : stop->trip.until;
}

const char *tg_guard_share(uint32_t share, char *buf)
{
    unsigned whole = share / 100, part = share % 100;

    if (part == 0) {
        snprintf(buf, TG_GUARD_STRLEN, "%u%%", whole);
    }
    else if (part % 10 == 0) {
        snprintf(buf, TG_GUARD_STRLEN, "%u.%u%%", whole, part / 10);
    }
    else {
        snprintf(buf, TG_GUARD_STRLEN, "%u.%02u%%", whole, part);
    }
    return buf;
}

uint32_t tg_guard_met(const tg_guard_count_t *met)
{
    return met->requests && met->rejected <= met->requests
               ? (uint32_t)(met->rejected * TG_GUARD_WHOLE / met->requests)
               : 0;
}

int tg_guard_exceeds(const tg_guard_t *guard, const tg_guard_count_t *bucket)
{
    return bucket->requests >= guard->least &&
           bucket->rejected * TG_GUARD_WHOLE > bucket->requests * guard->share;
}

int tg_guard_look(tg_guard_bucket_t *bucket, const tg_guard_t *guard, tg_instant_t trial,
                  const tg_guard_count_t *counted, tg_instant_t now)
{
    tg_guard_count_t in;
    int exceeds, stops;

    if (trial == TG_NEVER) {
        memset(bucket, 0, sizeof(*bucket));
        return 0;
    }
    /* Another trial; or the clock went back, or what was counted did, with a new ledger. */
    if (bucket->trial != trial || now < bucket->begun ||
        counted->requests < bucket->start.requests || counted->rejected < bucket->start.rejected) {
        *bucket = (tg_guard_bucket_t){ .trial = trial, .begun = now, .start = *counted };
        return 0;
    }
    if (now - bucket->begun < guard->over) {
        return 0;
    }
    in.requests = counted->requests - bucket->start.requests;
    in.rejected = counted->rejected - bucket->start.rejected;
    exceeds = tg_guard_exceeds(guard, &in);
    stops = exceeds && bucket->is_second && !bucket->is_done;
    if (exceeds) {
        bucket->last = in;
    }
    bucket->begun = now;
    bucket->start = *counted;
    bucket->is_second = exceeds ? 1 : 0;
    bucket->is_done = stops || bucket->is_done ? 1 : 0;
    return stops;
}
