#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/pypi/tags.h"

static struct tags *tags_of(const struct target_profile *p)
{
        struct target t;
        struct err e = ERR_INIT;
        struct tags *tags;

        if (target_init(&t, p, &e) < 0)
                fail_msg("%s", e.msg);
        tags = tags_new(&t);
        target_release(&t);
        return tags;
}

static void assert_list(const struct target_profile *p, const char *const *expected)
{
        struct tags *tags = tags_of(p);
        size_t i = 0;

        for (; expected[i]; i++)
                assert_string_equal(tags_get(tags, i), expected[i]);
        assert_int_equal(tags_count(tags), i);
        tags_free(tags);
}

static void lists_cpython(void **state)
{
        struct target_profile p = {.python = "3.3", .platform = "win_amd64"};

        (void)state;
        assert_list(&p, (const char *const[]){"cp33-cp33m-win_amd64", "cp33-abi3-win_amd64",
                            "cp33-none-win_amd64", "cp32-abi3-win_amd64", "py33-none-win_amd64",
                            "py3-none-win_amd64", "py32-none-win_amd64", "py31-none-win_amd64",
                            "py30-none-win_amd64", "cp33-none-any", "py33-none-any", "py3-none-any",
                            "py32-none-any", "py31-none-any", "py30-none-any", NULL});
}

static void lists_others(void **state)
{
        struct target_profile old = {.python = "2.1", .platform = "linux_i686"};
        struct target_profile pypy = {.python = "3.1", .implementation = "pp", .platform = "win32"};
        struct target_profile none = {.python = "3.1", .abi = "none", .platform = "win32"};

        (void)state;
        assert_list(
            &old, (const char *const[]){"cp21-cp21mu-linux_i686", "cp21-none-linux_i686",
                      "py21-none-linux_i686", "py2-none-linux_i686", "py20-none-linux_i686",
                      "cp21-none-any", "py21-none-any", "py2-none-any", "py20-none-any", NULL});
        assert_list(
            &pypy, (const char *const[]){"pp31-pypy31_pp73-win32", "pp31-none-win32",
                       "py31-none-win32", "py3-none-win32", "py30-none-win32", "pp31-none-any",
                       "py31-none-any", "py3-none-any", "py30-none-any", NULL});
        assert_list(&none, (const char *const[]){"cp31-none-win32", "py31-none-win32",
                               "py3-none-win32", "py30-none-win32", "cp31-none-any",
                               "py31-none-any", "py3-none-any", "py30-none-any", NULL});
}

static void gives_free_threaded_no_abi3(void **state)
{
        struct target_profile p = {.python = "3.13t", .platform = "win_amd64"};
        struct tags *tags = tags_of(&p);

        (void)state;
        assert_string_equal(tags_get(tags, 0), "cp313-cp313t-win_amd64");
        assert_int_equal(tags_rank(tags, "cp313", "abi3", "win_amd64"), TAGS_NONE);
        assert_int_equal(tags_rank(tags, "cp313", "abi3t", "win_amd64"), 1);
        assert_int_equal(tags_rank(tags, "cp313", "cp313", "win_amd64"), TAGS_NONE);
        tags_free(tags);
}

static void finds_each_rank(void **state)
{
        struct target_profile p = {.python = "3.11", .platform = "manylinux_2_36_x86_64"};
        struct tags *tags = tags_of(&p);

        (void)state;
        assert_int_equal(tags_count(tags), 914 /* what pip prints there */);
        for (size_t i = 0; i < tags_count(tags); i++) {
                char *python = xstrdup(tags_get(tags, i));
                char *abi = strchr(python, '-'), *platform;

                *abi++ = '\0';
                platform = strchr(abi, '-');
                *platform++ = '\0';
                assert_int_equal(tags_rank(tags, python, abi, platform), i);
                free(python);
        }
        assert_int_equal(tags_rank(tags, "cp312", "cp312", "linux_x86_64"), TAGS_NONE);
        assert_int_equal(tags_rank(tags, "", "", ""), TAGS_NONE);
        assert_int_equal(tags_rank(tags, "cp311-cp311", "linux", "x"), TAGS_NONE);
        tags_free(tags);
}

static void counts_a_double_once(void **state)
{
        struct target_profile p = {.python = "3.11"};
        struct tags *tags = tags_of(&p);
        size_t first = tags_rank(tags, "py3", "none", "any");

        (void)state;
        assert_string_equal(tags_get(tags, first), "py3-none-any");
        for (size_t i = 0; i < first; i++)
                assert_string_not_equal(tags_get(tags, i), "py3-none-any");
        tags_free(tags);
}

static size_t best(const struct tags *tags, const char *const *names)
{
        struct wheel_name wheels[8];
        const struct wheel_name *list[8] = {0};
        size_t count = 0, ret;
        struct err e = ERR_INIT;

        for (; names[count]; count++) {
                if (wheel_name_parse(&wheels[count], names[count], &e) < 0)
                        fail_msg("%s", e.msg);
                list[count] = &wheels[count];
        }
        ret = tags_best_wheel(tags, list, count);
        while (count--)
                wheel_name_release(&wheels[count]);
        return ret;
}

#define BEST(tags, ...) best(tags, (const char *const[]){__VA_ARGS__, NULL})

static void chooses_the_best_wheel(void **state)
{
        struct target_profile p = {.python = "3.11", .platform = "manylinux_2_28_x86_64"};
        struct tags *tags = tags_of(&p);

        (void)state;
        assert_int_equal(BEST(tags, "a-1-py3-none-any.whl", "a-1-cp311-cp311-linux_x86_64.whl"), 1);
        assert_int_equal(
            BEST(tags, "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
                "a-1-cp311-cp311-manylinux_2_28_x86_64.whl"),
            1);
        assert_int_equal(
            BEST(tags, "a-1-cp39-abi3-manylinux2014_x86_64.whl", "a-1-py3-none-any.whl"), 0);
        assert_int_equal(BEST(tags, "a-1-cp311-cp311-manylinux_2_31_x86_64.whl",
                             "a-1-cp310-cp310-linux_x86_64.whl", "a-1-cp311-cp311-win_amd64.whl"),
            TAGS_NONE);
        assert_int_equal(BEST(tags, "a-1-py2.py3-none-any.whl", "a-1-1-py2.py3-none-any.whl",
                             "a-1-10-py2.py3-none-any.whl", "a-1-2-py2.py3-none-any.whl"),
            2);
        assert_int_equal(BEST(tags, "a-1-9-py3-none-any.whl", "a-1-py311-none-any.whl"), 1);
        assert_int_equal(BEST(tags, "a-1-py3-none-any.whl", "a-1.0-py3-none-any.whl"), 0);
        assert_int_equal(tags_best_wheel(tags, NULL, 0), TAGS_NONE);
        tags_free(tags);
        tags_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(lists_cpython),
            cmocka_unit_test(lists_others),
            cmocka_unit_test(gives_free_threaded_no_abi3),
            cmocka_unit_test(finds_each_rank),
            cmocka_unit_test(counts_a_double_once),
            cmocka_unit_test(chooses_the_best_wheel),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
