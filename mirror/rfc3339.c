#include "mirror/rfc3339.h"

#include "bundle/err.h"

/* Exactly n digits. 0, or -1. */
static int number(const char *s, size_t n, unsigned *out)
{
        *out = 0;
        for (; n; n--, s++) {
                if (*s < '0' || *s > '9')
                        return -1;
                *out = *out * 10 + (unsigned)(*s - '0');
        }
        return 0;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
        /* Years that begin in March, so that the leap day is the last of one. */
        int64_t y = (int64_t)year - (month <= 2);
        int64_t from_march = (month + 9) % 12;

        return y * 365 + y / 4 - y / 100 + y / 400 + (from_march * 153 + 2) / 5 + day - 1 - 719468;
}

/* The part behind the seconds: a fraction and the zone. Its offset in seconds, or -1 for none. */
static int zone(const char *s, size_t len, int64_t *offset)
{
        unsigned hours, minutes;

        if (len && s[0] == '.') {
                do {
                        s++;
                        len--;
                } while (len && s[0] >= '0' && s[0] <= '9');
        }
        *offset = 0;
        if (len == 1 && (s[0] == 'Z' || s[0] == 'z'))
                return 0;
        if (len != 6 || (s[0] != '+' && s[0] != '-') || number(s + 1, 2, &hours) < 0 ||
            s[3] != ':' || number(s + 4, 2, &minutes) < 0 || hours > 23 || minutes > 59)
                return -1;
        *offset = (int64_t)(hours * 3600 + minutes * 60) * (s[0] == '-' ? -1 : 1);
        return 0;
}

int rfc3339_parse(const char *s, size_t len, int64_t *out)
{
        static const char form[] = "dddd-dd-ddTdd:dd:dd";
        static const unsigned char month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        unsigned v[6];
        const char *at = s;
        int64_t offset;

        if (len < sizeof form)
                return -1;
        for (size_t i = 0; i < sizeof form - 1; i++) {
                int digit = s[i] >= '0' && s[i] <= '9';

                if (form[i] == 'd' ? !digit : s[i] != form[i] && !(i == 10 && s[i] == ' '))
                        return -1;
        }
        for (size_t i = 0; i < 6; i++) {
                size_t n = i ? 2 : 4;

                number(at, n, &v[i]); /* digits: the form says so */
                at += n + 1;
        }
        if (v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > month_days[v[1] - 1] || v[3] > 23 ||
            v[4] > 59 || v[5] > 60 ||
            zone(s + sizeof form - 1, len - (sizeof form - 1), &offset) < 0)
                return -1;
        *out = days(v[0], v[1], v[2]) * 86400 + v[3] * 3600 + v[4] * 60 + v[5] - offset;
        return 0;
}
