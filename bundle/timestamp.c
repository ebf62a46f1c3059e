#include "bundle/timestamp.h"

#include <errno.h>

#include "bundle/err.h"

#define YEAR_10000 253402300800

int timestamp_fits(int64_t seconds)
{
        return seconds >= 0 && seconds < YEAR_10000;
}

const char *timestamp_format(int64_t seconds, char out[TIMESTAMP_SIZE])
{
        time_t t = (time_t)seconds;
        struct tm tm;

        if (!timestamp_fits(seconds) || !gmtime_r(&t, &tm))
                memset(&tm, 0, sizeof tm);
        strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
        return out;
}

int timestamp_parse(const char *text, int64_t *seconds)
{
        struct tm tm = {0};
        char again[TIMESTAMP_SIZE];
        const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

        if (!end || *end)
                return -1;
        *seconds = (int64_t)timegm(&tm);
        /* strptime is lax (leap days, missing zeros): only our own spelling counts */
        return strcmp(timestamp_format(*seconds, again), text) == 0 ? 0 : -1;
}

int64_t timestamp_now(void)
{
        const char *text = getenv("SOURCE_DATE_EPOCH");
        char *end;
        long long value;

        if (text && *text) {
                errno = 0;
                value = strtoll(text, &end, 10);
                if (!errno && !*end && timestamp_fits(value))
                        return value;
        }
        return (int64_t)time(NULL);
}

const char *timestamp_age(int64_t seconds, char out[32])
{
        static const struct {
                int64_t size;
                const char *name;
        } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
        size_t i = 0;
        long long n;

        if (seconds < 0)
                seconds = 0;
        while (i < 3 && seconds < 2 * units[i].size)
                i++;
        n = seconds / units[i].size;
        snprintf(out, 32, "%lld %s%s", n, units[i].name, n == 1 ? "" : "s");
        return out;
}
