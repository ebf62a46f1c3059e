/* Debian versions: pairs in order, as Policy 5.6.12 and dpkg have them; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "mirror/deb/version.h"

static int sign(int r)
{
        return (r > 0) - (r < 0);
}

static void in_order(void **state)
{
        static const char *const sorted[] = {"0~~", "0~~a", "0~", "0", "0a", "0.", "1~rc1", "1-0~",
            "1", "1-0.1", "1-1", "1-1+b1", "1-10", "1a", "1+", "1.2", "1.10", "1.10.0",
            "99999999999999999999", "100000000000000000000", "1:0", "2:0~", "10:0"};
        size_t count = sizeof sorted / sizeof *sorted;

        (void)state;
        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; k < count; k++)
                        assert_int_equal(
                            sign(deb_version_compare(sorted[i], sorted[k])), i < k ? -1 : i > k);
}

static void equal(void **state)
{
        static const char *const pairs[][2] = {
            {"0:1", "1"}, {"1-0", "1"}, {"1.01", "1.1"}, {"00:1", "1"}, {"1-", "1"}, {"a0", "a"}};

        (void)state;
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
                assert_int_equal(deb_version_compare(pairs[i][0], pairs[i][1]), 0);
}

static void valid(void **state)
{
        static const char *const good[] = {
            "1", "0", "1:2.3-4", "1.2-3-4", "1:2:3-4", "0.0~rc1+dfsg-1~bpo12+1", "2147483647:1"};
        static const char *const bad[] = {"", "a", ":1", "x:1", "1:", "1-", "-1", "1:-1", "1 2",
            "1_2", "1-2_3", "2147483648:1", "1/2", "1:a", "1-2:3"};

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
                assert_true(deb_version_is_valid(good[i], strlen(good[i])));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                if (deb_version_is_valid(bad[i], strlen(bad[i])))
                        fail_msg("%s is taken for a version", bad[i]);
        assert_false(deb_version_is_valid("1\0", 2));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(in_order),
            cmocka_unit_test(equal),
            cmocka_unit_test(valid),
        };

        return cmocka_run_group_tests_name("deb_version", tests, NULL, NULL);
}
