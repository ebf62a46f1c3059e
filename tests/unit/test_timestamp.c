/* One second has one text, and no other text is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/timestamp.h"

static void both_ways(void **state)
{
        static const struct {
                int64_t seconds;
                const char *text;
        } cases[] = {{0, "1970-01-01T00:00:00Z"}, {1, "1970-01-01T00:00:01Z"},
            {951782399, "2000-02-28T23:59:59Z"}, {951782400, "2000-02-29T00:00:00Z"},
            {1795348800, "2026-11-22T12:00:00Z"}, {4107542400, "2100-03-01T00:00:00Z"},
            {253402300799, "9999-12-31T23:59:59Z"}};
        char out[TIMESTAMP_SIZE];
        int64_t back;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_string_equal(timestamp_format(cases[i].seconds, out), cases[i].text);
                assert_int_equal(timestamp_parse(cases[i].text, &back), 0);
                assert_int_equal(back, cases[i].seconds);
        }
        /* every day of 400 years, and a second before it */
        for (int64_t day = 1; day < 146097; day++) {
                assert_int_equal(timestamp_parse(timestamp_format(day * 86400 - 1, out), &back), 0);
                assert_int_equal(back, day * 86400 - 1);
        }
        timestamp_format(INT64_MAX, out);
        timestamp_format(INT64_MIN, out);
        assert_int_equal(timestamp_parse(timestamp_format(-1, out), &back), -1);
}

static void other_texts(void **state)
{
        static const char *const texts[] = {"", "2026-11-22", "2026-11-22T12:00:00",
            "2026-11-22T12:00:00z", "2026-11-22t12:00:00Z", "2026-11-22 12:00:00Z",
            "2026-11-22T12:00:00Z ", " 2026-11-22T12:00:00Z", "2026-11-22T12:00:00.0Z",
            "2026-11-22T12:00:00+00:00", "2026-11-22T12:00:60Z", "2026-11-22T12:60:00Z",
            "2026-11-22T24:00:00Z", "2026-11-31T12:00:00Z", "2026-02-29T12:00:00Z",
            "2026-00-22T12:00:00Z", "2026-13-22T12:00:00Z", "2026-1-22T12:00:00Z",
            "2026-11-2T12:00:00Z", "2026-11-22T1:00:00Z", "26-11-22T12:00:00Z",
            "+2026-11-22T12:00:00Z", "1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
            "1900-01-00T00:00:00Z", "0000-00-00T00:00:00Z", "2026- 1-22T12:00:00Z"};
        int64_t seconds;

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (timestamp_parse(texts[i], &seconds) == 0)
                        fail_msg("accepted: %s", texts[i]);
}

static void now_can_be_fixed(void **state)
{
        static const char *const no_numbers[] = {
            "", "x", "12x", "-1", " ", "99999999999999999999", "253402300800"};
        int64_t before;

        (void)state;
        assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1795348800", 1), 0);
        assert_int_equal(timestamp_now(), 1795348800);
        assert_int_equal(setenv("SOURCE_DATE_EPOCH", "0", 1), 0);
        assert_int_equal(timestamp_now(), 0);
        for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++) {
                assert_int_equal(setenv("SOURCE_DATE_EPOCH", no_numbers[i], 1), 0);
                before = (int64_t)time(NULL);
                assert_in_range(timestamp_now(), before, before + 60);
        }
        assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
        before = (int64_t)time(NULL);
        assert_in_range(timestamp_now(), before, before + 60);
}

static void ages(void **state)
{
        static const struct {
                int64_t seconds;
                const char *text;
        } cases[] = {{-5, "0 seconds"}, {0, "0 seconds"}, {1, "1 second"}, {119, "119 seconds"},
            {120, "2 minutes"}, {7199, "119 minutes"}, {7200, "2 hours"}, {172799, "47 hours"},
            {172800, "2 days"}, {86400LL * 1000, "1000 days"}};
        char out[32];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(timestamp_age(cases[i].seconds, out), cases[i].text);
        assert_non_null(timestamp_age(INT64_MAX, out));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(both_ways),
            cmocka_unit_test(other_texts),
            cmocka_unit_test(now_can_be_fixed),
            cmocka_unit_test(ages),
        };

        return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
