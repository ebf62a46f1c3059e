#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/http_date.h"

#define NOW ((int64_t)1795000000) /* November 2026 */

static void reads_the_three_forms(void **state)
{
        static const struct {
                const char *text;
                int64_t seconds;
        } dates[] = {
            {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
            {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777}, {"Sun Nov  6 08:49:37 1994", 784111777},
            {"Sun Nov 16 08:49:37 1994", 784975777}, {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
            {"Wed, 31 Dec 1969 23:59:59 GMT", -1}, {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
            {"Mon, 01 Mar 2100 00:00:00 GMT", 4107542400},
            {"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
            {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
            {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
            {"Monday, 01-Jan-76 00:00:00 GMT", 3345062400},   /* 2076: 49 years ahead */
            {"Wednesday, 01-Jan-79 00:00:00 GMT", 283996800}, /* 1979: 2079 would be 52 ahead */
        };

        (void)state;
        for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
                int64_t seconds = 42;

                if (http_date_parse(dates[i].text, NOW, &seconds) < 0)
                        fail_msg("refused: %s", dates[i].text);
                if (seconds != dates[i].seconds)
                        fail_msg("%s: %lld", dates[i].text, (long long)seconds);
        }
}

static void refuses_what_is_no_date(void **state)
{
        static const char *const bad[] = {
            "",
            "0",
            "tomorrow",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 1900 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 23:60:00 GMT",
            "Sun, 06 Nov 0000 08:49:37 GMT",
            "Sun,06 Nov 1994 08:49:37 GMT",
            "Sunday, 31-Feb-94 08:49:37 GMT",
            "Sun Nov 06 08:49:37 94",
            "Sun",
            "Sun,",
            ",",
        };

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                int64_t seconds = 42;

                if (http_date_parse(bad[i], NOW, &seconds) == 0)
                        fail_msg("accepted: %s", bad[i]);
                assert_int_equal(seconds, 42);
        }
}

static void writes_what_it_reads(void **state)
{
        char text[HTTP_DATE_SIZE];
        int64_t seconds;

        (void)state;
        http_date_format(784111777, text);
        assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
        for (int64_t t = 0; t < 253402300799; t += 86400 * 97 + 12345) {
                http_date_format(t, text);
                assert_int_equal(http_date_parse(text, NOW, &seconds), 0);
                assert_int_equal(seconds, t);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(reads_the_three_forms),
            cmocka_unit_test(refuses_what_is_no_date),
            cmocka_unit_test(writes_what_it_reads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
