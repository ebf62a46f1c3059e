#include "mirror/retry.h"

#include <sys/random.h>

#include "mirror/http_date.h"

uint64_t retry_backoff_ms(uint64_t base_ms, uint64_t max_ms, unsigned tries, uint64_t random)
{
        uint64_t ceiling = base_ms;

        for (unsigned i = 1; i < tries && ceiling < max_ms; i++)
                if (__builtin_mul_overflow(ceiling, (uint64_t)2, &ceiling))
                        ceiling = max_ms;
        if (ceiling > max_ms)
                ceiling = max_ms;
        return ceiling == UINT64_MAX ? random : random % (ceiling + 1);
}

static uint64_t seconds_to_ms(uint64_t seconds, uint64_t max_ms)
{
        uint64_t ms;

        return __builtin_mul_overflow(seconds, (uint64_t)1000, &ms) || ms > max_ms ? max_ms : ms;
}

int retry_after_parse(const char *value, int64_t now, uint64_t max_ms, uint64_t *wait_ms)
{
        uint64_t seconds = 0;
        int64_t date;
        const char *p = value;

        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(seconds, (uint64_t)10, &seconds) ||
                    __builtin_add_overflow(seconds, (uint64_t)(*p - '0'), &seconds))
                        seconds = UINT64_MAX / 10; /* far beyond any max_ms; digits may go on */
        if (p != value && !*p) {
                *wait_ms = seconds_to_ms(seconds, max_ms);
                return 0;
        }
        if (http_date_parse(value, now, &date) < 0)
                return -1;
        *wait_ms = date > now ? seconds_to_ms((uint64_t)date - (uint64_t)now, max_ms) : 0;
        return 0;
}

bool retry_status(long status)
{
        switch (status) {
        case 408: /* Request Timeout */
        case 425: /* Too Early */
        case 429: /* Too Many Requests */
                return true;
        case 501: /* Not Implemented, and others that say "never" */
        case 505:
        case 506:
        case 510:
        case 511:
                return false;
        default:
                return status >= 500 && status <= 599;
        }
}

uint64_t retry_random(void)
{
        uint64_t value;

        /* Never fails for 8 bytes once the system is up; a fixed value would only lose the jitter.
         */
        if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
                value = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;
        return value;
}
