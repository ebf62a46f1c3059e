/* Request targets: what they decode to, what is refused, and where a directory redirects to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/http_path.h"

static void expect(const char *target, const char *text, bool directory)
{
        struct http_path p;

        assert_int_equal(http_path_parse(&p, target), HTTP_PATH_OK);
        assert_string_equal(p.text, text);
        assert_int_equal(p.len, strlen(text));
        assert_int_equal(p.directory, directory);
}

static void refuse(const char *target, enum http_path_error why)
{
        struct http_path p;
        enum http_path_error got = http_path_parse(&p, target);

        if (got != why)
                print_error("target: %s\n", target);
        assert_int_equal(got, why);
}

static void test_plain(void **state)
{
        (void)state;
        expect("/", "", true);
        expect("/a", "a", false);
        expect("/a/", "a", true);
        expect("/a/b.c", "a/b.c", false);
        expect("//a///b//", "a/b", true);
        expect("/a?x=/../y", "a", false);
        expect("/a/?", "a", true);
        expect("/a#b", "a", false);
        expect("http://example.invalid/a/b", "a/b", false);
        expect("HTTPS://example.invalid:8080/a/", "a", true);
        expect("http://example.invalid", "", true);
        expect("http://example.invalid?x/y", "", true);
}

static void test_decoding(void **state)
{
        (void)state;
        expect("/@sc%2fright", "@sc/right", false);
        expect("/@sc%2Fright/", "@sc/right", true);
        expect("/@sc%2fright%2f", "@sc/right", true);
        expect("/%21azure/%40v/list", "!azure/@v/list", false);
        expect("/a+b%2bc~d", "a+b+c~d", false);
        expect("/a%20b", "a b", false);
        expect("/%c3%a4\xc3\xb6", "\xc3\xa4\xc3\xb6", false);
        expect("/a%252e", "a%2e", false); /* once, not twice */
        expect("/a..b/c.", "a..b/c.", false);
        expect("/a%5c..", "a\\..", false); /* a backslash is a letter like any other */
}

static void test_refused(void **state)
{
        static const char *const bad[] = {"", "*", "a", "?", "%2fa", "ftp://example.invalid/", "/%",
            "/%2", "/%zz", "/%2x", "/a%00", "/%00/../", "/a%0ab", "/a%0d", "/a%7f", "/a\x01",
            "/a\tb", "/a\nb", "/%-1"};
        static const char *const hidden[] = {"/..", "/../", "/../x", "/a/../b", "/./a", "/.",
            "/.git/config", "/a/.b", "/%2e%2e/x", "/%2e%2e%2fx", "/a%2f..%2fb", "/%2E", "/..%2f",
            "//..//x", "/a/...", "/%2ehidden", "http://example.invalid/../x"};

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                refuse(bad[i], HTTP_PATH_BAD);
        for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
                refuse(hidden[i], HTTP_PATH_HIDDEN);
        refuse("/../%00", HTTP_PATH_BAD);
}

static void test_length(void **state)
{
        char target[LIMIT_PATH + 3];
        struct http_path p;

        (void)state;
        memset(target, 'a', sizeof target);
        target[0] = '/';
        target[LIMIT_PATH + 2] = '\0';
        assert_int_equal(http_path_parse(&p, target), HTTP_PATH_LONG);
        target[LIMIT_PATH] = '\0';
        assert_int_equal(http_path_parse(&p, target), HTTP_PATH_OK);
        assert_int_equal(p.len, LIMIT_PATH - 1);
}

static void expect_redirect(const char *target, const char *location)
{
        struct buf b;

        buf_init(&b, 1000);
        assert_int_equal(http_path_redirect(&b, target), 0);
        assert_string_equal(b.data, location);
        buf_release(&b);
}

static void test_redirect(void **state)
{
        struct buf small;

        (void)state;
        expect_redirect("/a", "a/");
        expect_redirect("/a/b", "b/");
        expect_redirect("/a/b?q", "b/");
        expect_redirect("/@sc%2fright", "@sc%2fright/");
        expect_redirect("http://example.invalid/a/b", "b/");
        expect_redirect("/x/javascript:a", "./javascript:a/");
        expect_redirect("/a\"<b>\xff", "a%22%3Cb%3E%FF/");
        expect_redirect("//example.invalid", "example.invalid/"); /* never another host */
        expect_redirect("/%2fexample.invalid", "%2fexample.invalid/");
        buf_init(&small, 1);
        assert_int_equal(http_path_redirect(&small, "/abc"), -1);
        buf_release(&small);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_plain),
            cmocka_unit_test(test_decoding),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_length),
            cmocka_unit_test(test_redirect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
