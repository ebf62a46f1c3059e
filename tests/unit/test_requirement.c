#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/requirement.h"

static void assert_text(const char *text, const char *expected)
{
        struct requirement r;
        struct err e = ERR_INIT;
        struct buf b;

        buf_init(&b, 1000);
        if (requirement_parse(&r, text, &e) < 0)
                fail_msg("%s", e.msg);
        assert_int_equal(requirement_text(&r, &b), 0);
        assert_string_equal(b.data, expected);
        requirement_release(&r);
        buf_release(&b);
}

static void takes_the_parts(void **state)
{
        struct requirement r;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(
            requirement_parse(
                &r, "Foo.Bar [Test_x,tls, tls] >=2.8.1, ==2.* ; python_version < \"2.7\"", &e),
            0);
        assert_string_equal(r.name, "foo-bar");
        assert_string_equal(r.written, "Foo.Bar");
        assert_int_equal(r.extra_count, 2);
        assert_string_equal(r.extras[0], "test-x");
        assert_string_equal(r.extras[1], "tls");
        assert_int_equal(r.specifier.count, 2);
        assert_null(r.url);
        assert_non_null(r.marker);
        requirement_release(&r);
        requirement_release(&r);
}

static void takes_every_form(void **state)
{
        static const char *const pairs[][2] = {
            {"a", "a"},
            {" A ", "a"},
            {"a[]", "a"},
            {"a [ ]>=1", "a>=1"},
            {"a (>=1)", "a>=1"},
            {"a(>=1,<2,)", "a<2,>=1"},
            {"a ()", "a"},
            {"a>=1,", "a>=1"},
            {"a===1.0-x,>=0", "a===1.0-x,>=0"},
            {"a;os_name=='x'", "a; os_name == \"x\""},
            {"a>=1;os_name=='x' ", "a>=1; os_name == \"x\""},
            {"a@https://example.invalid/a.zip;b", "a @ https://example.invalid/a.zip;b"},
            {"a[b] @ file:///x ; os_name=='x'", "a[b] @ file:///x ; os_name == \"x\""},
            {"a @\thttps://example.invalid/a ", "a @ https://example.invalid/a"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
                assert_text(pairs[i][0], pairs[i][1]);
}

static void points_at_the_column(void **state)
{
        static const struct {
                const char *text, *problem;
        } wrong[] = {
            {"", "column 1 of \"\": expected the name of a package"},
            {"-r x", "column 1 of \"-r x\": a name begins and ends with a letter or digit"},
            {"foo bar", "column 5 of \"foo bar\": expected a version specifier"},
            {"foo>>1", "column 4 of \"foo>>1\": \">1\" is not a version"},
            {"foo>=1 <2", "column 8 of \"foo>=1 <2\": expected \",\", \";\" or the end"},
            {"foo>=1.0.*", "column 4 of \"foo>=1.0.*\": \">=1.0.*\" is not a version specifier"},
            {"foo[a", "column 6 of \"foo[a\": expected \",\" or \"]\""},
            {"foo[a b]", "column 7 of \"foo[a b]\": expected \",\" or \"]\""},
            {"foo[,]", "column 5 of \"foo[,]\": expected the name of an extra"},
            {"foo (>=1", "column 9 of \"foo (>=1\": expected a version specifier, \",\" or \")\""},
            {"foo @", "column 6 of \"foo @\": expected a URL after \"@\""},
            {"foo @ x y", "column 9 of \"foo @ x y\": expected \";\" or the end"},
            {"foo; python_verson < '3'", "column 6 of"},
            {"foo; os_name == 'x' x", "column 21 of"},
            {"foo>=1,,<2", "column 8 of"},
            {"foo_", "column 1 of"},
            {"f\xc3\xb6o", "column 2 of"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct requirement r;
                struct err e = ERR_INIT;

                assert_int_equal(requirement_parse(&r, wrong[i].text, &e), -1);
                assert_null(r.name);
                if (strncmp(e.msg, wrong[i].problem, strlen(wrong[i].problem)) != 0)
                        fail_msg("%s", e.msg);
        }
}

static void shows_a_part_of_a_long_text(void **state)
{
        char *text = xasprintf("foo >=1;%792sos_name == ?%188s", "", "");
        struct requirement r;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(requirement_parse(&r, text, &e), -1);
        assert_non_null(strstr(e.msg, "column 812 of \"..."));
        assert_non_null(strstr(e.msg, "os_name == ?"));
        free(text);
}

static void fills_no_buffer_beyond_its_end(void **state)
{
        static const char *const texts[] = {
            "a[b,c]<2,>=1; \"a\" == \"b\" and (\"c\" == \"d\" or \"e\" in extra)",
            "a[b] @ https://x ; extra not in \"x\""};

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                struct requirement r;
                struct err e = ERR_INIT;
                struct buf b;

                assert_int_equal(requirement_parse(&r, texts[i], &e), 0);
                for (size_t max = 0; max <= strlen(texts[i]); max++) {
                        buf_init(&b, max);
                        assert_int_equal(requirement_text(&r, &b), max < strlen(texts[i]) ? -1 : 0);
                        if (max == strlen(texts[i]))
                                assert_string_equal(b.data, texts[i]);
                        buf_release(&b);
                }
                requirement_release(&r);
        }
}

static void bounds_its_length(void **state)
{
        char *text = xmalloc(LIMIT_REQUIREMENT + 2);
        struct requirement r;
        struct err e = ERR_INIT;

        (void)state;
        memset(text, ' ', LIMIT_REQUIREMENT + 1);
        text[0] = 'a';
        text[LIMIT_REQUIREMENT + 1] = '\0';
        assert_int_equal(requirement_parse(&r, text, &e), -1);
        text[LIMIT_REQUIREMENT] = '\0';
        assert_int_equal(requirement_parse(&r, text, &e), 0);
        requirement_release(&r);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(takes_the_parts),
            cmocka_unit_test(takes_every_form),
            cmocka_unit_test(points_at_the_column),
            cmocka_unit_test(shows_a_part_of_a_long_text),
            cmocka_unit_test(fills_no_buffer_beyond_its_end),
            cmocka_unit_test(bounds_its_length),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
