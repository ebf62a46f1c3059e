#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/pypi/target.h"

static void init(
    struct target *t, const char *python, const char *implementation, const char *platform)
{
        struct target_profile p = {
            .python = python, .implementation = implementation, .platform = platform};
        struct err e = ERR_INIT;

        if (target_init(t, &p, &e) < 0)
                fail_msg("%s", e.msg);
}

static void lists_glibc(void **state)
{
        static const char *const start[] = {"manylinux_2_19_x86_64", "manylinux_2_18_x86_64",
            "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_16_x86_64"};
        static const char *const end[] = {
            "manylinux_2_6_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"};
        struct platform p;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(platform_parse(&p, "manylinux_2_19_x86_64", &e), 0);
        assert_int_equal(p.tag_count, 15 + 3 + 1);
        for (size_t i = 0; i < 5; i++)
                assert_string_equal(p.tags[i], start[i]);
        for (size_t i = 0; i < 4; i++)
                assert_string_equal(p.tags[p.tag_count - 4 + i], end[i]);
        assert_int_equal(p.system, PLATFORM_LINUX);
        assert_string_equal(p.machine, "x86_64");
        platform_release(&p);
        assert_int_equal(platform_parse(&p, "manylinux2014_aarch64", &e), 0);
        assert_int_equal(p.tag_count, 3);
        platform_release(&p);
}

static void lists_the_others(void **state)
{
        static const struct {
                const char *text;
                size_t count;
                const char *first, *last;
        } cases[] = {
            {"musllinux_1_2_armv7l", 4, "musllinux_1_2_armv7l", "linux_armv7l"},
            {"linux_riscv64", 1, "linux_riscv64", "linux_riscv64"},
            {"macosx-11.0-ARM64", 15, "macosx_11_0_arm64", "macosx_10_4_universal2"},
            {"macosx_10_6_x86_64", 18, "macosx_10_6_x86_64", "macosx_10_4_universal"},
            {"win_amd64", 1, "win_amd64", "win_amd64"},
            {"any", 1, "any", "any"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct platform p;
                struct err e = ERR_INIT;

                if (platform_parse(&p, cases[i].text, &e) < 0)
                        fail_msg("%s", e.msg);
                assert_int_equal(p.tag_count, cases[i].count);
                assert_string_equal(p.tags[0], cases[i].first);
                assert_string_equal(p.tags[p.tag_count - 1], cases[i].last);
                platform_release(&p);
        }
}

static void refuses_other_platforms(void **state)
{
        static const char *const wrong[] = {"", "linux", "linux_", "manylinux_2_28",
            "manylinux_2_28_", "manylinux2014_", "manylinux_2_x86_64", "manylinux_3_0_x86_64",
            "manylinux_2_16_aarch64", "manylinux_2_999999999999_x86_64", "musllinux_1_x86_64",
            "macosx_11_0", "macosx_9_0_ppc", "macosx_11_0_vax", "win64", "x86_64", "linux_x86/64",
            "linux x86_64", "linux-x64", "manylinux_2_28_amd64", "manylinux2014_x64",
            "musllinux_1_2_amd64", "manylinux_2_28_vax"};

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct platform p;
                struct err e = ERR_INIT;

                if (platform_parse(&p, wrong[i], &e) == 0)
                        fail_msg("%s", wrong[i]);
                assert_int_equal(e.code, ERR_USAGE);
                assert_null(p.tags);
        }
}

static void says_what_is_wrong_with_a_platform(void **state)
{
        static const char *const cases[][2] = {
            {"manylinux_2_16_aarch64",
                "no manylinux wheels for aarch64 on a glibc older than 2.17"},
            {"manylinux_3_0_x86_64", "there is no glibc 3"},
            {"macosx_11_0_vax", "give the macOS version and the machine"},
            {"vms", "is not known; write it as in manylinux_2_28_x86_64"},
            {"manylinux_2_28_amd64", "did you mean manylinux_2_28_x86_64?"},
            {"musllinux_1_2_arm64", "did you mean musllinux_1_2_aarch64?"},
            {"manylinux2014_x86_65", "did you mean manylinux2014_x86_64?"},
            {"linux-x64", "did you mean manylinux_2_28_x86_64?"},
            {"linux_pdp", "\"pdp\" is no machine of Linux"},
            {"a/b", "only letters, digits and \"_\""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct platform p;
                struct err e = ERR_INIT;

                assert_int_equal(platform_parse(&p, cases[i][0], &e), -1);
                if (!strstr(e.msg, cases[i][1]))
                        fail_msg("%s", e.msg);
        }
}

static void chooses_the_abi(void **state)
{
        static const char *const cases[][4] = {
            {"3.11", NULL, "linux_x86_64", "cp311"},
            {"3.7", "cp", "win_amd64", "cp37m"},
            {"3.2", "cp", "linux_x86_64", "cp32mu"},
            {"2.7.18", "cpython", "macosx_10_9_x86_64", "cp27m"},
            {"3.13t", "cp", "win_arm64", "cp313t"},
            {"3.10", "pypy", "linux_x86_64", "pypy310_pp73"},
        };
        struct target t = {0};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                init(&t, cases[i][0], cases[i][1], cases[i][2]);
                assert_string_equal(t.abi, cases[i][3]);
                target_release(&t);
        }
        target_release(&t);
}

