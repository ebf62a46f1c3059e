#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/marker.h"

static const struct marker_env debian = {
    .os_name = "posix",
    .sys_platform = "linux",
    .platform_machine = "x86_64",
    .platform_python_implementation = "CPython",
    .platform_release = "6.1.0-13-amd64",
    .platform_system = "Linux",
    .platform_version = "#1 SMP Debian 6.1.55-1",
    .python_version = "3.11",
    .python_full_version = "3.11.2",
    .implementation_name = "cpython",
    .implementation_version = "3.11.2",
};

static int judge(const char *text, const char *extra)
{
        struct marker *m;
        struct err e = ERR_INIT;
        int ret;

        if (marker_parse(&m, text, &e) < 0)
                fail_msg("%s", e.msg);
        ret = marker_evaluate(m, &debian, extra, &e);
        assert_int_equal(ret < 0, e.code != ERR_NONE);
        marker_free(m);
        return ret;
}

static void assert_holds(bool holds, const char *const *markers)
{
        for (; *markers; markers++)
                if (judge(*markers, NULL) != holds)
                        fail_msg("%s", *markers);
}

#define ASSERT_TRUE(...) assert_holds(true, (const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_FALSE(...) assert_holds(false, (const char *const[]){__VA_ARGS__, NULL})

static void compares_versions_as_versions(void **state)
{
        (void)state;
        ASSERT_TRUE("python_version >= '3.9'", "python_version < '3.12'", "'3.9' <= python_version",
            "python_version == '3.*'", "python_full_version > '3.11.0a6'",
            "python_version ~= '3.8'", "implementation_version != '3.11.2.post1'",
            "python_version=='3.11.0'");
        ASSERT_FALSE("python_version < '3.9'", "python_version ~= '3.12'",
            "python_version == '3.1'", "python_version > '3.11'", "python_version === '3.11.0'");
}

static void compares_the_rest_as_strings(void **state)
{
        (void)state;
        ASSERT_TRUE("sys_platform == 'linux'", "os_name != 'nt'",
            "platform_machine in 'x86_64 arm64'", "'Debian' in platform_version",
            "platform_machine not in 'i386'",
            "platform_release >= '5'",  /* a string here: "6..." > "5" */
            "python_version < '3.6.*'", /* no version on the right: "3.1" < "3.6" */
            "sys_platform >= 'linux'", "sys_platform <= 'linux'", "sys_platform > 'linu'",
            "sys_platform < 'linuy'", "platform_system === 'LINUX'",
            "python_version in '3.10, 3.11'");
        ASSERT_FALSE("sys_platform == 'Linux'", "platform_release < '10'", "sys_platform == ''",
            "'x' not in 'xyz'", "sys_platform > 'linux'", "sys_platform < 'linux'");
}

static void combines(void **state)
{
        (void)state;
        ASSERT_TRUE("os_name=='nt' or os_name=='posix'", "os_name=='posix'or'a'=='b'and'a'=='b'",
            "('a'=='b' or 'a'=='a') and (os_name=='posix')", "(((os_name == \"posix\")))");
        ASSERT_FALSE("('a'=='a' or 'a'=='b') and 'a'=='b'", "os_name=='posix' and os_name=='nt'");
}

static void knows_older_spellings(void **state)
{
        (void)state;
        ASSERT_TRUE("os.name == 'posix'", "sys.platform == 'linux'", "platform.machine == 'x86_64'",
            "platform.python_implementation == 'CPython'", "python_implementation == 'CPython'",
            "'SMP' in platform.version");
}

static void compares_two_variables(void **state)
{
        (void)state;
        ASSERT_TRUE("python_version <= python_full_version", "'a' < 'b'");
        ASSERT_FALSE("os_name == sys_platform");
}

static void normalizes_extras(void **state)
{
        (void)state;
        assert_int_equal(judge("extra == 'Foo.Bar'", "foo_bar"), 1);
        assert_int_equal(judge("'foo-bar' == extra", "FOO--BAR"), 1);
        assert_int_equal(judge("extra == 'foo'", NULL), 0);
        assert_int_equal(judge("extra == ''", NULL), 1);
        assert_int_equal(judge("extra != 'foo'", "foo"), 0);
        assert_int_equal(judge("extra == '1.0'", "1"), 0);
        assert_int_equal(judge("extra == '1.0'", "1_0"), 1);
}

static void asks_for_each_extra(void **state)
{
        static const char *const extras[] = {"a", "b"};
        struct marker *m;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(marker_parse(&m, "extra == 'b'", &e), 0);
        assert_true(marker_mentions_extra(m));
        assert_int_equal(marker_evaluate_extras(m, &debian, extras, 2, &e), 1);
        assert_int_equal(marker_evaluate_extras(m, &debian, extras, 1, &e), 0);
        assert_int_equal(marker_evaluate_extras(m, &debian, NULL, 0, &e), 0);
        marker_free(m);
        assert_int_equal(marker_parse(&m, "extra == 'a' and extra == 'b'", &e), 0);
        assert_int_equal(marker_evaluate_extras(m, &debian, extras, 2, &e), 0);
        marker_free(m);
        assert_int_equal(marker_parse(&m, "extra != 'a'", &e), 0);
        assert_int_equal(marker_evaluate_extras(m, &debian, extras, 1, &e), 1);
        marker_free(m);
        assert_int_equal(marker_parse(&m, "os_name == 'posix'", &e), 0);
        assert_false(marker_mentions_extra(m));
        marker_free(m);
        assert_int_equal(marker_evaluate(NULL, &debian, NULL, &e), 1);
}

