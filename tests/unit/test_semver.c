#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/npm/range.h"

static char *canonical(const char *text, unsigned flags)
{
        struct semver v;
        struct buf out;

        if (semver_parse(&v, text, strlen(text), flags) < 0)
                return xstrdup("bad");
        buf_init(&out, 1024);
        semver_format(&v, &out);
        return buf_take(&out, NULL);
}

static void assert_canonical(const char *text, unsigned flags, const char *expected)
{
        char *got = canonical(text, flags);

        assert_string_equal(got, expected);
        free(got);
}

static int order(const char *a, const char *b)
{
        struct semver x, y;
        int d;

        assert_int_equal(semver_parse(&x, a, strlen(a), SEMVER_LOOSE), 0);
        assert_int_equal(semver_parse(&y, b, strlen(b), SEMVER_LOOSE), 0);
        d = semver_compare(&x, &y);
        return (d > 0) - (d < 0);
}

static void reads_strictly(void **state)
{
        (void)state;
        assert_canonical("1.2.3", SEMVER_STRICT, "1.2.3");
        assert_canonical(" v1.2.3-beta.1+build.5 ", SEMVER_STRICT, "1.2.3-beta.1");
        assert_canonical("1.2.3--", SEMVER_STRICT, "1.2.3--");
        assert_canonical("1.2", SEMVER_STRICT, "bad");
        assert_canonical("01.2.3", SEMVER_STRICT, "bad");
        assert_canonical("1.2.3-01", SEMVER_STRICT, "bad");
        assert_canonical("1.2.3beta", SEMVER_STRICT, "bad");
        assert_canonical("=1.2.3", SEMVER_STRICT, "bad");
        assert_canonical("9007199254740992.0.0", SEMVER_STRICT, "bad");
        assert_canonical("", SEMVER_STRICT, "bad");
}

static void reads_loosely(void **state)
{
        (void)state;
        assert_canonical("=v01.2.3beta", SEMVER_LOOSE, "1.2.3-beta");
        assert_canonical("1.2.34.5", SEMVER_LOOSE, "1.2.3-4.5");
        assert_canonical("1.2.3.4", SEMVER_LOOSE, "bad");
        assert_canonical("1.2.3-", SEMVER_LOOSE, "1.2.3--");
        assert_canonical("1.2.3-007.x", SEMVER_LOOSE, "1.2.3-7.x");
}

static void says_what_is_too_large(void **state)
{
        struct semver v;

        (void)state;
        assert_int_equal(semver_parse(&v, "9007199254740992.0.0", 20, 0), SEMVER_TOO_LARGE);
        assert_int_equal(semver_parse(&v, "9007199254740992.0", 18, 0), -1);
}

static void orders(void **state)
{
        /* semver.org, 11 */
        static const char *const chain[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
            "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0",
            "1.10.0", "2.0.0"};

        (void)state;
        for (size_t i = 0; i < sizeof chain / sizeof *chain; i++)
                for (size_t k = 0; k < sizeof chain / sizeof *chain; k++)
                        assert_int_equal(order(chain[i], chain[k]), (i > k) - (i < k));
        assert_int_equal(order("1.0.0+a", "1.0.0+b"), 0);
}

static void has(const char *range, const char *version, bool expected)
{
        if (semver_satisfies(version, range, SEMVER_LOOSE) != expected)
                fail_msg("%s in %s: %d", version, range, !expected);
}

static void ranges(void **state)
{
        (void)state;
        has("", "1.2.3", true);
        has("*", "1.2.3", true);
        has("*", "1.2.3-beta", false);
        has("^1.2.3", "1.9.0", true);
        has("^1.2.3", "2.0.0-0", false);
        has("^0.2.3", "0.3.0", false);
        has("^0.0.3", "0.0.4", false);
        has("^0.x", "0.9.9", true);
        has("~1.2", "1.2.9", true);
        has("~1.2", "1.3.0", false);
        has("~> 1", "1.9.0", true);
        has("1.x || >=2.5.0 || 5.0.0 - 7.2.3", "2.4.0", false);
        has("1.x || >=2.5.0 || 5.0.0 - 7.2.3", "7.3.0", true);
        has("1.2 - 2", "2.9.9", true);
        has("1.2 - 2.1", "2.2.0", false);
        has(">1.2", "1.2.9", false);
        has("<=1.2", "1.2.9", true);
        has("> 1.2.3 < 2", "1.2.4", true);
        has("=1.2.3", "1.2.3+build", true);
        has("<*", "0.0.0", false);
}

static void prereleases(void **state)
{
        (void)state;
        has("^1.2.3-beta.2", "1.2.3-beta.4", true);
        has("^1.2.3-beta.2", "1.2.4-beta.4", false);
        has("^1.2.3-beta.2", "1.9.0", true);
        has(">1.2.3-alpha.3", "1.2.3-alpha.7", true);
        has("* || 1.2.3-alpha", "1.2.3-alpha", false); /* any is all of it */
        assert_true(semver_satisfies("20.0.0-nightly", ">=18", SEMVER_PRERELEASE));
        assert_false(semver_satisfies("20.0.0-nightly", ">=18", SEMVER_STRICT));
}

static void refuses(void **state)
{
        static const char *const none[] = {
            "latest", "1.2.3 nonsense", ">", "a || b", "9007199254740992.x"};

        (void)state;
        for (size_t i = 0; i < sizeof none / sizeof *none; i++)
                assert_null(semver_range_parse(none[i], SEMVER_STRICT));
        has("1.2.3 nonsense", "1.2.3", true); /* loosely, what is no version is passed over */
        assert_null(semver_range_parse("latest", SEMVER_LOOSE));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(reads_strictly),
            cmocka_unit_test(reads_loosely),
            cmocka_unit_test(says_what_is_too_large),
            cmocka_unit_test(orders),
            cmocka_unit_test(ranges),
            cmocka_unit_test(prereleases),
            cmocka_unit_test(refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
