/* Intervals and durations: see interval.h. */
#include "interval.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#define DURATION_FIX                                                                               \
    "write a duration in weeks or in days, hours, minutes and seconds, such as P2W, PT1H or "      \
    "P1DT12H30M"
#define INTERVAL_FORM "write start/end or start/duration"

/* No duration is longer than the calendar; the bound keeps sums from overflowing. */
#define DURATION_MAX (TG_INSTANT_MAX - TG_INSTANT_MIN)

typedef struct {
    char letter;
    int in_time; /* follows the T */
    int64_t seconds;
} unit_t;

/* In the order in which they may appear. */
static const unit_t units[] = {
    { 'W', 0, 604800 }, { 'D', 0, 86400 }, { 'H', 1, 3600 }, { 'M', 1, 60 }, { 'S', 1, 1 },
};
#define UNITS ((int)(sizeof(units) / sizeof(units[0])))

/* Reads "10M" into *total. *next is the first unit that may still come. A sum that is too long
 * stays at DURATION_MAX + 1: the text may yet be no duration. */
static const char *read_component(const char *s, int in_time, int *next, int64_t *total)
{
    int64_t n = 0;
    const char *start = s;

    for (; *s >= '0' && *s <= '9'; s++) {
        n = n > DURATION_MAX / 10 ? DURATION_MAX + 1 : n * 10 + (*s - '0');
    }
    for (; s > start && *next < UNITS; (*next)++) {
        const unit_t *unit = &units[*next];

        if (unit->letter == *s && unit->in_time == in_time) {
            (*next)++;
            *total = *total > DURATION_MAX || n > (DURATION_MAX - *total) / unit->seconds
                         ? DURATION_MAX + 1
                         : *total + n * unit->seconds;
            return s + 1;
        }
    }
    return NULL;
}

static int is_calendar_unit(const char *text)
{
    size_t date_part = strcspn(text, "T");

    return memchr(text, 'Y', date_part) || memchr(text, 'M', date_part);
}

int tg_duration_from_letters(const char *text, char *iso)
{
    size_t used = 1;
    int in_time = 0;

    iso[0] = 'P';
    while (*text && used + strlen(text) + 2 < TG_DURATION_STRLEN) {
        size_t n = strspn(text, "0123456789");

        if (n == 0 || !text[n] || !strchr("wdhms", text[n])) {
            return 0;
        }
        if (strchr("hms", text[n]) && !in_time) {
            in_time = 1;
            iso[used++] = 'T';
        }
        memcpy(iso + used, text, n);
        used += n;
        iso[used++] = (char)apr_toupper(text[n]);
        text += n + 1;
    }
    iso[used] = '\0';
    return used > 1 && !*text;
}

static int is_not_a_duration(const char *text, tg_fault_t *fault)
{
    char fix[TG_FAULT_MAX] = DURATION_FIX, iso[TG_DURATION_STRLEN];

    if (tg_duration_from_letters(text, iso)) {
        snprintf(fix, sizeof(fix), "write %s", iso);
    }
    return tg_fault_set(fault, fix, "\"%.40s\" is not a duration", text);
}

int tg_duration_parse(const char *text, int64_t *seconds, tg_fault_t *fault)
{
    const char *s = text;
    int64_t total = 0;
    int in_time = 0, next = 0;

    if (*s++ != 'P') {
        return is_not_a_duration(text, fault);
    }
    if (is_calendar_unit(text)) {
        return tg_fault_set(fault, DURATION_FIX, "months and years differ in length");
    }
    do {
        if (*s == 'T' && !in_time) {
            in_time = 1;
            s++;
        }
        s = read_component(s, in_time, &next, &total);
        if (!s || (next == 1 && *s != '\0')) { /* ISO 8601: weeks cannot be combined */
            return is_not_a_duration(text, fault);
        }
    } while (*s != '\0');
    if (total > DURATION_MAX) {
        return tg_fault_set(fault, DURATION_FIX,
                            "\"%.40s\" is longer than the calendar, which ends with the year 9999",
                            text);
    }
    if (total == 0) {
        return tg_fault_set(fault, DURATION_FIX, "a duration of zero is empty");
    }
    *seconds = total;
    return 1;
}

const char *tg_duration_format(int64_t seconds, char *buf)
{
    size_t used = (size_t)snprintf(buf, TG_DURATION_STRLEN, "P");
    int in_time = 0, i;

    for (i = 1; i < UNITS; i++) { /* from days on: weeks cannot be combined */
        int64_t n = seconds / units[i].seconds;

        if (n > 0) {
            used += (size_t)snprintf(buf + used, TG_DURATION_STRLEN - used, "%s%lld%c",
                                     units[i].in_time && !in_time ? "T" : "", (long long)n,
                                     units[i].letter);
            in_time = units[i].in_time;
            seconds %= units[i].seconds;
        }
    }
    return buf;
}

/* With the start that was written, if there is one. */
static int is_not_an_interval(const char *start, tg_fault_t *fault, const char *reason)
{
    char fix[TG_FAULT_MAX] = INTERVAL_FORM;

    if (tg_instant_is_valid(start)) {
        snprintf(fix, sizeof(fix), INTERVAL_FORM ": %s/PT1H is one hour", start);
    }
    return tg_fault_set(fault, fix, "%s", reason);
}

int tg_interval_parse(const char *text, tg_interval_t *out, tg_fault_t *fault)
{
    char first[64];
    const char *slash = strchr(text, '/');
    tg_interval_t interval;
    int64_t length;

    if (!slash || (size_t)(slash - text) >= sizeof(first)) {
        return is_not_an_interval(text, fault, "this is not an interval");
    }
    memcpy(first, text, (size_t)(slash - text));
    first[slash - text] = '\0';
    if (!tg_instant_parse(first, &interval.start, fault)) {
        return 0;
    }
    if (slash[1] == 'P') {
        if (!tg_duration_parse(slash + 1, &length, fault)) {
            return 0;
        }
        if (length > TG_INSTANT_MAX - interval.start) {
            return is_not_an_interval(first, fault, "it ends after the year 9999");
        }
        interval.end = interval.start + length;
    }
    else if (!strchr(slash + 1, '-')) {
        char reason[TG_FAULT_MAX];

        snprintf(reason, sizeof(reason), "\"%.40s\" is neither an instant nor a duration",
                 slash + 1);
        return is_not_an_interval(first, fault, reason);
    }
    else if (!tg_instant_parse(slash + 1, &interval.end, fault)) {
        return 0;
    }
    if (interval.end == interval.start) {
        return is_not_an_interval(first, fault, "the window is empty: it ends at its start");
    }
    if (interval.end < interval.start) {
        return is_not_an_interval(first, fault, "the window ends before its start");
    }
    *out = interval;
    return 1;
}

int tg_interval_has(const tg_interval_t *interval, tg_instant_t t)
{
    return interval->start <= t && t < interval->end;
}

const char *tg_interval_format(const tg_interval_t *interval, char *buf)
{
    char start[TG_INSTANT_STRLEN], end[TG_INSTANT_STRLEN];

    snprintf(buf, TG_INTERVAL_STRLEN, "%s/%s", tg_instant_format(interval->start, start),
             tg_instant_format(interval->end, end));
    return buf;
}

const char *tg_interval_text(apr_pool_t *pool, const tg_interval_t *interval)
{
    return apr_pstrcat(pool, tg_instant_text(pool, interval->start), " to ",
                       tg_instant_text(pool, interval->end), NULL);
}
