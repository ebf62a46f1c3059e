#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/version.h"

static void assert_canonical(const char *text, const char *canonical)
{
        struct version v;
        struct err e = ERR_INIT;

        if (version_parse(&v, text, &e) < 0)
                fail_msg("%s", e.msg);
        assert_string_equal(v.text, canonical);
        version_release(&v);
}

static int order(const char *a, const char *b)
{
        struct version va, vb;
        int ret;

        assert_int_equal(version_parse(&va, a, NULL), 0);
        assert_int_equal(version_parse(&vb, b, NULL), 0);
        ret = version_compare(&va, &vb);
        version_release(&va);
        version_release(&vb);
        return ret < 0 ? -1 : ret > 0;
}

static void takes_every_spelling(void **state)
{
        static const char *const pairs[][2] = {
            {"1.0", "1.0"},
            {"v1.0", "1.0"},
            {" \tV1.0\n", "1.0"},
            {"1.0ALPHA", "1.0a0"},
            {"1.0-beta_2", "1.0b2"},
            {"1.0.c.3", "1.0rc3"},
            {"1.0pre4", "1.0rc4"},
            {"1.0preview", "1.0rc0"},
            {"1.0RC05", "1.0rc5"},
            {"1.0-1", "1.0.post1"},
            {"1.0rev2", "1.0.post2"},
            {"1.0-r", "1.0.post0"},
            {"1.0.post", "1.0.post0"},
            {"1.0-dev-7", "1.0.dev7"},
            {"1.0dev", "1.0.dev0"},
            {"1.0a1-1.dev3", "1.0a1.post1.dev3"},
            {"1.0a--1", "1.0a0.post1"},
            {"1.0a-", "1.0a0"},
            {"00!007.00", "7.0"},
            {"1!2", "1!2"},
            {"1.0+Ubuntu-1_01", "1.0+ubuntu.1.1"},
            {"99999999999999999999999.1", "99999999999999999999999.1"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
                assert_canonical(pairs[i][0], pairs[i][1]);
}

static void refuses_what_is_no_version(void **state)
{
        static const char *const wrong[] = {"", " ", "v", "1.", ".1", "1..0", "1!", "!1", "1!1!1",
            "1.0x", "1.0-1-1", "1.0+", "1.0+a..b", "1.0+a.", "1.0.dev1.post1", "1.0a1b1", "1 .0",
            "v v1", "1.0\xc2\xa0", "latest", "1.0-", "1,0", "-1"};
        struct version v;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                e.code = ERR_NONE;
                assert_int_equal(version_parse(&v, wrong[i], &e), -1);
                assert_int_equal(e.code, ERR_FAILED);
                assert_null(v.text);
        }
}

static void says_where_it_is_wrong(void **state)
{
        struct version v;
        struct err e = ERR_INIT;

        (void)state;
        version_parse(&v, "1.0x", &e);
        assert_string_equal(e.msg, "\"1.0x\" is not a version (PEP 440): not from character 4 on");
        version_parse(&v, "1!", &e);
        assert_string_equal(e.msg, "\"1!\" is not a version (PEP 440): it ends too early");
}

static void has_a_stated_length(void **state)
{
        char text[LIMIT_VERSION + 2];
        struct version v;
        struct err e = ERR_INIT;

        (void)state;
        memset(text, '9', sizeof text);
        text[LIMIT_VERSION] = '\0';
        assert_int_equal(version_parse(&v, text, &e), 0);
        assert_int_equal(strlen(v.text), LIMIT_VERSION);
        version_release(&v);
        text[LIMIT_VERSION] = '9';
        text[LIMIT_VERSION + 1] = '\0';
        assert_int_equal(version_parse(&v, text, &e), -1);
        assert_non_null(strstr(e.msg, "more than"));
}

/* The list of PEP 440, with more between. Each is less than all that follow. */
static void orders(void **state)
{
        static const char *const sorted[] = {"0.dev0", "0", "1.dev0", "1.0.dev456", "1.0a1",
            "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
            "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5",
            "1.0+abc.7", "1.0+5", "1.0+5.a", "1.0+5.0", "1.0.post456.dev34", "1.0.post456",
            "1.0.15", "1.1.dev1", "1.2", "1.10", "9", "10", "18446744073709551615",
            "18446744073709551616", "1!0.dev0", "1!0", "10!0"};
        size_t count = sizeof sorted / sizeof sorted[0];

        (void)state;
        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count; j++)
                        assert_int_equal(order(sorted[i], sorted[j]), i < j ? -1 : i > j);
}

