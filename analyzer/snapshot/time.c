#include "snapshot/snapshot.h"

#include <stdio.h>
#include <string.h>

enum { SECONDS_PER_DAY = 86400 };

/*
 * Days since 1970-01-01 in the proleptic Gregorian calendar; years count from March so that the
 * leap day is the last of its year.
 * https://howardhinnant.github.io/date_algorithms.html#days_from_civil
 */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Reads exactly `digits` digits and moves on. */
static bool read_number(const char **at, int digits, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *number = *number * 10 + (**at - '0');
    }
    return true;
}

static bool read_char(const char **at, char expected)
{
    if (**at != expected)
        return false;
    (*at)++;
    return true;
}

static bool read_date(const char **at, int64_t *seconds)
{
    int year;
    int month;
    int day;
    if (!read_number(at, 4, &year) || !read_char(at, '-') || !read_number(at, 2, &month) ||
        !read_char(at, '-') || !read_number(at, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *seconds = days_from_date(year, month, day) * SECONDS_PER_DAY;
    return true;
}

/* "06:00", "06:00:00", "06:00:00.1234567": parts of a second are dropped. */
static bool read_clock(const char **at, int64_t *seconds)
{
    int hour;
    int minute;
    int second = 0;
    if (!read_number(at, 2, &hour) || !read_char(at, ':') || !read_number(at, 2, &minute))
        return false;
    if (read_char(at, ':') && !read_number(at, 2, &second))
        return false;
    if (hour > 24 || minute > 59 || second > 60)
        return false;
    if (read_char(at, '.'))
        while (**at >= '0' && **at <= '9')
            (*at)++;
    *seconds += hour * 3600 + minute * 60 + second;
    return true;
}

/* "Z", "+00:00", "-0700", "+02", or nothing, which Azure means as UTC. */
static bool read_offset(const char **at, int64_t *seconds)
{
    if (read_char(at, 'Z') || read_char(at, 'z') || !**at)
        return true;
    int sign = **at == '+' ? -1 : **at == '-' ? 1 : 0;
    int hour;
    int minute = 0;
    (*at)++;
    if (!sign || !read_number(at, 2, &hour))
        return false;
    read_char(at, ':');
    if (**at && !read_number(at, 2, &minute))
        return false;
    if (hour > 14 || minute > 59)
        return false;
    *seconds += sign * (hour * 3600 + minute * 60);
    return true;
}

bool time_parse(const char *text, int64_t *seconds)
{
    if (!text)
        return false;
    const char *at = text;
    int64_t result = 0;
    if (!read_date(&at, &result))
        return false;
    if (*at == 'T' || *at == 't' || *at == ' ') {
        at++;
        if (!read_clock(&at, &result) || !read_offset(&at, &result))
            return false;
    }
    if (*at)
        return false;
    *seconds = result;
    return true;
}

void time_format(int64_t seconds, char text[32])
{
    if (seconds == TIME_NONE) {
        text[0] = 0;
        return;
    }
    int64_t days = seconds / SECONDS_PER_DAY;
    int64_t rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    int64_t year;
    int month;
    int day;
    date_from_days(days, &year, &month, &day);
    snprintf(text, 32, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)year, month, day,
             (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}
