#include "mirror/http_date.h"

#include <stdbool.h>
#include <stddef.h>
#include <strings.h>

#define DAY ((int64_t)86400)

static const char *const months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct date {
        unsigned year, month, day, hour, minute, second; /* month 1 to 12 */
};

/* Days from 1970-01-01 in the Gregorian calendar, for year >= 1. */
static int64_t days_from_civil(const struct date *d)
{
        int64_t y =
            (int64_t)d->year - (d->month <= 2); /* a year from March on: the leap day is last */
        int64_t era = y / 400, of_era = y % 400;
        int64_t of_year =
            (153 * ((int64_t)d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;

        return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool exists(const struct date *d)
{
        static const unsigned char length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
        unsigned last;

        if (d->year < 1 || d->month < 1 || d->month > 12)
                return false;
        last = length[d->month - 1] + (d->month == 2 && leap ? 1u : 0u);
        return d->day >= 1 && d->day <= last && d->hour < 24 && d->minute < 60 && d->second <= 60;
}

/* Exactly `count` digits. */
static bool digits(const char **p, unsigned count, unsigned *value)
{
        *value = 0;
        for (unsigned i = 0; i < count; i++, ++*p) {
                if (**p < '0' || **p > '9')
                        return false;
                *value = *value * 10 + (unsigned)(**p - '0');
        }
        return true;
}

static bool word(const char **p, const char *text)
{
        size_t len = strlen(text);

        if (strncmp(*p, text, len) != 0)
                return false;
        *p += len;
        return true;
}

static bool month(const char **p, unsigned *value)
{
        for (unsigned i = 0; i < 12; i++)
                if (!strncasecmp(*p, months[i], 3)) {
                        *p += 3;
                        *value = i + 1;
                        return true;
                }
        return false;
}

static bool clock_time(const char **p, struct date *d)
{
        return digits(p, 2, &d->hour) && word(p, ":") && digits(p, 2, &d->minute) && word(p, ":") &&
               digits(p, 2, &d->second);
}

/* After "Sun, ": "06 Nov 1994 08:49:37 GMT" */
static bool imf_fixdate(const char *p, struct date *d)
{
        return digits(&p, 2, &d->day) && word(&p, " ") && month(&p, &d->month) && word(&p, " ") &&
               digits(&p, 4, &d->year) && word(&p, " ") && clock_time(&p, d) && word(&p, " GMT") &&
               !*p;
}

/* After "Sunday, ": "06-Nov-94 08:49:37 GMT" */
static bool rfc850(const char *p, struct date *d, bool *short_year)
{
        *short_year = true;
        return digits(&p, 2, &d->day) && word(&p, "-") && month(&p, &d->month) && word(&p, "-") &&
               digits(&p, 2, &d->year) && word(&p, " ") && clock_time(&p, d) && word(&p, " GMT") &&
               !*p;
}

/* After "Sun ": "Nov  6 08:49:37 1994" */
static bool ansi_c(const char *p, struct date *d)
{
        if (!month(&p, &d->month) || !word(&p, " "))
                return false;
        if (word(&p, " ") ? !digits(&p, 1, &d->day) : !digits(&p, 2, &d->day))
                return false;
        return word(&p, " ") && clock_time(&p, d) && word(&p, " ") && digits(&p, 4, &d->year) &&
               !*p;
}

int http_date_parse(const char *text, int64_t now, int64_t *seconds)
{
        struct date d = {0};
        const char *comma = strchr(text, ',');
        bool short_year = false, ok;
        int64_t t;

        /* The name of the day says nothing that the date does not: it is not compared. */
        if (comma)
                ok = comma[1] == ' ' &&
                     (imf_fixdate(comma + 2, &d) || rfc850(comma + 2, &d, &short_year));
        else
                ok = strlen(text) > 4 && text[3] == ' ' && ansi_c(text + 4, &d);
        if (!ok)
                return -1;
        if (short_year) {
                d.year += (unsigned)(1970 + now / (365 * DAY)) / 100 * 100;
                if (!exists(&d))
                        return -1;
                if (days_from_civil(&d) * DAY > now + 50 * 365 * DAY)
                        d.year -= 100;
        }
        if (!exists(&d))
                return -1;
        t = days_from_civil(&d) * DAY;
        *seconds = t + (int64_t)d.hour * 3600 + (int64_t)d.minute * 60 + (int64_t)d.second;
        return 0;
}

void http_date_format(int64_t seconds, char out[HTTP_DATE_SIZE])
{
        time_t t = (time_t)seconds;
        struct tm tm;

        /* strftime would use the locale's names. */
        gmtime_r(&t, &tm);
        snprintf(out, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT",
            days[(unsigned)tm.tm_wday % 7], (unsigned)tm.tm_mday % 100,
            months[(unsigned)tm.tm_mon % 12], (unsigned)(tm.tm_year + 1900) % 10000,
            (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}
