/*
 * Golden cases: tests/data/pypi/simple-<case>/ with
 *     request   three lines: the Content-Type, the page's address, the project
 *     page      what the index answered
 *     expect    the page as text (simple_dump.h), or "error: ..."
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "golden.h"
#include "simple_dump.h"

#define JSON "application/vnd.pypi.simple.v1+json"
#define HTML "application/vnd.pypi.simple.v1+html"
#define URL "http://127.0.0.1:8080/simple/foo/"

static void dump(const char *type, const char *bytes, size_t len, const char *url,
    const char *project, struct buf *out)
{
        struct simple_page page;
        struct err e = ERR_INIT;

        buf_init(out, (size_t)1 << 24);
        if (simple_parse(type, bytes, len, url, project, &page, &e) < 0)
                buf_addf(out, "error: %s\n", e.msg);
        else
                dump_page(out, &page);
        simple_page_release(&page);
}

static void run_case(const char *folder)
{
        char *request = golden_read(folder, "request", NULL), *at = request;
        const char *lines[3];
        size_t len = 0;
        char *page = golden_read(folder, "page", &len);
        struct buf out;

        assert_non_null(request);
        assert_non_null(page);
        for (int i = 0; i < 3; i++) {
                lines[i] = strsep(&at, "\n");
                assert_non_null(at);
        }
        dump(lines[0], page, len, lines[1], lines[2], &out);
        golden_check(folder, "expect", out.data, out.len);
        buf_release(&out);
        free(request);
        free(page);
}

static void test_golden(void **state)
{
        (void)state;
        golden_each("pypi", "simple-", run_case);
}

static void expect_error(const char *type, const char *page, const char *part)
{
        struct buf out;

        dump(type, page, strlen(page), URL, "foo", &out);
        if (strncmp(out.data, "error: ", 7) != 0 || !strstr(out.data, part))
                fail_msg("%s\nexpected an error with: %s\nfound: %s", page, part, out.data);
        buf_release(&out);
}

static void expect_text(const char *type, const char *page, const char *part)
{
        struct buf out;

        dump(type, page, strlen(page), URL, "foo", &out);
        if (strncmp(out.data, "error: ", 7) == 0 || !strstr(out.data, part))
                fail_msg("%s\nexpected: %s\nfound: %s", page, part, out.data);
        buf_release(&out);
}

#define PAGE(files) "{\"meta\":{\"api-version\":\"1.4\"},\"name\":\"foo\",\"files\":[" files "]}"
#define FILE_WITH(more) "{\"filename\":\"f-1.tar.gz\",\"url\":\"f-1.tar.gz\"" more "}"
#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
#define D64_LOWER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_wrong_types_are_named(void **state)
{
        static const struct {
                const char *page, *part;
        } cases[] = {
            {PAGE(FILE_WITH(",\"size\":\"1\"")),
                "files[0] (f-1.tar.gz): size: JSON line 1, column"},
            {PAGE(FILE_WITH(",\"size\":1.5")), "size"},
            {PAGE(FILE_WITH(",\"size\":-1")), "size: the size is negative"},
            {PAGE(FILE_WITH(",\"hashes\":[]")), "hashes"},
            {PAGE(FILE_WITH(",\"hashes\":null")), "hashes"},
            {PAGE(FILE_WITH(",\"hashes\":{\"sha256\":\"12\"}")),
                "hashes: its sha256 has 2 digits instead of 64"},
            {PAGE(FILE_WITH(",\"hashes\":{\"sha256\":1}")), "hashes"},
            {PAGE(FILE_WITH(",\"requires-python\":3")), "requires-python: JSON line 1, column"},
            {PAGE(FILE_WITH(",\"yanked\":1")), "yanked"},
            {PAGE(FILE_WITH(",\"yanked\":{}")), "yanked"},
            {PAGE(FILE_WITH(",\"core-metadata\":\"sha256=1\"")), "core-metadata"},
            {PAGE(FILE_WITH(",\"data-dist-info-metadata\":[1]")), "data-dist-info-metadata"},
            {PAGE(FILE_WITH(",\"upload-time\":12")), "upload-time"},
            {PAGE(FILE_WITH(",\"provenance\":true")), "provenance"},
            {PAGE(FILE_WITH(",\"size\":1,\"size\":1")), "size: it is stated twice"},
            {PAGE("{\"size\":[],\"filename\":\"later\",\"url\":\"x\"}"), "files[0] (later): size"},
            {PAGE("{\"filename\":\"f\"}"), "files[0] (f): url: it is missing"},
            {PAGE("{\"url\":\"f\"}"), "files[0] (no name): filename: it is missing"},
            {PAGE("{\"filename\":\"f\",\"url\":\"ftp://127.0.0.1/f\"}"), "files[0] (f): url"},
            {PAGE("{\"filename\":\"f\",\"url\":\"http:///f\"}"), "files[0] (f): url"},
            {PAGE("{\"filename\":\"../f\",\"url\":\"f\"}"), "holds a slash"},
            {PAGE("{\"filename\":\"a\\\\b\",\"url\":\"f\"}"), "holds a slash"},
            {PAGE("{\"filename\":\"a\\nb\",\"url\":\"f\"}"), "control character"},
            {PAGE("{\"filename\":\"..\",\"url\":\"f\"}"), "the file name is \"..\""},
            {PAGE("{\"filename\":\"\",\"url\":\"f\"}"), "empty"},
            {PAGE("{\"filename\":1,\"url\":\"f\"}"), "filename"},
            {PAGE("7"), "files[0] (no name)"},
            {PAGE(FILE_WITH("") ",{\"filename\":\"x\",\"size\":\"1\",\"y\":nul}"),
                "files[1] (x): size"},
            {PAGE("") "x", "something stands behind"},
            {"{\"meta\":{\"api-version\":1}}", "meta.api-version: JSON line 1"},
            {"{\"meta\":[]}", "meta: JSON line 1"},
            {"{\"meta\":{\"api-version\":\"1\"}}", "not of the form 1.N"},
            {"{\"meta\":{\"api-version\":\"1.x\"}}", "not of the form 1.N"},
            {"{\"meta\":{\"api-version\":\"1.0.1\"}}", "not of the form 1.N"},
            {"{\"files\":{}}", "files: JSON"},
            {"{\"files\":[],\"files\":[]}", "stands twice"},
            {"{\"name\":\"foo\",\"versions\":[1]}", "versions[0]"},
            {"{\"name\":[]}", "name: JSON"},
            {"{\"name\":\"foo\"}", "has no \"files\""},
            {"{\"files\":[]}", "has no \"name\""},
            {"{\"files\":[],\"name\":\"bar\"}", "another project, bar"},
            {"{\"project-status\":\"archived\"}", "project-status"},
            {"{\"project-status\":{\"status\":1}}", "project-status.status"},
            {"[]", "expected an object"},
            {"", "expected an object, found the end"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                expect_error(JSON, cases[i].page, cases[i].part);
}

static void test_fields(void **state)
{
        static const struct {
                const char *page, *part;
        } cases[] = {
            {PAGE(FILE_WITH(
                 ",\"hashes\":{\"md5\":\"x\",\"sha512\":\"" D64 D64 "\",\"sha256\":\"" D64 "\"}")),
                "digest sha256=" D64_LOWER "\n"},
            {PAGE(FILE_WITH(",\"hashes\":{\"md5\":\"x\",\"sha512\":\"" D64 D64 "\"}")),
                "digest sha512=" D64_LOWER D64_LOWER "\n"},
            {PAGE(FILE_WITH(",\"hashes\":{\"md5\":\"x\"}")), "weak-digest \"md5\""},
            {PAGE(FILE_WITH(",\"hashes\":{}")), "url \"" URL "f-1.tar.gz\"\n"},
            {PAGE(FILE_WITH(",\"yanked\":true")), "yanked \"\"\n"},
            {PAGE(FILE_WITH(",\"yanked\":\"a \\\"b\\\"\"")), "yanked \"a \"b\"\"\n"},
            {PAGE(FILE_WITH(",\"yanked\":\"\"")), "f-1.tar.gz\"\n"},
            {PAGE(FILE_WITH(",\"core-metadata\":true")), "f-1.tar.gz\"\n  core-metadata\n"},
            {PAGE(FILE_WITH(
                 ",\"data-dist-info-metadata\":{\"sha256\":\"" D64 "\"},\"core-metadata\":true")),
                "f-1.tar.gz\"\n  core-metadata\n"},
            {PAGE(FILE_WITH(",\"dist-info-metadata\":{\"sha256\":\"" D64 "\"}")),
                "core-metadata sha256=" D64_LOWER "\n"},
            {PAGE(FILE_WITH(",\"upload-time\":\"2000-02-29T23:59:60.5Z\"")),
                "uploaded 951868800\n"},
            {PAGE(FILE_WITH(",\"upload-time\":\"1970-01-01T01:00:00+01:00\"")), "uploaded 0\n"},
            {PAGE(FILE_WITH(",\"upload-time\":\"1969-12-31T23:59:59Z\"")), "uploaded -1\n"},
            {PAGE(FILE_WITH(",\"upload-time\":\"2024-12-31 00:00:00-00:30\"")),
                "uploaded 1735605000\n"},
            {PAGE(FILE_WITH(",\"upload-time\":\"yesterday\"")), "upload-time \"yesterday\"\n"},
            {PAGE(FILE_WITH(",\"size\":123")), "size 123\n"},
            {PAGE(FILE_WITH(",\"provenance\":\"/p\"")), "provenance \"http://127.0.0.1:8080/p\"\n"},
            {"{\"meta\":{\"api-version\":\"1.9\"},\"name\":\"Foo\",\"files\":[]}", "api 1.9\n"},
            {"{\"name\":\"foo\",\"files\":[]}", "api 1.0\n"},
            {"{\"name\":\"foo\",\"files\":[],\"project-status\":{\"status\":\"new\"}}",
                "status 4\n  status \"new\""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                expect_text(JSON, cases[i].page, cases[i].part);
}

static void refuse_text(const char *type, const char *page, const char *part)
{
        struct buf out;

        dump(type, page, strlen(page), URL, "foo", &out);
        assert_int_not_equal(strncmp(out.data, "error: ", 7), 0);
        assert_null(strstr(out.data, part));
        buf_release(&out);
}

static void test_what_says_nothing(void **state)
{
        (void)state;
        refuse_text(JSON, PAGE(FILE_WITH(",\"yanked\":\"\"")), "yanked");
        refuse_text(JSON, PAGE(FILE_WITH(",\"yanked\":false")), "yanked");
        refuse_text(
            JSON, PAGE(FILE_WITH(",\"core-metadata\":false,\"dist-info-metadata\":true")), "core");
        refuse_text(JSON, PAGE(FILE_WITH(",\"requires-python\":\"\"")), "requires");
        refuse_text(JSON, PAGE(FILE_WITH(",\"requires-python\":null")), "requires");
        refuse_text(
            JSON, PAGE(FILE_WITH(",\"upload-time\":\"2024-02-30T00:00:00Z\"")), "uploaded 17");
        refuse_text(JSON, PAGE(FILE_WITH(",\"upload-time\":\"2024-13-01T00:00:00Z\"")), "uploaded");
        refuse_text(JSON, PAGE(FILE_WITH(",\"upload-time\":\"2024-12-01T00:00:00\"")), "uploaded");
        refuse_text(
            JSON, PAGE(FILE_WITH(",\"upload-time\":\"2024-12-01T00:00:00.Zz\"")), "uploaded");
        refuse_text(JSON, PAGE(FILE_WITH(",\"gpg-sig\":true,\"unknown\":{\"x\":[1]}")), "gpg");
        refuse_text(
            HTML, "<a href=f-1.zip data-core-metadata=false data-dist-info-metadata=true>", "core");
        refuse_text(HTML, "<a href=f-1.zip#egg=f&subdirectory>", "weak");
}

/* One odd file does not take a project's others away; the first fault is told. */
static void test_one_odd_file_is_passed_over(void **state)
{
        static const struct {
                const char *page, *part;
        } cases[] = {
            {PAGE(FILE_WITH("") ",7"), "passed over 1: files[1] (no name): JSON line 1"},
            {PAGE("[[{}]],{\"filename\":\"a/b\",\"url\":\"b\"}," FILE_WITH(",\"size\":3")),
                "size 3\npassed over 2: files[0] (no name): JSON line 1"},
            {PAGE("{\"filename\":\"x\"}," FILE_WITH("") ",{\"filename\":\"\",\"url\":\"\"}"),
                "file f-1.tar.gz\n  url \"" URL "f-1.tar.gz\"\npassed over 2: files[0] (x): url: "
                "it is missing"},
            {PAGE(FILE_WITH(
                 "") ",{\"filename\":\"x\",\"url\":\"x\",\"hashes\":{\"a\":[{\"b\":1}]}}"),
                "passed over 1: files[1] (x): hashes"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                expect_text(JSON, cases[i].page, cases[i].part);
        expect_text(HTML, "<a href='f-1.zip#sha256=xyz'><a href='f-2.zip'>",
            "file f-2.zip\n  url \"" URL "f-2.zip\"\npassed over 1: the link to f-1.zip");
        expect_text(
            "text/html", "<a href='f-1.zip#sha256=xyz'><a href='f-2.zip'>", "passed over 1");
        expect_error("text/html", "<a href='f-1.zip#sha256=xyz'>", "the link to f-1.zip");
}

/* The major version decides before whatever else a page of the future may look like. */
static void test_newer_major(void **state)
{
        (void)state;
        expect_error(JSON, "{\"meta\":{\"api-version\":\"2.0\"}}", "API version 2.0");
        expect_error(
            JSON, "{\"files\":{\"a\":1},\"meta\":{\"api-version\":\"2.0\"}}", "API version 2.0");
        expect_error(JSON, "{\"files\":[{\"url\":[]}],\"meta\":{\"api-version\":\"3.1\"}}",
            "API version 3.1");
        expect_error(HTML, "<meta content=2.0 name='pypi:repository-version'>", "API version 2.0");
}

static void test_content_types(void **state)
{
        const char *json = "{\"meta\":{\"api-version\":\"1.0\"},\"name\":\"foo\",\"files\":[]}";
        const char *html = "<title>Links for foo</title>";

        (void)state;
        expect_text("application/json", json, "api 1.0");
        expect_text("Application/JSON ; charset=utf-8", json, "api 1.0");
        expect_text("application/vnd.pypi.simple.v1+json;charset=utf-8", json, "api 1.0");
        expect_text("", json, "api 1.0");
        expect_text("", html, "api 1.0");
        expect_text("text/html; charset=utf-8", html, "api 1.0");
        expect_error(
            "application/json", "{\"name\":\"foo\",\"files\":[]}", "states no meta.api-version");
        expect_error(
            "application/json", "{\"error\":\"no such thing\"}", "states no meta.api-version");
        expect_error("text/plain", json, "Content-Type is \"text/plain\"");
        expect_error("application/vnd.pypi.simple.v2+json", json, "v2+json");
        expect_error("application/jsonx", json, "application/jsonx");
        expect_error("", "hello", "Content-Type is \"\"");
        expect_error("", "", "Content-Type is \"\"");
}

/* An error page with status 200 is not an empty project; an empty project is no error. */
static void test_html_that_is_no_index(void **state)
{
        (void)state;
        expect_error(
            "text/html", "<title> Sign in </title><a href='/login'>x</a>", "titled \"Sign in");
        expect_error("text/html", "", "no package index page");
        expect_error(
            "text/html", "<h1>It works</h1><a href='about.html'>x</a>", "no package index page");
        expect_text("text/html", "<TITLE>\n links for foo</TITLE>", "api 1.0");
        expect_text(
            "text/html", "<title>Index of /simple/foo/</title><a href='../'>x</a>", "api 1.0");
        expect_text("text/html", "<meta name='pypi:repository-version' content='1.0'>", "api 1.0");
        expect_text(HTML, "<h1>x</h1>", "api 1.0");
        expect_text(
            "text/html", "<title>Foo</title><a href='foo-1.0.zip'>x</a>", "file foo-1.0.zip");
}

static void test_html_links(void **state)
{
        static const struct {
                const char *page, *part;
        } cases[] = {
            {"<a href='../../files/f-1.zip#sha256=" D64 "'>",
                "url \"http://127.0.0.1:8080/files/f-1.zip\"\n  digest sha256=" D64_LOWER},
            {"<a href=' f-1.zip\n'>", "file f-1.zip\n"},
            {"<a href='f-1%2B2.zip'>", "file f-1+2.zip\n  url \"" URL "f-1%2B2.zip\"\n"},
            {"<a href='f-1.zip?x=1#md5=00&egg=f'>",
                "file f-1.zip\n  url \"" URL "f-1.zip?x=1\"\n  weak-digest \"md5\"\n"},
            {"<a href='f-1.zip#egg=f&sha384=" D64 "0123456789abcdef0123456789abcdef'>",
                "digest sha384=0123"},
            {"<base href='//example.invalid/x/'><base href='/y/'><a href=f-1.zip>",
                "url \"http://example.invalid/x/f-1.zip\"\n"},
            {"<a href='f-1.zip' data-requires-python='&gt;=3.8,&lt;4'>",
                "requires-python \">=3.8,<4\"\n"},
            {"<a href='f-1.zip' data-yanked>", "yanked \"\"\n"},
            {"<a href='f-1.zip' data-core-metadata='sha256=" D64 "'>",
                "core-metadata\n  core-metadata sha256=" D64_LOWER},
            {"<a href='f-1.zip' data-dist-info-metadata=true>", "core-metadata\n"},
            {"<a href='f-1.zip'><a href='javascript:x.zip'><a href='../'><a>", "file f-1.zip\n"},
            {"<a href='f-1.zip#sha256=" D64 "'><a href='x/f-1.zip#sha256=" D64 "'>",
                "file f-1.zip\n"},
            {"<a href='http://127.0.0.1/x/a.zip'><a href='http://127.0.0.1/x/../b.zip'>",
                "url \"http://127.0.0.1/b.zip\"\n"},
            {"<a href='http://127.0.0.1/x/a.zip'><a href='http://127.0.0.1/x y/b.zip'>",
                "url \"http://127.0.0.1/x%20y/b.zip\"\n"},
            {"<a href='a.zip'><meta name=pypi:project-status content=archived>", "status 1\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                expect_text(HTML, cases[i].page, cases[i].part);
        expect_error(
            HTML, "<a href='f-1.zip#sha256=xyz'>", "the link to f-1.zip: its sha256 has 3 digits");
        expect_error(
            HTML, "<a href='f-1.zip' data-core-metadata='sha256=1'>", "the link to f-1.zip");
        expect_error(HTML, "<base href='ftp://x/'>", "<base href>");
}

static void test_same_name_twice(void **state)
{
        (void)state;
        expect_text(
            HTML, "<a href='f-1.zip#sha256=" D64 "'><a href='f-1.zip#sha256=1" D64 "'>", "digits");
        /* which of the two is meant, nobody knows; a third does not decide it */
        expect_text(HTML,
            "<a href='f-1.zip#sha256=" D64
            "'><a href='f-0.zip'><a href='f-1.zip#sha256=0000000000000000"
            "000000000000000000000000000000000000000000000000'><a href='f-1.zip#sha256=" D64 "'>",
            "file f-0.zip\n  url \"" URL "f-0.zip\"\npassed over 1: two files of the name f-1.zip");
        expect_error(HTML,
            "<a href='f-1.zip#sha256=" D64 "'><a href='f-1.zip#sha256=0000000000000000"
            "000000000000000000000000000000000000000000000000'>",
            "two files of the name f-1.zip");
        expect_text(HTML, "<a href='f-1.zip'><a href='x/f-1.zip#sha256=" D64 "'>",
            "x/f-1.zip\"\n  digest sha256=");
}

static void test_names_are_compared_normalised(void **state)
{
        static const char *const same[] = {"foo-bar", "Foo_Bar", "foo.bar", "FOO--._bar"};
        struct buf out;

        (void)state;
        for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
                const char *page = "{\"name\":\"foo-bar\",\"files\":[]}";

                dump(JSON, page, strlen(page), URL, same[i], &out);
                assert_int_equal(strncmp(out.data, "name foo-bar", 12), 0);
                buf_release(&out);
        }
        dump(JSON, "{\"name\":\"foobar\",\"files\":[]}", 28, URL, "foo-bar", &out);
        assert_int_equal(strncmp(out.data, "error: ", 7), 0);
        buf_release(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_golden),
            cmocka_unit_test(test_wrong_types_are_named),
            cmocka_unit_test(test_fields),
            cmocka_unit_test(test_what_says_nothing),
            cmocka_unit_test(test_one_odd_file_is_passed_over),
            cmocka_unit_test(test_newer_major),
            cmocka_unit_test(test_content_types),
            cmocka_unit_test(test_html_that_is_no_index),
            cmocka_unit_test(test_html_links),
            cmocka_unit_test(test_same_name_twice),
            cmocka_unit_test(test_names_are_compared_normalised),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