static void takes_zeros_and_spellings_for_equal(void **state)
{
        (void)state;
        assert_int_equal(order("1", "1.0.0.0"), 0);
        assert_int_equal(order("0", "0.0"), 0);
        assert_int_equal(order("1.0-1", "1.post1"), 0);
        assert_int_equal(order("1.0+A.01", "1+a-1"), 0);
        assert_int_equal(order("0!1", "v1"), 0);
        assert_int_equal(order("1.0.1", "1"), 1);
        assert_int_equal(order("1.0.0.1", "1.0.1"), -1);
}

static void knows_its_kind(void **state)
{
        static const struct {
                const char *text;
                bool pre, post, dev, prerelease;
                const char *local;
        } cases[] = {
            {"1", false, false, false, false, NULL},
            {"1a1", true, false, false, true, NULL},
            {"1.dev1", false, false, true, true, NULL},
            {"1.post1", false, true, false, false, NULL},
            {"1.post1.dev2+x.Y", false, true, true, true, "x.y"},
        };
        struct version v;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_int_equal(version_parse(&v, cases[i].text, NULL), 0);
                assert_int_equal(v.is_pre, cases[i].pre);
                assert_int_equal(v.is_post, cases[i].post);
                assert_int_equal(v.is_dev, cases[i].dev);
                assert_int_equal(version_is_prerelease(&v), cases[i].prerelease);
                if (cases[i].local)
                        assert_string_equal(version_local(&v), cases[i].local);
                else
                        assert_null(version_local(&v));
                version_release(&v);
        }
}

static void compares_parts(void **state)
{
        struct version a, b, c;

        (void)state;
        assert_int_equal(version_parse(&a, "1.2.0rc1+x", NULL), 0);
        assert_int_equal(version_parse(&b, "1.2rc1", NULL), 0);
        assert_int_equal(version_parse(&c, "1.2.0.3.post1", NULL), 0);
        assert_int_equal(version_compare_public(&a, &b), 0);
        assert_true(version_compare(&a, &b) > 0);
        assert_true(version_same_base(&a, &b));
        assert_false(version_same_base(&a, &c));
        assert_true(version_same_prefix(&b, &c, 3));
        assert_false(version_same_prefix(&b, &c, 4));
        assert_true(version_same_prefix(&a, &b, 100));
        version_release(&c);
        assert_int_equal(version_parse(&c, "1!1.2", NULL), 0);
        assert_false(version_same_prefix(&b, &c, 1));
        version_release(&a);
        version_release(&b);
        version_release(&c);
}

static void copies(void **state)
{
        struct version a, b;

        (void)state;
        assert_int_equal(version_parse(&a, "1!2.3+four", NULL), 0);
        version_copy(&b, &a);
        assert_int_equal(version_compare(&a, &b), 0);
        version_release(&a);
        assert_string_equal(b.text, "1!2.3+four");
        version_release(&b);
        version_release(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(takes_every_spelling),
            cmocka_unit_test(refuses_what_is_no_version),
            cmocka_unit_test(says_where_it_is_wrong),
            cmocka_unit_test(has_a_stated_length),
            cmocka_unit_test(orders),
            cmocka_unit_test(takes_zeros_and_spellings_for_equal),
            cmocka_unit_test(knows_its_kind),
            cmocka_unit_test(compares_parts),
            cmocka_unit_test(copies),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
