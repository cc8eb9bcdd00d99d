/* Times of foreign logs: see log_time.h. */
#include "log_time.h"

#include "base/rows.h"
#include "format/time_read.h"

#include <string.h>

#define DAY_SECONDS 86400

/* What was read so far. -1: not yet. */
typedef struct {
    const char *at, *end;
    int year, month, day, hour, minute, second;
    int has_offset, offset;
    int64_t unix_time;
} moment_t;

static const moment_t moment_unread = { .year = -1,
                                        .month = -1,
                                        .day = -1,
                                        .hour = -1,
                                        .minute = -1,
                                        .second = -1,
                                        .unix_time = INT64_MIN };

static int take_digits(moment_t *m, int count, int *out)
{
    int i, number = 0;

    for (i = 0; i < count; i++) {
        if (m->at + i >= m->end || m->at[i] < '0' || m->at[i] > '9') {
            return 0;
        }
        number = number * 10 + m->at[i] - '0';
    }
    m->at += count;
    *out = number;
    return 1;
}

static int take_month(moment_t *m)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t i;

    for (i = 0; m->end - m->at >= 3 && i < sizeof(months) - 1; i += 3) {
        if (memcmp(m->at, months + i, 3) == 0) {
            m->at += 3;
            m->month = (int)(i / 3) + 1;
            return 1;
        }
    }
    return 0;
}

/* `+0100`, `+01:00` or `Z`. */
static int take_offset(moment_t *m)
{
    int hours, minutes, sign;

    m->has_offset = 1;
    m->offset = 0;
    if (m->at < m->end && *m->at == 'Z') {
        m->at++;
        return 1;
    }
    if (m->at >= m->end || (*m->at != '+' && *m->at != '-')) {
        return 0;
    }
    sign = *m->at++ == '-' ? -60 : 60;
    if (!take_digits(m, 2, &hours)) {
        return 0;
    }
    m->at += m->at < m->end && *m->at == ':';
    if (!take_digits(m, 2, &minutes) || hours > 23 || minutes > 59) {
        return 0;
    }
    m->offset = sign * (hours * 60 + minutes);
    return 1;
}

static int take_unix_time(moment_t *m)
{
    int64_t number = 0;
    const char *from = m->at;

    while (m->at < m->end && *m->at >= '0' && *m->at <= '9' && m->at - from < 18) {
        number = number * 10 + *m->at++ - '0';
    }
    m->unix_time = number;
    return m->at > from;
}

/* Each conversion of strftime() that tells something, and has one form in every language. */
static int take_conversion(moment_t *m, char c)
{
    const struct {
        char letter;
        int digits, *out;
    } numbers[] = {
        { 'Y', 4, &m->year }, { 'm', 2, &m->month },  { 'd', 2, &m->day },
        { 'H', 2, &m->hour }, { 'M', 2, &m->minute }, { 'S', 2, &m->second },
    };
    size_t i;

    for (i = 0; i < TG_ROWS(numbers); i++) {
        if (numbers[i].letter == c) {
            return take_digits(m, numbers[i].digits, numbers[i].out);
        }
    }
    return c == 'b' ? take_month(m) : c == 'z' ? take_offset(m) : take_unix_time(m);
}

static const struct {
    char letter;
    const char *meaning;
} short_forms[] = { { 'T', "%H:%M:%S" }, { 'F', "%Y-%m-%d" } };

static int take_pattern(moment_t *m, const char *pattern)
{
    for (; *pattern; pattern++) {
        size_t i;
        const char *meaning = NULL;

        if (*pattern != '%' || pattern[1] == '%') {
            pattern += *pattern == '%';
            if (m->at >= m->end || *m->at++ != *pattern) {
                return 0;
            }
            continue;
        }
        pattern++;
        for (i = 0; i < TG_ROWS(short_forms); i++) {
            meaning = short_forms[i].letter == *pattern ? short_forms[i].meaning : meaning;
        }
        if (meaning ? !take_pattern(m, meaning) : !take_conversion(m, *pattern)) {
            return 0;
        }
    }
    return 1;
}

