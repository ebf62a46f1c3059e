#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/specifier.h"

static bool contains(const char *set, const char *version, bool prereleases)
{
        struct specifier_set s;
        struct version v;
        struct err e = ERR_INIT;
        bool ret;

        if (specifier_set_parse(&s, set, &e) < 0)
                fail_msg("%s", e.msg);
        assert_int_equal(version_parse(&v, version, NULL), 0);
        ret = specifier_set_contains(&s, &v, prereleases);
        specifier_set_release(&s);
        version_release(&v);
        return ret;
}

/* "version" is in the set, "!version" is not; pre-releases are allowed. */
static void assert_contains(const char *set, const char *const *versions)
{
        for (; *versions; versions++) {
                bool wanted = **versions != '!';

                if (contains(set, *versions + !wanted, true) != wanted)
                        fail_msg("%s and %s", set, *versions);
        }
}

#define ASSERT_CONTAINS(set, ...) assert_contains(set, (const char *const[]){__VA_ARGS__, NULL})

static void judges_equality(void **state)
{
        (void)state;
        ASSERT_CONTAINS("==1.1", "1.1", "1.1.0", "1.1+local", "!1.1.post1", "!1.1a1", "!1.1.dev1");
        ASSERT_CONTAINS("==1.1+a.1", "1.1+A-01", "!1.1", "!1.1+a.2");
        ASSERT_CONTAINS(
            "==1.1.*", "1.1", "1.1.post1", "1.1a1", "1.1.9", "1.1.dev0", "!1.10", "!1.2", "!1");
        ASSERT_CONTAINS("==1.0.*", "1", "1.0.3", "!1.1", "!2!1.0");
        ASSERT_CONTAINS("==2!1.0.*", "2!1", "2!1.0.1", "!1.0");
        ASSERT_CONTAINS("!=1.1", "1.2", "1.1.post1", "!1.1", "!1.1+local");
        ASSERT_CONTAINS("!=1.1.*", "1.2", "!1.1.post1", "!1.1");
        ASSERT_CONTAINS("===1.0", "1.0", "!1.0.0", "!1.0+x");
        ASSERT_CONTAINS("===1.0RC1", "1.0rc1");
        ASSERT_CONTAINS("===nightly", "!1.0");
}

static void judges_order(void **state)
{
        (void)state;
        ASSERT_CONTAINS(">=1.7", "1.7", "1.7+x", "1.7.post1", "2", "!1.7rc1", "!1.6");
        ASSERT_CONTAINS("<=1.7", "1.7", "1.7+x", "1.7a1", "!1.7.post1", "!1.8");
        ASSERT_CONTAINS(
            ">1.7", "1.7.1", "1.8a1", "!1.7", "!1.7.0.post1", "!1.7+x", "!1.7.post1.dev1");
        ASSERT_CONTAINS(">1.7.post2", "1.7.1", "1.7.0.post3", "!1.7.0", "!1.7.post2+x");
        ASSERT_CONTAINS(">1.0a1", "1.0", "1.0+x", "1.0.post1", "1.0a2", "!1.0a1.post1", "!1.0a1+x");
        ASSERT_CONTAINS(">1.0.dev1", "1.0.post1", "1.0.dev2", "!1.0.dev1");
        ASSERT_CONTAINS("<1.7", "1.6", "1.6.9rc1", "!1.7rc1", "!1.7.dev0", "!1.7");
        ASSERT_CONTAINS("<1.7rc1", "1.7b1", "1.7.dev0", "!1.7rc1");
        ASSERT_CONTAINS("<1.0.post1", "1.0", "1.0rc1", "!1.0.post1.dev0", "!1.0.post1");
}

static void judges_compatibility(void **state)
{
        (void)state;
        ASSERT_CONTAINS("~=2.2", "2.2", "2.9", "2.2.post3", "!3.0", "!2.1", "!2.2a1", "!3.dev0");
        ASSERT_CONTAINS("~=1.4.5", "1.4.5", "1.4.9", "!1.5", "!1.4.4");
        ASSERT_CONTAINS("~=1.4.5.0", "1.4.5.3", "!1.4.6");
        ASSERT_CONTAINS("~=2.2.post3", "2.2.post3", "2.3", "!2.2", "!3");
        ASSERT_CONTAINS("~=2.2.r3", "2.3", "!3");
        ASSERT_CONTAINS("~=1.4.5a4", "1.4.5a4", "1.4.5", "!1.5");
        ASSERT_CONTAINS("~=1!2.0", "1!2.1", "!2.1", "!1!3");
}

static void joins_clauses(void **state)
{
        (void)state;
        ASSERT_CONTAINS("", "1", "0.dev0");
        ASSERT_CONTAINS(" , ,", "1");
        ASSERT_CONTAINS(
            ">= 0.9, ~= 1.0, != 1.3.4.*, < 2.0", "1.0", "1.5", "!0.9", "!1.3.4.1", "!2.0");
        ASSERT_CONTAINS(">=2,<1", "!1.5", "!2", "!0.5");
}

static void treats_prereleases(void **state)
{
        static const struct {
                const char *set;
                bool mentions;
        } cases[] = {{">=1.0a1", true}, {"==1.0.dev1", true}, {"<=1.0rc1", true}, {"~=1.0b1", true},
            {"===1.0a1", true}, {"===nightly", false}, {"!=1.0a1", false}, {"<3.0.dev0", false},
            {">1.0a1", false}, {"", false}, {"==1.*", false}, {"<3,>=1.0a1", true}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct specifier_set s;

                assert_int_equal(specifier_set_parse(&s, cases[i].set, NULL), 0);
                if (specifier_set_mentions_prerelease(&s) != cases[i].mentions)
                        fail_msg("%s", cases[i].set);
                specifier_set_release(&s);
        }
        assert_false(contains("", "1.0a1", false));
        assert_false(contains(">=1.0a1", "1.0a1", false));
        assert_true(contains(">=1.0", "1.1.post1", false));
}

