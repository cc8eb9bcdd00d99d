/* Instants: RFC 3339 date-times and the proleptic Gregorian calendar in UTC. */
#include "instant.h"

#include "instant_fix.h"

#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400)
/* tg_instant_parse() replaces it. */
#define FIX ""

typedef struct {
    int year, month, day, hour, minute, second;
    int offset; /* seconds east of UTC */
} fields_t;

static int is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to a civil date. Years are counted from March, so that
 * the leap day is the last one of its year. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, fields_t *f)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;

    f->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    f->month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    f->year = (int)(year_of_era + era * 400 + (f->month <= 2 ? 1 : 0));
}

static int64_t seconds_of_day(const fields_t *f)
{
    return INT64_C(3600) * f->hour + INT64_C(60) * f->minute + f->second;
}

static void fields_from_instant(tg_instant_t t, fields_t *f)
{
    int64_t days = (t >= 0 ? t : t - (DAY - 1)) / DAY;
    int rest = (int)(t - days * DAY);

    civil_from_days(days, f);
    f->hour = rest / 3600;
    f->minute = rest / 60 % 60;
    f->second = rest % 60;
    f->offset = 0;
}

/* Reads exactly n digits. Returns what follows them, or NULL. */
static const char *read_digits(const char *s, int n, int *out)
{
    int value = 0;

    for (; n > 0; n--, s++) {
        if (*s < '0' || *s > '9') {
            return NULL;
        }
        value = value * 10 + (*s - '0');
    }
    *out = value;
    return s;
}

static const char *read_literal(const char *s, char c)
{
    return s && *s == c ? s + 1 : NULL;
}

/* full-date of RFC 3339: 2018-07-10 */
static const char *full_date(const char *s, fields_t *f)
{
    s = read_digits(s, 4, &f->year);
    s = read_literal(s, '-');
    s = s ? read_digits(s, 2, &f->month) : NULL;
    s = read_literal(s, '-');
    return s ? read_digits(s, 2, &f->day) : NULL;
}

/* partial-time of RFC 3339, without the fraction: 10:00 or 10:00:30 */
static const char *partial_time(const char *s, fields_t *f)
{
    s = read_digits(s, 2, &f->hour);
    s = read_literal(s, ':');
    s = s ? read_digits(s, 2, &f->minute) : NULL;
    f->second = 0;
    return s && *s == ':' ? read_digits(s + 1, 2, &f->second) : s;
}

/* time-offset of RFC 3339: Z or +05:30. Returns NULL for an hour or minute
 * that is out of range. */
static const char *time_offset(const char *s, fields_t *f)
{
    int hours, minutes;
    int sign = *s == '-' ? -1 : 1;

    if (*s == 'Z' || *s == 'z') {
        f->offset = 0;
        return s + 1;
    }
    if (*s != '+' && *s != '-') {
        return NULL;
    }
    s = read_digits(s + 1, 2, &hours);
    s = read_literal(s, ':');
    s = s ? read_digits(s, 2, &minutes) : NULL;
    if (!s || hours > 23 || minutes > 59) {
        return NULL;
    }
    f->offset = sign * (hours * 3600 + minutes * 60);
    return s;
}

/* Section 5.7: a leap second is the last one of a month in UTC. */
static int may_be_leap_second(tg_instant_t next)
{
    fields_t f;

    fields_from_instant(next, &f);
    return f.day == 1 && f.hour == 0 && f.minute == 0 && f.second == 0;
}

static int no_offset(int has_time, tg_fault_t *fault)
{
    return tg_fault_set(fault, FIX, "the instant has no %s, and local time is ambiguous",
                        has_time ? "offset" : "time and no offset");
}

static int check_ranges(const fields_t *f, tg_fault_t *fault)
{
    if (f->month < 1 || f->month > 12) {
        return tg_fault_set(fault, FIX, "there is no month %02d", f->month);
    }
    if (f->day < 1 || f->day > days_in_month(f->year, f->month)) {
        return tg_fault_set(fault, FIX, "%04d-%02d has no day %02d", f->year, f->month, f->day);
    }
    if (f->hour > 23 || f->minute > 59 || f->second > 60) {
        return tg_fault_set(fault, FIX, "there is no time %02d:%02d:%02d", f->hour, f->minute,
                            f->second);
    }
    return 1;
}