static void asks_lock_files_for_sets(void **state)
{
        static const char *const extras[] = {"Foo_Bar"};
        struct marker_env lock = debian;
        struct marker *m;
        struct err e = ERR_INIT;

        (void)state;
        lock.lock_file = true;
        lock.extras = (struct marker_names){extras, 1};
        assert_int_equal(
            marker_parse(&m, "'foo-bar' in extras and 'x' not in dependency_groups", &e), 0);
        assert_int_equal(marker_evaluate(m, &lock, NULL, &e), 1);
        assert_int_equal(marker_evaluate(m, &debian, NULL, &e), -1);
        marker_free(m);
        assert_int_equal(marker_parse(&m, "extras == 'x'", &e), -1);
        assert_int_equal(marker_parse(&m, "'x' == extras", &e), -1);
}

static void says_what_cannot_be_judged(void **state)
{
        (void)state;
        assert_int_equal(judge("python_version ~= 'surprise'", NULL), -1);
        assert_int_equal(judge("'dog' ~= 'fred' or os_name == 'posix'", NULL), -1);
}

static void refuses(void **state)
{
        static const struct {
                const char *text, *problem;
        } wrong[] = {
            {"", "column 1 of \"\": expected a marker variable or a quoted string"},
            {"os_name", "column 8 of \"os_name\": expected one of"},
            {"os_name = 'x'", "column 9 of"},
            {"os_name == 'x",
                "column 12 of \"os_name == 'x\": the string that begins here has no closing quote"},
            {"os_name == 'a\\n'", "cannot hold a backslash"},
            {"os_name == 'x' os_name", "expected \"and\", \"or\" or the end"},
            {"(os_name == 'x'", "expected \"and\", \"or\" or \")\""},
            {"os_name not 'x'", "expected \"in\" after \"not\""},
            {"os_name notin 'x'", "column 9 of"},
            {"os_names == 'x'", "column 1 of"},
            {"os_name == 'x' and", "column 19 of"},
            {"os_name == x", "column 12 of"},
            {"\xc3\xa4 == 'x'", "column 1 of"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct marker *m;
                struct err e = ERR_INIT;

                assert_int_equal(marker_parse(&m, wrong[i].text, &e), -1);
                assert_null(m);
                if (!strstr(e.msg, wrong[i].problem))
                        fail_msg("%s: %s", wrong[i].text, e.msg);
        }
}

static char *repeat(const char *begin, size_t times, const char *end)
{
        struct buf b;

        buf_init(&b, 1000000);
        for (size_t i = 0; i < times; i++)
                buf_adds(&b, begin);
        buf_adds(&b, end);
        return buf_take(&b, NULL);
}

static void bounds_depth_and_length(void **state)
{
        char *deep = repeat("(", LIMIT_MARKER_DEPTH + 1, "os_name == 'x'");
        char *chain = repeat("'a'!=os_name and ", 3000, "'b' in 'b'");
        char *endless = repeat("'a'!=os_name and ", 5000, "'b' in 'b'");
        struct marker *m;
        struct err e = ERR_INIT;
        struct buf b;

        (void)state;
        assert_int_equal(marker_parse(&m, deep, &e), -1);
        assert_non_null(strstr(e.msg, "too many parentheses"));
        assert_int_equal(marker_parse(&m, chain, &e), 0);
        assert_int_equal(marker_evaluate(m, &debian, NULL, &e), 1);
        buf_init(&b, 100000);
        assert_int_equal(marker_text(m, &b), 0);
        assert_true(b.len > 3000 * 15);
        marker_free(m);
        assert_int_equal(marker_parse(&m, endless, &e), -1);
        buf_release(&b);
        free(deep);
        free(chain);
        free(endless);
}

static void assert_text(const char *text, const char *expected)
{
        struct marker *m;
        struct err e = ERR_INIT;
        struct buf b;

        buf_init(&b, 1000);
        assert_int_equal(marker_parse(&m, text, &e), 0);
        assert_int_equal(marker_text(m, &b), 0);
        assert_string_equal(b.data, expected);
        marker_free(m);
        buf_release(&b);
}

static void writes(void **state)
{
        (void)state;
        assert_text("os.name=='x'", "os_name == \"x\"");
        assert_text("( (extra  not   in 'a\"b') )", "extra not in 'a\"b'");
        assert_text("('a'<'b'and('c'=='c'or'd'in'd'))or'e'>='f'",
            "\"a\" < \"b\" and (\"c\" == \"c\" or \"d\" in \"d\") or \"e\" >= \"f\"");
        assert_text("'a'=='a' or ('b'=='b' or 'c'=='c')",
            "\"a\" == \"a\" or \"b\" == \"b\" or \"c\" == \"c\"");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(compares_versions_as_versions),
            cmocka_unit_test(compares_the_rest_as_strings),
            cmocka_unit_test(combines),
            cmocka_unit_test(knows_older_spellings),
            cmocka_unit_test(compares_two_variables),
            cmocka_unit_test(normalizes_extras),
            cmocka_unit_test(asks_for_each_extra),
            cmocka_unit_test(asks_lock_files_for_sets),
            cmocka_unit_test(says_what_cannot_be_judged),
            cmocka_unit_test(refuses),
            cmocka_unit_test(bounds_depth_and_length),
            cmocka_unit_test(writes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
