#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/pypi/build_system.h"

static void check(const char *text, const char *const *expected, int stated)
{
        struct build_system b;
        struct err e;
        size_t i = 0;

        if (build_system_parse(text, text ? strlen(text) : 0, &b, &e) < 0)
                fail_msg("%s", e.msg);
        for (; expected[i]; i++) {
                assert_true(i < b.count);
                assert_string_equal(b.requires[i], expected[i]);
        }
        assert_int_equal(b.count, i);
        assert_int_equal(b.stated, stated);
        build_system_release(&b);
}

static void refuse(const char *text, const char *part)
{
        struct build_system b;
        struct err e = ERR_INIT;

        assert_int_equal(build_system_parse(text, strlen(text), &b, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        if (!strstr(e.msg, part))
                fail_msg("expected: %s\nfound: %s", part, e.msg);
        assert_null(b.requires);
        build_system_release(&b);
}

static void test_default(void **state)
{
        static const char *const expected[] = {"setuptools>=40.8.0", "wheel", NULL};

        (void)state;
        check(NULL, expected, 0);
        check("", expected, 0);
        check("[tool.black]\nline-length = 100\n", expected, 0);
}

static void test_stated(void **state)
{
        (void)state;
        check("[build-system]\nrequires = [\"flit_core >=3.2,<4\", 'x; python_version < \"3.9\"']\n"
              "build-backend = \"flit_core.buildapi\"\n",
            (const char *[]){"flit_core >=3.2,<4", "x; python_version < \"3.9\"", NULL}, 1);
        check("[build-system]\nrequires = []\n", (const char *[]){NULL}, 1);
}

static void test_refused(void **state)
{
        (void)state;
        refuse("[build-system\n", "pyproject.toml:1:");
        refuse("[build-system]\nbuild-backend = \"x\"\n", "has no \"requires\"");
        refuse("[build-system]\nrequires = \"setuptools\"\n", "pyproject.toml:2:");
        refuse("[build-system]\nrequires = [\"a\", 1]\n", "pyproject.toml:2:");
        refuse("[build-system]\nrequires = [\"a\\u0000b\"]\n", "pyproject.toml:2:");
        refuse("build-system = 1\n", "pyproject.toml:1:");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_default),
            cmocka_unit_test(test_stated),
            cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