static int read_instant(const char *text, tg_instant_t *out, tg_fault_t *fault)
{
    fields_t f;
    tg_instant_t t;
    const char *s = full_date(text, &f);
    const char *date_end;

    if (!s) {
        return tg_fault_set(fault, FIX, "this is not a date");
    }
    if (*s == '\0') {
        return no_offset(0, fault);
    }
    if (*s != 'T' && *s != 't') {
        return tg_fault_set(fault, FIX, "a T must separate date and time");
    }
    date_end = s;
    s = partial_time(s + 1, &f);
    if (!s) {
        return tg_fault_set(fault, FIX, "the time \"%.20s\" is not hours:minutes[:seconds]",
                            date_end + 1);
    }
    if (*s == '.') {
        return tg_fault_set(fault, FIX, "schedules are exact to the second, without fractions");
    }
    if (*s == '\0') {
        return no_offset(1, fault);
    }
    date_end = s;
    s = time_offset(s, &f);
    if (!s) {
        return tg_fault_set(fault, FIX, "\"%.20s\" is not an offset", date_end);
    }
    if (*s != '\0') {
        return tg_fault_set(fault, FIX, "\"%.20s\" follows the instant", s);
    }
    if (!check_ranges(&f, fault)) {
        return 0;
    }
    t = days_from_civil(f.year, f.month, f.day) * DAY + seconds_of_day(&f) - f.offset;
    if (t < TG_INSTANT_MIN || t > TG_INSTANT_MAX) {
        return tg_fault_set(fault, FIX, "in UTC the year is outside 0000 to 9999");
    }
    if (f.second == 60 && !may_be_leap_second(t)) {
        return tg_fault_set(fault, FIX, "a leap second can only end a month in UTC");
    }
    *out = t;
    return 1;
}

int tg_instant_parse(const char *text, tg_instant_t *out, tg_fault_t *fault)
{
    if (read_instant(text, out, fault)) {
        return 1;
    }
    tg_instant_fix(text, fault->fix);
    return 0;
}

int tg_instant_is_valid(const char *text)
{
    tg_fault_t ignored;
    tg_instant_t t;

    return read_instant(text, &t, &ignored);
}

int tg_instant_fix(const char *text, char *fix)
{
    return tg_instant_fix_find(text, tg_instant_is_valid, fix);
}

int tg_instant_parse_written(const char *text, tg_instant_t *out, tg_fault_t *fault)
{
    const char *fraction = strchr(text, '.');
    size_t before = fraction ? (size_t)(fraction - text) : 0;
    size_t zeros = fraction ? strspn(fraction + 1, "0") : 0;
    char whole[2 * TG_INSTANT_STRLEN];

    /* The seconds are not optional before a fraction. */
    if (zeros == 0 || (fraction[1 + zeros] >= '1' && fraction[1 + zeros] <= '9') ||
        before != strlen("2018-07-10T09:00:00") ||
        before + strlen(fraction + 1 + zeros) >= sizeof(whole)) {
        return tg_instant_parse(text, out, fault);
    }
    snprintf(whole, sizeof(whole), "%.*s%s", (int)before, text, fraction + 1 + zeros);
    return tg_instant_parse(whole, out, fault);
}

/* Two digits, then a character. snprintf takes ten times as long, and every rejection writes
 * instants. */
static inline char *put_pair(char *s, int value, char after)
{
    unsigned number = (unsigned)value % 100;

    s[0] = (char)('0' + number / 10);
    s[1] = (char)('0' + number % 10);
    s[2] = after;
    return s + 3;
}

const char *tg_instant_format(tg_instant_t t, char *buf)
{
    fields_t f;
    char *s;

    if (t < TG_INSTANT_MIN || t > TG_INSTANT_MAX) {
        snprintf(buf, TG_INSTANT_STRLEN, "%s", t < 0 ? "always" : "never");
        return buf;
    }
    fields_from_instant(t, &f);
    (void)put_pair(buf, f.year / 100, '\0');
    s = put_pair(buf + 2, f.year, '-');
    s = put_pair(s, f.month, '-');
    s = put_pair(s, f.day, 'T');
    s = put_pair(s, f.hour, ':');
    s = put_pair(s, f.minute, ':');
    s = put_pair(s, f.second, 'Z');
    *s = '\0';
    return buf;
}

const char *tg_instant_format_http(tg_instant_t t, char *buf)
{
    static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    fields_t f;
    int64_t day;

    if (t < TG_INSTANT_MIN) {
        t = TG_INSTANT_MIN;
    }
    if (t > TG_INSTANT_MAX) {
        t = TG_INSTANT_MAX;
    }
    fields_from_instant(t, &f);
    day = (t - seconds_of_day(&f)) / DAY;
    snprintf(buf, TG_INSTANT_STRLEN, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[(day % 7 + 7) % 7],
             (unsigned)f.day % 100U, months[f.month - 1], (unsigned)f.year % 10000U,
             (unsigned)f.hour % 100U, (unsigned)f.minute % 100U, (unsigned)f.second % 100U);
    return buf;
}

const char *tg_instant_text(apr_pool_t *pool, tg_instant_t t)
{
    return tg_instant_format(t, apr_palloc(pool, TG_INSTANT_STRLEN));
}
