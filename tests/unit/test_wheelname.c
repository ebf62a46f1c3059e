#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/pypi/wheelname.h"

static void takes_a_wheel_apart(void **state)
{
        struct wheel_name w;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(
            wheel_name_parse(
                &w, "Foo_Bar-1.0.RC1+cu_117-07b-py2.PY3-none-manylinux1_x86_64.any.whl", &e),
            0);
        assert_string_equal(w.name, "foo-bar");
        assert_string_equal(w.version.text, "1.0rc1+cu.117");
        assert_string_equal(w.build, "07b");
        assert_int_equal(w.pythons.count, 2);
        assert_string_equal(w.pythons.list[1], "py3");
        assert_int_equal(w.abis.count, 1);
        assert_int_equal(w.platforms.count, 2);
        assert_string_equal(w.platforms.list[0], "manylinux1_x86_64");
        wheel_name_release(&w);
        assert_int_equal(wheel_name_parse(&w, "a-1-py3-none-any.whl", &e), 0);
        assert_null(w.build);
        wheel_name_release(&w);
        wheel_name_release(&w);
}

static void forgives_old_names(void **state)
{
        struct wheel_name w;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(wheel_name_parse(&w, "foo__bar-1.0_1-py3-none-any.whl", &e), 0);
        assert_string_equal(w.name, "foo-bar");
        assert_string_equal(w.version.text, "1.0.post1");
        wheel_name_release(&w);
}

static void refuses_other_names(void **state)
{
        static const char *const wrong[] = {"a-1-py3-none-any.zip", ".whl", "a-1-none-any.whl",
            "a-1-1-1-py3-none-any.whl", "a-1-x1-py3-none-any.whl", "a-1--py3-none-any.whl",
            "a-x-py3-none-any.whl", "-1-py3-none-any.whl", "a-1-py3..py2-none-any.whl",
            "a-1-.-none-any.whl", "a-1--none-any.whl", "a-1-py3-none-.whl",
            "../a-1-py3-none-any.whl", "a-1-py3-none-any/x.whl", "a b-1-py3-none-any.whl",
            "a- 1-py3-none-any.whl", "a-1-py3-none-a\tny.whl", "a-1-1/2-py3-none-any.whl"};

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct wheel_name w;
                struct err e = ERR_INIT;

                if (wheel_name_parse(&w, wrong[i], &e) == 0)
                        fail_msg("%s", wrong[i]);
                assert_non_null(strstr(e.msg, "is not the file name of a wheel: "));
                assert_null(w.parts);
        }
}

static void orders_builds(void **state)
{
        static const char *const sorted[] = {NULL, "0", "1", "1a", "1b", "2", "10", "10_x",
            "99999999999999999999", "100000000000000000000"};
        size_t count = sizeof sorted / sizeof sorted[0];

        (void)state;
        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count; j++) {
                        int order = wheel_build_compare(sorted[i], sorted[j]);

                        assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
                }
        assert_int_equal(wheel_build_compare("01", "1"), 0);
}

static void reads_source_distributions(void **state)
{
        static const char *const cases[][3] = {
            {"foo-1.0.tar.gz", "foo", "1.0"},
            {"Foo.Bar-1.0.zip", "foo-bar", "1.0"},
            {"foo-bar-1.0.tgz", "foo-bar", "1.0"},
            {"foo-1-2.tar.bz2", "foo-1", "2"},
            {"foo-1-2.tar.bz2", "foo", "1.post2"},
            {"foo-1.0-rc1.tar.xz", "foo", "1.0rc1"},
        };
        static const char *const wrong[][2] = {{"foo-1.0.whl", "foo"}, {"foo-1.0.tar.gz", "bar"},
            {"foo.tar.gz", "foo"}, {"foo-.tar.gz", "foo"}, {"foo-x.zip", "foo"},
            {"foo- 1.zip", "foo"}, {".zip", "foo"}, {"foo-1.0/../x.zip", "foo"},
            {"-1.0.zip", "foo"}};
        struct version v;
        struct err e = ERR_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                if (sdist_name_parse(&v, cases[i][0], cases[i][1], &e) < 0)
                        fail_msg("%s", e.msg);
                assert_string_equal(v.text, cases[i][2]);
                version_release(&v);
        }
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                if (sdist_name_parse(&v, wrong[i][0], wrong[i][1], &e) == 0)
                        fail_msg("%s", wrong[i][0]);
        assert_true(sdist_name_has_ending("x.zip"));
        assert_false(sdist_name_has_ending(".zip"));
        assert_false(sdist_name_has_ending("x.tar"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(takes_a_wheel_apart),
            cmocka_unit_test(forgives_old_names),
            cmocka_unit_test(refuses_other_names),
            cmocka_unit_test(orders_builds),
            cmocka_unit_test(reads_source_distributions),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