static void takes_an_abi(void **state)
{
        static const struct {
                struct target_profile profile;
                const char *abi;
                bool free_threaded;
        } cases[] = {
            {{.python = "3.11", .abi = "CP311"}, "cp311", false},
            {{.python = "3.11", .abi = "cp311d"}, "cp311d", false},
            {{.python = "3.13", .abi = "cp313t"}, "cp313t", true},
            {{.python = "3.13t", .abi = "cp313td"}, "cp313td", true},
            {{.python = "3.11", .abi = "abi3"}, "abi3", false},
            {{.python = "3.11", .abi = "none"}, "none", false},
            {{.python = "3.9", .implementation = "pp", .abi = "pypy39_pp73"}, "pypy39_pp73", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct target t;
                struct err e = ERR_INIT;

                if (target_init(&t, &cases[i].profile, &e) < 0)
                        fail_msg("%s", e.msg);
                assert_string_equal(t.abi, cases[i].abi);
                assert_int_equal(t.free_threaded, cases[i].free_threaded);
                target_release(&t);
        }
}

static void refuses_other_profiles(void **state)
{
        static const struct target_profile wrong[] = {
            {.python = NULL},
            {.python = ""},
            {.python = "3"},
            {.python = "4.0"},
            {.python = "3.x"},
            {.python = "3.1000"},
            {.python = "1!3.11"},
            {.python = "3.11.post1"},
            {.python = "3.11+x"},
            {.python = "3.12t"},
            {.python = "3.11", .implementation = "jython"},
            {.python = "3.11", .abi = "cp310"},
            {.python = "3.1", .abi = "cp310"},
            {.python = "3.11", .abi = "cp311/x"},
            {.python = "3.13t", .abi = "cp313"},
            {.python = "3.11", .platform = "vms"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct target t;
                struct err e = ERR_INIT;

                assert_int_equal(target_init(&t, &wrong[i], &e), -1);
                assert_int_equal(e.code, ERR_USAGE);
                assert_null(t.abi);
        }
}

static void gives_the_marker_values(void **state)
{
        struct target_profile p = {
            .python = "3.11.7", .platform = "manylinux_2_28_aarch64", .platform_release = "6.1.0"};
        struct marker_env env;
        struct target t;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(target_init(&t, &p, &e), 0);
        assert_int_equal(t.python_count, 1);
        target_marker_env(&t, 0, &env);
        assert_string_equal(env.os_name, "posix");
        assert_string_equal(env.sys_platform, "linux");
        assert_string_equal(env.platform_system, "Linux");
        assert_string_equal(env.platform_machine, "aarch64");
        assert_string_equal(env.platform_release, "6.1.0");
        assert_string_equal(env.platform_version, "");
        assert_string_equal(env.python_version, "3.11");
        assert_string_equal(env.python_full_version, "3.11.7");
        assert_string_equal(env.implementation_name, "cpython");
        assert_string_equal(env.implementation_version, "3.11.7");
        assert_string_equal(env.platform_python_implementation, "CPython");
        assert_false(env.lock_file);
        target_release(&t);
}

static void names_machines_as_they_do(void **state)
{
        static const char *const cases[][5] = {
            {"win_amd64", "nt", "win32", "Windows", "AMD64"},
            {"win_arm64", "nt", "win32", "Windows", "ARM64"},
            {"win32", "nt", "win32", "Windows", "x86"},
            {"macosx_12_0_arm64", "posix", "darwin", "Darwin", "arm64"},
            {"macosx_10_5_ppc64", "posix", "darwin", "Darwin", "Power Macintosh"},
            {"musllinux_1_2_x86_64", "posix", "linux", "Linux", "x86_64"},
            {"any", "", "", "", ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct marker_env env;
                struct target t;

                init(&t, "3.12", NULL, cases[i][0]);
                target_marker_env(&t, 0, &env);
                assert_string_equal(env.os_name, cases[i][1]);
                assert_string_equal(env.sys_platform, cases[i][2]);
                assert_string_equal(env.platform_system, cases[i][3]);
                assert_string_equal(env.platform_machine, cases[i][4]);
                target_release(&t);
        }
}

static void knows_python_2(void **state)
{
        struct marker_env env;
        struct target t;

        (void)state;
        init(&t, "2.7", NULL, "linux_x86_64");
        target_marker_env(&t, 0, &env);
        assert_string_equal(env.sys_platform, "linux2");
        assert_string_equal(env.python_version, "2.7");
        target_release(&t);
        init(&t, "2.7", NULL, "win32");
        target_marker_env(&t, 0, &env);
        assert_string_equal(env.sys_platform, "win32");
        target_release(&t);
}

static void stands_for_every_patch(void **state)
{
        struct marker_env env;
        struct target t;

        (void)state;
        init(&t, "3.11", NULL, "any");
        assert_int_equal(t.python_count, 2);
        target_marker_env(&t, 0, &env);
        assert_string_equal(env.python_full_version, "3.11.0");
        target_marker_env(&t, 1, &env);
        assert_string_equal(env.python_full_version, "3.11.99");
        assert_string_equal(env.python_version, "3.11");
        target_release(&t);
        init(&t, "3.14.0rc2", "pp", "any");
        assert_int_equal(t.python_count, 1);
        target_marker_env(&t, 0, &env);
        assert_string_equal(env.python_full_version, "3.14.0rc2");
        assert_string_equal(env.implementation_name, "pypy");
        target_release(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(lists_glibc),
            cmocka_unit_test(lists_the_others),
            cmocka_unit_test(refuses_other_platforms),
            cmocka_unit_test(says_what_is_wrong_with_a_platform),
            cmocka_unit_test(chooses_the_abi),
            cmocka_unit_test(takes_an_abi),
            cmocka_unit_test(refuses_other_profiles),
            cmocka_unit_test(gives_the_marker_values),
            cmocka_unit_test(names_machines_as_they_do),
            cmocka_unit_test(knows_python_2),
            cmocka_unit_test(stands_for_every_patch),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