static int days_of(int year, int month)
{
    return (int)(tg_time_days(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
                 tg_time_days(year, month, 1));
}

static int moment_end(const moment_t *m, int offset, int64_t *out)
{
    if (m->at != m->end) {
        return 0;
    }
    if (m->unix_time != INT64_MIN) {
        *out = m->unix_time;
        return 1;
    }
    if (m->year < 0 || m->month < 1 || m->month > 12 || m->day < 1 ||
        m->day > days_of(m->year, m->month) || m->hour < 0 || m->hour > 23 || m->minute < 0 ||
        m->minute > 59 || m->second < 0 || m->second > 60) {
        return 0;
    }
    *out = tg_time_days(m->year, m->month, m->day) * DAY_SECONDS + INT64_C(3600) * m->hour +
           INT64_C(60) * m->minute + m->second - (m->has_offset ? m->offset : offset);
    return 1;
}

static moment_t moment_of(tg_span_t text)
{
    moment_t m = moment_unread;

    m.at = text.at;
    m.end = text.at + text.length;
    return m;
}

/* A fraction of a second is passed over. */
static void pass_fraction(moment_t *m)
{
    if (m->at < m->end && *m->at == '.') {
        for (m->at++; m->at < m->end && *m->at >= '0' && *m->at <= '9'; m->at++) {
        }
    }
}

static int read_clf(const tg_log_value_t *value, tg_span_t text, int offset, int64_t *out)
{
    moment_t m = moment_of(text);

    (void)value;
    if (!take_pattern(&m, "%d/%b/%Y:%T")) {
        return 0;
    }
    pass_fraction(&m);
    return (m.at == m.end || take_pattern(&m, " %z")) && moment_end(&m, offset, out);
}

static int read_rfc3339(const tg_log_value_t *value, tg_span_t text, int offset, int64_t *out)
{
    (void)value, (void)offset;
    return tg_time_read(text, out);
}

/* Seconds have ten digits until the year 2286, and each finer unit three more. */
static int read_unix(const tg_log_value_t *value, tg_span_t text, int offset, int64_t *out)
{
    moment_t m = moment_of(text);
    int64_t number = 0;
    int digits = 0;

    (void)value, (void)offset;
    for (; m.at < m.end && *m.at >= '0' && *m.at <= '9' && digits < 19; m.at++, digits++) {
        if (digits < 18) {
            number = number * 10 + *m.at - '0';
        }
    }
    pass_fraction(&m);
    if (digits == 0 || m.at != m.end) {
        return 0;
    }
    for (digits = digits > 18 ? 18 : digits; digits > 10; digits -= digits > 12 ? 3 : 1) {
        number /= digits > 12 ? 1000 : 10;
    }
    *out = number;
    return 1;
}

static int read_pattern(const tg_log_value_t *value, tg_span_t text, int offset, int64_t *out)
{
    moment_t m = moment_of(text);

    return take_pattern(&m, value->pattern) && moment_end(&m, offset, out);
}

static int (*const forms[])(const tg_log_value_t *value, tg_span_t text, int offset,
                            int64_t *out) = { read_clf, read_rfc3339, read_unix, read_pattern };
TG_ROWS_ARE(forms, TG_LOG_TIME_FORMS);

int tg_log_time(const tg_log_value_t *value, tg_span_t text, int offset, int64_t *out)
{
    return forms[value->form](value, text, offset, out);
}

int tg_log_date(tg_span_t text, int64_t *out)
{
    moment_t m = moment_of(text);

    m.hour = m.minute = m.second = 0;
    return take_pattern(&m, "%F") && moment_end(&m, 0, out);
}

int tg_log_clock(tg_span_t text, int64_t *out)
{
    moment_t m = moment_of(text);

    m.year = 1970;
    m.month = m.day = 1;
    return take_pattern(&m, "%T") && moment_end(&m, 0, out);
}

int tg_log_time_offset(tg_span_t text, int *seconds)
{
    moment_t m = moment_of(text);

    if (!take_offset(&m) || m.at != m.end) {
        return 0;
    }
    *seconds = m.offset;
    return 1;
}

int tg_log_time_is_pattern(const char *pattern)
{
    static const char known[] = "YmdHMSbzsTF%";
    int day = 0, clock = 0;

    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            continue;
        }
        pattern++;
        if (!*pattern || !strchr(known, *pattern)) {
            return 0;
        }
        day += *pattern == 'F' ? 3 : strchr("Ymbd", *pattern) != NULL;
        clock += *pattern == 'T' ? 3 : strchr("HMS", *pattern) != NULL;
        if (*pattern == 's') {
            return 1;
        }
    }
    return day == 3 && clock == 3;
}
