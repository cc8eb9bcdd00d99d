/* Reading what was meant for an instant: see instant_fix.h. */
#include "instant_fix.h"

#include <apr_lib.h>
#include <stdio.h>
#include <string.h>

#define FORM "write YYYY-MM-DDThh:mmZ for UTC, or an offset such as +01:00 instead of Z (RFC 3339)"

/* As much of an instant as the text says. */
typedef struct {
    int year, month, day;
    int has_time, hour, minute;
    int second;      /* -1: not said */
    char offset[16]; /* empty: not said */
} meant_t;

/* Reads from @p least to @p most digits. Returns what follows them, or NULL. */
static const char *some_digits(const char *s, int least, int most, int *out)
{
    int n;

    *out = 0;
    for (n = 0; s && n < most && apr_isdigit(s[n]); n++) {
        *out = *out * 10 + (s[n] - '0');
    }
    return s && n >= least && !apr_isdigit(s[n]) ? s + n : NULL;
}

/* Reads exactly @p n digits, whatever follows them. */
static const char *fixed_digits(const char *s, int n, int *out)
{
    *out = 0;
    for (; s && n > 0; n--, s++) {
        if (!apr_isdigit(*s)) {
            return NULL;
        }
        *out = *out * 10 + (*s - '0');
    }
    return s;
}

static const char *any_of(const char *s, const char *set)
{
    return s && *s && strchr(set, *s) ? s + 1 : NULL;
}

static const char *without_spaces(const char *s)
{
    return s + strspn(s, " ");
}

/* 2018-7-10, 2018/07/10 */
static const char *year_first(const char *s, meant_t *m)
{
    s = any_of(some_digits(s, 4, 4, &m->year), "-/.");
    s = any_of(some_digits(s, 1, 2, &m->month), "-/.");
    return some_digits(s, 1, 2, &m->day);
}

/* 20180710 */
static const char *digits_only(const char *s, meant_t *m)
{
    s = fixed_digits(s, 4, &m->year);
    s = fixed_digits(s, 2, &m->month);
    s = fixed_digits(s, 2, &m->day);
    return s && !apr_isdigit(*s) ? s : NULL;
}

/* 10.7.2018. With slashes the month may come first, so that is not read. */
static const char *day_first(const char *s, meant_t *m)
{
    s = any_of(some_digits(s, 1, 2, &m->day), ".");
    s = any_of(some_digits(s, 1, 2, &m->month), ".");
    return some_digits(s, 4, 4, &m->year);
}

static const char *any_date(const char *s, meant_t *m)
{
    const char *end = year_first(s, m);

    end = end ? end : digits_only(s, m);
    return end ? end : day_first(s, m);
}

/* 9:40, 09.40 */
static const char *time_with_marks(const char *s, meant_t *m)
{
    return some_digits(any_of(some_digits(s, 1, 2, &m->hour), ":.h"), 2, 2, &m->minute);
}

/* 0940, 094030 */
static const char *time_of_digits(const char *s, meant_t *m)
{
    const char *end = fixed_digits(fixed_digits(s, 2, &m->hour), 2, &m->minute);

    return end && apr_isdigit(*end) ? some_digits(end, 2, 2, &m->second) : end;
}

/* Returns @p s if no time follows. */
static const char *any_time(const char *s, meant_t *m)
{
    const char *start = s + strspn(s, "Tt ,_");
    const char *end = time_with_marks(start, m), *more;
    int second;

    end = end ? end : time_of_digits(start, m);
    if (!end || start == s) {
        m->second = -1;
        return s;
    }
    m->has_time = 1;
    more = some_digits(any_of(end, ":"), 2, 2, &second);
    if (more) {
        m->second = second;
        end = more;
    }
    more = any_of(end, ".,");
    return more ? more + strspn(more, "0123456789") : end;
}

/* +01:00, +0100, +1 */
static void any_offset(const char *s, meant_t *m)
{
    int hours, minutes = 0;
    const char *end = any_of(s, "+-");

    end = some_digits(end, 1, 2, &hours);
    if (end && *end) {
        end = some_digits(any_of(end, ":"), 2, 2, &minutes);
    }
    else if (!end) {
        end = some_digits(fixed_digits(any_of(s, "+-"), 2, &hours), 2, 2, &minutes);
    }
    if (end && !*end) {
        snprintf(m->offset, sizeof(m->offset), "%c%02d:%02d", *s, hours % 100, minutes % 100);
    }
}

/* The name of any other zone says no offset: BST has been two of them. */
static void any_zone(const char *s, meant_t *m)
{
    static const char *const utc[] = { "Z", "z", "UTC", "GMT" };
    size_t i;

    for (i = 0; i < sizeof(utc) / sizeof(utc[0]); i++) {
        if (strcmp(s, utc[i]) == 0) {
            snprintf(m->offset, sizeof(m->offset), "Z");
            return;
        }
    }
    any_offset(s, m);
}

/* 9:40 pm is not twenty to ten in the morning. */
static int is_half_day(const char *s)
{
    return apr_tolower(s[0]) != '\0' && strchr("ap", apr_tolower(s[0])) &&
           (apr_tolower(s[1]) == 'm' || s[1] == '.');
}

static int read_meant(const char *text, meant_t *m)
{
    const char *s = any_date(without_spaces(text), m);

    if (!s) {
        return 0;
    }
    s = without_spaces(any_time(s, m));
    any_zone(s, m);
    /* A number that is not understood may be the time or the offset. */
    return m->offset[0] || (!is_half_day(s) && !s[strcspn(s, "0123456789")]);
}

static void print_meant(const meant_t *m, char *buf, size_t size)
{
    int used = snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d", m->year, m->month, m->day, m->hour,
                        m->minute);

    if (m->second >= 0) {
        used += snprintf(buf + used, size - (size_t)used, ":%02d", m->second);
    }
    snprintf(buf + used, size - (size_t)used, "%s", m->offset[0] ? m->offset : "Z");
}

int tg_instant_fix_find(const char *text, int (*is_valid)(const char *text), char *fix)
{
    static const char *const more[2][2] = {
        /* by: the time is said, the offset is said */
        { " for midnight UTC, or another time, or an offset such as +01:00 instead of Z",
          " for midnight, or another time" },
        { " for UTC, or an offset such as +01:00 instead of Z", "" },
    };
    meant_t m = { .second = -1 };
    char meant[64];

    if (read_meant(text, &m)) {
        if (!m.has_time) {
            m.hour = m.minute = 0;
        }
        print_meant(&m, meant, sizeof(meant));
        if (is_valid(meant)) {
            snprintf(fix, TG_FAULT_MAX, "write %s%s", meant, more[m.has_time][m.offset[0] != '\0']);
            return 1;
        }
    }
    snprintf(fix, TG_FAULT_MAX, "%s", FORM);
    return 0;
}
