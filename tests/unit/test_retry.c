#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/retry.h"

#define NOW ((int64_t)784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */

static void backs_off_within_doubling_bounds(void **state)
{
        (void)state;
        for (unsigned tries = 1; tries <= 6; tries++) {
                uint64_t bound = (uint64_t)100 << (tries - 1);

                if (bound > 1000)
                        bound = 1000;
                assert_int_equal(retry_backoff_ms(100, 1000, tries, 0), 0);
                assert_int_equal(retry_backoff_ms(100, 1000, tries, bound), bound);
                assert_int_equal(retry_backoff_ms(100, 1000, tries, bound + 1), 0);
        }
        assert_int_equal(retry_backoff_ms(100, 1000, UINT32_MAX, 1000), 1000);
        assert_int_equal(retry_backoff_ms(5000, 1000, 1, 1000), 1000);
        assert_int_equal(retry_backoff_ms(0, 1000, 40, 12345), 0);
        assert_int_equal(retry_backoff_ms(1, UINT64_MAX, 200, 12345), 12345);
}

static void spreads_over_the_whole_bound(void **state)
{
        uint64_t lowest = UINT64_MAX, highest = 0;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                uint64_t wait = retry_backoff_ms(1000, 60000, 3, retry_random());

                assert_true(wait <= 4000);
                lowest = wait < lowest ? wait : lowest;
                highest = wait > highest ? wait : highest;
        }
        assert_true(lowest < 400);
        assert_true(highest > 3600);
}

static uint64_t wait_of(const char *value)
{
        uint64_t wait = UINT64_MAX;

        if (retry_after_parse(value, NOW, 300000, &wait) < 0)
                assert_int_equal(wait, UINT64_MAX); /* untouched */
        return wait;
}

static void reads_seconds(void **state)
{
        (void)state;
        assert_int_equal(wait_of("0"), 0);
        assert_int_equal(wait_of("7"), 7000);
        assert_int_equal(wait_of("0007"), 7000);
        assert_int_equal(wait_of("300"), 300000);
        assert_int_equal(wait_of("301"), 300000);
        assert_int_equal(wait_of("18446744073709551615"), 300000);
        assert_int_equal(wait_of("18446744073709551616"), 300000);
        assert_int_equal(wait_of("99999999999999999999999999999999999999"), 300000);
}

static void reads_dates(void **state)
{
        (void)state;
        assert_int_equal(wait_of("Sun, 06 Nov 1994 08:49:47 GMT"), 10000);
        assert_int_equal(wait_of("Sunday, 06-Nov-94 08:49:47 GMT"), 10000);
        assert_int_equal(wait_of("Sun Nov  6 08:49:47 1994"), 10000);
        assert_int_equal(wait_of("Sun, 06 Nov 1994 08:49:36 GMT"), 0);
        assert_int_equal(wait_of("Fri, 31 Dec 9999 23:59:59 GMT"), 300000);
}

static void refuses_the_rest(void **state)
{
        static const char *const bad[] = {"", " 1", "1 ", "-1", "+1", "1.5", "1s", "soon", "0x10"};

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                assert_int_equal(wait_of(bad[i]), UINT64_MAX);
}

static void knows_which_statuses_pass(void **state)
{
        static const long yes[] = {408, 425, 429, 500, 502, 503, 504, 520, 599};
        static const long no[] = {200, 304, 400, 401, 403, 404, 410, 416, 501, 505, 511, 600, 0};

        (void)state;
        for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
                assert_true(retry_status(yes[i]));
        for (size_t i = 0; i < sizeof no / sizeof *no; i++)
                assert_false(retry_status(no[i]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(backs_off_within_doubling_bounds),
            cmocka_unit_test(spreads_over_the_whole_bound),
            cmocka_unit_test(reads_seconds),
            cmocka_unit_test(reads_dates),
            cmocka_unit_test(refuses_the_rest),
            cmocka_unit_test(knows_which_statuses_pass),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