static size_t filter(const char *set, bool allow, bool keep[4])
{
        static const char *const texts[4] = {"1.0", "1.1rc1", "2.0.dev1", "0.9"};
        struct version versions[4];
        const struct version *list[4];
        struct specifier_set s;
        size_t ret;

        assert_int_equal(specifier_set_parse(&s, set, NULL), 0);
        for (size_t i = 0; i < 4; i++) {
                assert_int_equal(version_parse(&versions[i], texts[i], NULL), 0);
                list[i] = &versions[i];
        }
        ret = specifier_set_filter(&s, list, 4, allow, keep);
        for (size_t i = 0; i < 4; i++)
                version_release(&versions[i]);
        specifier_set_release(&s);
        return ret;
}

static void filters_by_what_there_is(void **state)
{
        bool keep[4];

        (void)state;
        assert_int_equal(filter("", false, keep), 2);
        assert_true(keep[0] && keep[3]);
        assert_int_equal(filter("", true, keep), 4);
        assert_int_equal(filter(">1.0", false, keep), 2); /* nothing final is left */
        assert_true(keep[1] && keep[2]);
        assert_int_equal(filter(">=1.0rc1", false, keep), 3); /* asked for */
        assert_int_equal(filter(">3", false, keep), 0);
}

static void knows_pins(void **state)
{
        static const struct {
                const char *set;
                bool pins;
        } cases[] = {{"==1.0", true}, {"===x", true}, {">=1,==1.0", true}, {"==1.*", false},
            {">=1", false}, {"", false}, {"~=1.0", false}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct specifier_set s;

                assert_int_equal(specifier_set_parse(&s, cases[i].set, NULL), 0);
                assert_int_equal(specifier_set_pins(&s), cases[i].pins);
                specifier_set_release(&s);
        }
}

static void refuses(void **state)
{
        static const char *const wrong[] = {"1.0", "=1.0", ">1.0.*", "~=1", "~=1.0.*", ">=1.0+x",
            "==1.0a1.*", "==1.0+x.*", "==1.0.dev1.*", "==1.0 .*", "==.*", "==", ">= 1 0", "=>1",
            ">=1;", "===a b", "===a;b", "===a)", ">=1,,<x", "==1.*.*"};
        struct specifier_set s;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                e = (struct err)ERR_INIT;
                if (specifier_set_parse(&s, wrong[i], &e) == 0)
                        fail_msg("%s", wrong[i]);
                assert_int_equal(e.code, ERR_FAILED);
                assert_null(s.list);
                assert_int_equal(specifier_set_parse(&s, wrong[i], NULL), -1);
        }
        specifier_set_parse(&s, ">=1.0.*", &e);
        assert_string_equal(
            e.msg, "\">=1.0.*\" is not a version specifier: .* can only follow == and !=");
}

static void has_a_stated_size(void **state)
{
        struct specifier_set s = {0};

        (void)state;
        for (int i = 0; i < LIMIT_SPECIFIERS; i++)
                assert_int_equal(specifier_set_add(&s, "!=1", 3, NULL), 0);
        assert_int_equal(specifier_set_add(&s, "!=1", 3, NULL), -1);
        assert_int_equal(s.count, LIMIT_SPECIFIERS);
        specifier_set_release(&s);
}

static void assert_text(const char *set, const char *text)
{
        struct specifier_set s, copy;
        struct buf b;

        buf_init(&b, 100);
        assert_int_equal(specifier_set_parse(&s, set, NULL), 0);
        specifier_set_copy(&copy, &s);
        specifier_set_release(&s);
        assert_int_equal(specifier_set_text(&copy, &b), 0);
        assert_string_equal(b.data, text);
        specifier_set_release(&copy);
        buf_release(&b);
}

static void fills_no_buffer_beyond_its_end(void **state)
{
        struct specifier_set s;
        struct buf b;

        (void)state;
        assert_int_equal(specifier_set_parse(&s, ">=1.0,<2", NULL), 0);
        for (size_t max = 0; max < 8; max++) {
                buf_init(&b, max);
                assert_int_equal(specifier_set_text(&s, &b), -1);
                buf_release(&b);
        }
        specifier_set_release(&s);
}

static void writes(void **state)
{
        (void)state;
        assert_text("", "");
        assert_text(" >= 1.0 , != 1.0.1 ", "!=1.0.1,>=1.0");
        assert_text("==1.0,==1,== v1.0.0", "==1.0");
        assert_text("~=1.0,~=1.0.0", "~=1.0,~=1.0.0");
        assert_text("===a,===A,==1.*", "==1.*,===A,===a");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(judges_equality),
            cmocka_unit_test(judges_order),
            cmocka_unit_test(judges_compatibility),
            cmocka_unit_test(joins_clauses),
            cmocka_unit_test(treats_prereleases),
            cmocka_unit_test(filters_by_what_there_is),
            cmocka_unit_test(knows_pins),
            cmocka_unit_test(refuses),
            cmocka_unit_test(has_a_stated_size),
            cmocka_unit_test(fills_no_buffer_beyond_its_end),
            cmocka_unit_test(writes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
