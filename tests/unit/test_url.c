#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/url.h"

/* Takes the text over. */
static void assert_text(char *have, const char *want)
{
        assert_non_null(have);
        assert_string_equal(have, want);
        free(have);
}

static char *join(const char *base, const char *reference)
{
        struct err e = ERR_INIT;

        return url_join(base, reference, &e);
}

/* RFC 3986 5.4, normal and abnormal examples. */
static void joins_as_the_rfc_says(void **state)
{
        static const char *const examples[][2] = {
            {"g:h", "g:h"},
            {"g", "http://a/b/c/g"},
            {"./g", "http://a/b/c/g"},
            {"g/", "http://a/b/c/g/"},
            {"/g", "http://a/g"},
            {"//g", "http://g"},
            {"?y", "http://a/b/c/d;p?y"},
            {"g?y", "http://a/b/c/g?y"},
            {"g?y#s", "http://a/b/c/g?y"},
            {";x", "http://a/b/c/;x"},
            {"g;x", "http://a/b/c/g;x"},
            {"", "http://a/b/c/d;p?q"},
            {"#s", "http://a/b/c/d;p?q"},
            {".", "http://a/b/c/"},
            {"./", "http://a/b/c/"},
            {"..", "http://a/b/"},
            {"../", "http://a/b/"},
            {"../g", "http://a/b/g"},
            {"../..", "http://a/"},
            {"../../", "http://a/"},
            {"../../g", "http://a/g"},
            {"../../../g", "http://a/g"},
            {"../../../../g", "http://a/g"},
            {"/./g", "http://a/g"},
            {"/../g", "http://a/g"},
            {"g.", "http://a/b/c/g."},
            {".g", "http://a/b/c/.g"},
            {"g..", "http://a/b/c/g.."},
            {"..g", "http://a/b/c/..g"},
            {"./../g", "http://a/b/g"},
            {"./g/.", "http://a/b/c/g/"},
            {"g/./h", "http://a/b/c/g/h"},
            {"g/../h", "http://a/b/c/h"},
            {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
            {"g;x=1/../y", "http://a/b/c/y"},
            {"g?y/./x", "http://a/b/c/g?y/./x"},
            {"g?y/../x", "http://a/b/c/g?y/../x"},
            {"http:g", "http:g"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
                assert_text(join("http://a/b/c/d;p?q", examples[i][0]), examples[i][1]);
}

static void joins_what_indexes_hold(void **state)
{
        (void)state;
        assert_text(join("https://u:p@h:8443/simple/x/", "../../packages/ab/x-1.0.whl#sha256=00"),
            "https://u:p@h:8443/packages/ab/x-1.0.whl");
        assert_text(join("https://u:p@h/simple/", "//cdn/x"), "https://cdn/x");
        assert_text(join("https://u:p@h/simple/", "https://other/x"), "https://other/x");
        assert_text(join("http://h", "x"), "http://h/x");
        assert_text(join("http://h?q", "x"), "http://h/x");
        assert_text(join("http://[::1]:8080/a/b", "c"), "http://[::1]:8080/a/c");
        assert_text(join("http://h/a", "with blank \"<é>\\.tgz"),
            "http://h/with%20blank%20%22%3C%C3%A9%3E%5C.tgz");
        assert_text(join("http://h/a", "b%2fc%20d"), "http://h/b%2fc%20d");
        assert_text(join("file:///srv/deb/dists/", "../pool/x.deb"), "file:///srv/deb/pool/x.deb");
}

static void refuses_to_join(void **state)
{
        struct err e = ERR_INIT;
        char *longer = xmalloc(LIMIT_URL + 1);

        (void)state;
        assert_null(url_join("simple/x", "y", &e));
        memset(longer, 'a', LIMIT_URL);
        longer[LIMIT_URL] = '\0';
        assert_null(url_join("http://h/", longer, &e));
        assert_non_null(strstr(e.msg, "longer than a URL may be"));
        free(longer);
}

static void assert_slice(struct url_slice have, const char *want)
{
        if (!want) {
                assert_null(have.at);
                return;
        }
        assert_non_null(have.at);
        assert_int_equal(have.len, strlen(want));
        assert_memory_equal(have.at, want, have.len);
}

static void splits(void **state)
{
        struct err e = ERR_INIT;
        struct url u;

        (void)state;
        assert_int_equal(url_parse("https://us:p@w@h.example.:8443/p/q?x=1?#f#g", &u, &e), 0);
        assert_slice(u.scheme, "https");
        assert_slice(u.userinfo, "us:p@w");
        assert_slice(u.host, "h.example.");
        assert_slice(u.port, "8443");
        assert_slice(u.path, "/p/q");
        assert_slice(u.query, "x=1?");
        assert_slice(u.fragment, "f#g");
        assert_int_equal(url_parse("http://[::1]", &u, &e), 0);
        assert_slice(u.host, "[::1]");
        assert_slice(u.port, NULL);
        assert_slice(u.userinfo, NULL);
        assert_slice(u.path, "");
        assert_slice(u.query, NULL);
}

static void refuses_what_is_no_url(void **state)
{
        static const char *const bad[] = {
            "",
            "h/x",
            "/x",
            "//h/x",
            "ftp://h/x",
            "javascript:alert(1)",
            "http:/h/x",
            "http:x",
            "http://",
            "http:///x",
            "http://:80/x",
            "http://u@/x",
            "http://h:0/",
            "http://h:65536/",
            "http://h:8a/",
            "http://h:99999999999999999999/",
            "http://h x/",
            "http://h/a b",
            "http://h/a\nb",
            "http://h/\x7f",
            "http://[::1/",
            "http://[]/",
            "http://a[b]/",
            "http://h\\@evil/",
            "http://a%2fb/",
            "file://elsewhere/x",
        };
        struct url u;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct err e = ERR_INIT;

                if (url_parse(bad[i], &u, &e) == 0)
                        fail_msg("accepted: %s", bad[i]);
                assert_int_equal(e.code, ERR_FAILED);
        }
}

static void shows_no_secrets(void **state)
{
        struct err e = ERR_INIT;
        struct url u;

        (void)state;
        assert_text(
            url_display("https://user:secret@h:1/a/b?sig=secret#secret"), "https://h:1/a/b?...");
        assert_text(url_display("https://user:se@cret@h/a"), "https://h/a");
        assert_text(url_display("https://h/a@b"), "https://h/a@b");
        assert_text(url_display("a/b?token=secret"), "a/b");
        assert_text(url_display("user:secret@h/x"), "(not shown: it may hold a password)");
        assert_text(url_display(""), "");
        assert_int_equal(url_parse("https://user:secret@h:x/", &u, &e), -1);
        assert_null(strstr(e.msg, "secret"));
        assert_null(url_join("//user:secret@h/", "x", &e));
        assert_null(strstr(e.msg, "secret"));
}

static void assert_no_file_name(const char *text)
{
        struct err e = ERR_INIT;
        char *name = url_file_name(text, &e);

        if (name)
                fail_msg("%s gave %s", text, name);
        assert_int_equal(e.code, ERR_FAILED);
}

static void finds_file_names(void **state)
{
        struct err e = ERR_INIT;
        char longest[LIMIT_NAME + 32];

        (void)state;
        assert_text(url_file_name("http://h/a/x-1.0%2Blocal.whl?q=/y#/z", &e), "x-1.0+local.whl");
        assert_text(url_file_name("http://h/...", &e), "...");
        assert_no_file_name("http://h");
        assert_no_file_name("http://h/a/");
        assert_no_file_name("http://h/a/.");
        assert_no_file_name("http://h/a/%2e%2E");
        assert_no_file_name("http://h/a/..%2f..%2fetc");
        assert_no_file_name("http://h/a/x%00.whl");
        assert_no_file_name("http://h/a/x%0a");
        assert_no_file_name("http://h/a/x%4");
        assert_no_file_name("http://h/a/x%zz");
        snprintf(longest, sizeof longest, "http://h/%0*d", LIMIT_NAME + 1, 0);
        assert_no_file_name(longest);
        longest[strlen(longest) - 1] = '\0';
        assert_text(url_file_name(longest, &e), longest + strlen("http://h/"));
}

static void quotes(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        assert_text(
            url_encode_segment("@scope/name 1.0~rc_1-é"), "%40scope%2Fname%201.0~rc_1-%C3%A9");
        assert_text(url_encode_segment(""), "");
        assert_text(url_decode("%40scope%2fname+1", 17, &e), "@scope/name+1");
        assert_text(url_decode("ab%41", 2, &e), "ab");
        assert_null(url_decode("%4", 2, &e));
        assert_null(url_decode("%41", 2, &e)); /* cut inside an escape */
        assert_null(url_decode("%00", 3, &e));
}

static void cuts_fragments(void **state)
{
        const char *fragment;

        (void)state;
        assert_text(url_without_fragment("http://h/x#sha256=00", &fragment), "http://h/x");
        assert_string_equal(fragment, "sha256=00");
        assert_text(url_without_fragment("http://h/x", &fragment), "http://h/x");
        assert_null(fragment);
        assert_text(url_without_fragment("http://h/x#y", NULL), "http://h/x");
}

static void knows_origins(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        assert_text(url_origin("HTTPS://u:p@Host.Example/x", &e), "https://host.example:443");
        assert_text(url_origin("http://h:8080", &e), "http://h:8080");
        assert_text(url_origin("http://h:/x", &e), "http://h:80");
        assert_text(url_origin("file:///x", &e), "file://");
        assert_null(url_origin("x", &e));
        assert_true(url_same_origin("https://h/a", "https://u@H:443/b"));
        assert_false(url_same_origin("https://h/a", "http://h/a"));
        assert_false(url_same_origin("https://h/a", "https://h:444/a"));
        assert_false(url_same_origin("https://h/a", "https://hh/a"));
        assert_false(url_same_origin("https://h/a", "x"));
}

static void hands_credentials_on(void **state)
{
        const char *from = "https://user:p%40w@h/simple/";

        (void)state;
        assert_text(
            url_with_credentials("https://h:443/f?x", from), "https://user:p%40w@h:443/f?x");
        assert_text(url_with_credentials("https://own@h/f", from), "https://own@h/f");
        assert_text(url_with_credentials("https://other/f", from), "https://other/f");
        assert_text(url_with_credentials("http://h/f", from), "http://h/f");
        assert_text(url_with_credentials("https://h:8443/f", from), "https://h:8443/f");
        assert_text(url_with_credentials("https://h/f", "https://h/"), "https://h/f");
        assert_text(url_with_credentials("no url", from), "no url");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(joins_as_the_rfc_says),
            cmocka_unit_test(joins_what_indexes_hold),
            cmocka_unit_test(refuses_to_join),
            cmocka_unit_test(splits),
            cmocka_unit_test(refuses_what_is_no_url),
            cmocka_unit_test(shows_no_secrets),
            cmocka_unit_test(finds_file_names),
            cmocka_unit_test(quotes),
            cmocka_unit_test(cuts_fragments),
            cmocka_unit_test(knows_origins),
            cmocka_unit_test(hands_credentials_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
