/* Reading the instants of logs: see time_read.h. */
#include "time_read.h"

/* `2027-04-14T09:02:00`, before the fraction and the offset. */
#define DATE_TIME_LENGTH 19

/* Reads a number of that many digits; -1 if there are fewer. */
static int digits_at(const char *at, int count)
{
    int i, number = 0;

    for (i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        number = number * 10 + at[i] - '0';
    }
    return number;
}

/* Counted from the first of March, so that a leap day is the last day of a year. */
int64_t tg_time_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && is_leap);
}

/* `Z` or `+01:00`: the seconds that it is ahead. 0: neither. */
static int read_offset(const char *at, uint32_t length, int *seconds)
{
    int hours, minutes;

    *seconds = 0;
    if (length == 1 && (*at == 'Z' || *at == 'z')) {
        return 1;
    }
    if (length != 6 || (*at != '+' && *at != '-') || at[3] != ':') {
        return 0;
    }
    hours = digits_at(at + 1, 2);
    minutes = digits_at(at + 4, 2);
    *seconds = (hours * 60 + minutes) * (*at == '-' ? -60 : 60);
    return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

int tg_time_read(tg_span_t text, int64_t *seconds)
{
    const char *at = text.at;
    int year, month, day, hour, minute, second, offset;
    uint32_t i = DATE_TIME_LENGTH;

    if (text.length <= DATE_TIME_LENGTH || at[4] != '-' || at[7] != '-' ||
        (at[10] != 'T' && at[10] != 't') || at[13] != ':' || at[16] != ':') {
        return 0;
    }
    year = digits_at(at, 4);
    month = digits_at(at + 5, 2);
    day = digits_at(at + 8, 2);
    hour = digits_at(at + 11, 2);
    minute = digits_at(at + 14, 2);
    second = digits_at(at + 17, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
        hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
        return 0;
    }
    if (at[i] == '.') {
        for (i++; i < text.length && at[i] >= '0' && at[i] <= '9'; i++) {
        }
        if (i == DATE_TIME_LENGTH + 1) {
            return 0;
        }
    }
    if (!read_offset(at + i, text.length - i, &offset)) {
        return 0;
    }
    *seconds = tg_time_days(year, month, day) * 86400 + (int64_t)hour * 3600 +
               (int64_t)minute * 60 + second - offset;
    return 1;
}
