#include "mirror/http_date.h"

#include "bundle/err.h"

/* strftime and strptime follow the locale; HTTP does not. */
static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

#define LAST_SECOND ((time_t)253402300799) /* of the year 9999 */

void http_date_format(char out[HTTP_DATE_SIZE], time_t when)
{
        struct tm tm = {0};

        when = when < 0 ? 0 : when > LAST_SECOND ? LAST_SECOND : when;
        gmtime_r(&when, &tm);
        snprintf(out, HTTP_DATE_SIZE, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
            days + 3 * tm.tm_wday, (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon,
            (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
            (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

static int two_digits(const char *p)
{
        if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
                return -1;
        return (p[0] - '0') * 10 + (p[1] - '0');
}

static int month_of(const char *p)
{
        for (int i = 0; i < 12; i++)
                if (memcmp(p, months + 3 * i, 3) == 0)
                        return i;
        return -1;
}

int http_date_parse(const char *text, time_t *when)
{
        char again[HTTP_DATE_SIZE];
        int century, year;
        struct tm tm = {0};

        if (strlen(text) != HTTP_DATE_SIZE - 1)
                return -1;
        century = two_digits(text + 12);
        year = two_digits(text + 14);
        tm.tm_mday = two_digits(text + 5);
        tm.tm_mon = month_of(text + 8);
        tm.tm_hour = two_digits(text + 17);
        tm.tm_min = two_digits(text + 20);
        tm.tm_sec = two_digits(text + 23);
        if (century < 0 || year < 0 || tm.tm_mday < 0 || tm.tm_mon < 0 || tm.tm_hour < 0 ||
            tm.tm_min < 0 || tm.tm_sec < 0)
                return -1;
        tm.tm_year = century * 100 + year - 1900;
        *when = timegm(&tm);
        /* One comparison checks the punctuation, the weekday and every field's range. */
        http_date_format(again, *when);
        return strcmp(text, again) == 0 ? 0 : -1;
}
