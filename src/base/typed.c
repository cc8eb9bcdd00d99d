/* Times as people type them: see typed.h. */
#include "typed.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400)

/** Room for a date, a T, a time and an offset. */
#define TEXT_MAX 64

/* --- instants --- */

/* From the day of the offset that is now. */
static const struct {
    const char *word;
    int days;
} days_by_name[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 } };

#define ANY_DAY 2

/* What follows the name of a day and spaces; @p days: which day, or ANY_DAY. */
static const char *after_day(const char *text, int *days)
{
    size_t i;

    *days = ANY_DAY;
    for (i = 0; i < sizeof(days_by_name) / sizeof(days_by_name[0]); i++) {
        size_t n = strlen(days_by_name[i].word);

        if (strncmp(text, days_by_name[i].word, n) == 0 && (text[n] == ' ' || text[n] == '\0')) {
            *days = days_by_name[i].days;
            return text + n + strspn(text + n, " ");
        }
    }
    return text;
}

/* `9:40`, `09:40:30`: its length, or 0. */
static size_t time_length(const char *text)
{
    size_t n = strspn(text, "0123456789:");

    return n >= 4 && n <= 8 && apr_isdigit(text[0]) && (text[1] == ':' || text[2] == ':') ? n : 0;
}

static tg_instant_t day_floor(tg_instant_t t)
{
    tg_instant_t rest = t % DAY;

    return t - (rest < 0 ? rest + DAY : rest);
}

/* A time and an offset on the day of UTC that @p midnight begins. */
static int time_on_day(tg_instant_t midnight, const char *time, const char *offset,
                       tg_instant_t *out, tg_fault_t *fault)
{
    char date[TG_INSTANT_STRLEN], text[TEXT_MAX];
    int n = snprintf(text, sizeof(text), "%.11s%s%s%s", tg_instant_format(midnight, date),
                     time[1] == ':' ? "0" : "", time, offset);

    return n < (int)sizeof(text)
               ? tg_instant_parse(text, out, fault)
               : tg_fault_set(fault, "write a time and an offset such as 17:45Z", "it is too long");
}

/* The day of @p now where the offset is, in days from the one in UTC. */
static int days_from_utc(tg_instant_t now, const char *offset)
{
    tg_instant_t midnight = day_floor(now), there = midnight;
    tg_fault_t ignored;

    time_on_day(midnight, "00:00", offset, &there, &ignored);
    return (int)((day_floor(now + midnight - there) - midnight) / DAY);
}

static int day_and_time(const char *time, const char *offset, int days, tg_instant_t now,
                        tg_typed_side_t side, tg_instant_t *out, tg_fault_t *fault)
{
    tg_instant_t t;

    if (!time_on_day(day_floor(now), time, offset, &t, fault)) {
        return 0;
    }
    if (days != ANY_DAY) {
        t += DAY * (days + days_from_utc(now, offset));
    }
    else {
        tg_instant_t past = (now - t) % DAY;

        past += past < 0 ? DAY : 0;
        t = side == TG_TYPED_LAST ? now - past : now - past + DAY;
    }
    *out = t;
    return 1;
}

static int no_time(tg_instant_t now, const char *text, tg_fault_t *fault)
{
    char fix[TG_FAULT_MAX], date[TG_INSTANT_STRLEN];

    snprintf(fix, sizeof(fix), "write 17:45Z, tomorrow 09:00Z or %.10sT09:00Z",
             tg_instant_format(now + DAY, date));
    return tg_fault_set(fault, fix, "\"%.40s\" is neither a time nor a date", text);
}

static int no_time_offset(const char *text, size_t length, const char *rest, tg_fault_t *fault)
{
    char fix[TG_FAULT_MAX];

    snprintf(fix, sizeof(fix), "write %.*sZ for UTC, or an offset such as +01:00 instead of Z",
             (int)length, text);
    return *rest ? tg_fault_set(fault, fix, "\"%.20s\" is not an offset", rest)
                 : tg_fault_set(fault, fix, "the time has no offset, and local time is ambiguous");
}

int tg_typed_instant(const char *text, tg_instant_t now, tg_typed_side_t side, tg_instant_t *out,
                     tg_fault_t *fault)
{
    char time[16];
    int days;
    const char *start = after_day(text, &days), *offset;
    size_t length = time_length(start);

    if (length == 0) {
        /* A date is answered with that date. */
        return tg_instant_parse(text, out, fault) ||
               (days == ANY_DAY && tg_instant_fix(text, fault->fix) ? 0
                                                                    : no_time(now, text, fault));
    }
    offset = start + length;
    apr_cpystrn(time, start, length + 1);
    if (!time_on_day(day_floor(now), time, "Z", &(tg_instant_t){ 0 }, fault)) {
        return no_time(now, text, fault);
    }
    return day_and_time(time, offset, days, now, side, out, fault) ||
           no_time_offset(text, (size_t)(offset - text), offset + strspn(offset, " "), fault);
}

/* --- durations --- */

#define DURATION_FIX "write 2h, 90m, 3d or 2w, or a duration of ISO 8601 such as PT2H"

/* What people write for a unit, and its letter; NULL: it has no fixed length. The first row that
 * fits counts. */
static const struct {
    const char *begins, *letter;
} units_by_name[] = {
    { "mo", NULL }, { "y", NULL }, { "w", "w" }, { "d", "d" },
    { "h", "h" },   { "m", "m" },  { "s", "s" },
};

static int begins_with(const char *text, const char *begin)
{
    for (; *begin && apr_tolower(*text) == *begin; text++, begin++) {
    }
    return !*begin;
}

/* One number and something that may be a unit. */
static int wrong_unit(const char *text, tg_fault_t *fault)
{
    int n = (int)strspn(text, "0123456789");
    const char *unit = text + n + strspn(text + n, " ");
    char fix[TG_FAULT_MAX];
    size_t i;

    if (n == 0 || n > 9 || unit[strcspn(unit, "0123456789")]) {
        return tg_fault_set(fault, DURATION_FIX, "\"%.40s\" is not a duration", text);
    }
    if (!*unit) {
        snprintf(fix, sizeof(fix), "write %.*sh for hours, %.*sm for minutes or %.*sd for days", n,
                 text, n, text, n, text);
        return tg_fault_set(fault, fix, "\"%.40s\" has no unit", text);
    }
    for (i = 0; i < sizeof(units_by_name) / sizeof(units_by_name[0]); i++) {
        if (begins_with(unit, units_by_name[i].begins)) {
            break;
        }
    }
    if (i == sizeof(units_by_name) / sizeof(units_by_name[0])) {
        return tg_fault_set(fault, DURATION_FIX, "\"%.40s\" has an unknown unit", text);
    }
    if (!units_by_name[i].letter) {
        return tg_fault_set(fault, "write days or weeks, such as 30d or 4w",
                            "months and years differ in length");
    }
    snprintf(fix, sizeof(fix), "write %.*s%s", n, text, units_by_name[i].letter);
    return tg_fault_set(fault, fix, "\"%.40s\" is not a duration", text);
}

int tg_typed_duration(const char *text, int64_t *seconds, tg_fault_t *fault)
{
    char iso[TG_DURATION_STRLEN];
    tg_fault_t why;

    if (*text == 'P') {
        return tg_duration_parse(text, seconds, fault);
    }
    if (tg_duration_from_letters(text, iso)) {
        return tg_duration_parse(iso, seconds, &why) ||
               tg_fault_set(fault, DURATION_FIX, "\"%.40s\": %s", text, why.reason);
    }
    return wrong_unit(text, fault);
}
