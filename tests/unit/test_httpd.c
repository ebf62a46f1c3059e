/* The web server: what each kind of request is answered, and what must never be reached. */
#include "httpd_fixture.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define V1_JSON "application/vnd.pypi.simple.v1+json"
#define V1_HTML "application/vnd.pypi.simple.v1+html"

static struct site site;
static struct httpd *h;

static int setup(void **state)
{
        char *from, *to;

        (void)state;
        site_make(&site);
        site_put(&site, "secret", "secret");
        site_put(&site, "site-a/index.html", "<h1>home</h1>");
        site_put(&site, "site-a/a b+c.tar.gz", "0123456789");
        site_put(&site, "site-a/empty", "");
        site_put(&site, "site-a/npm/@sc/right/index.json", "{\"name\":\"@sc/right\"}");
        from = xasprintf("%s/site-a/npm/@sc/right/index.json", site.dir);
        to = xasprintf("%s/site-a/npm/@sc/right/index.html", site.dir);
        assert_int_equal(link(from, to), 0);
        free(from);
        free(to);
        site_put(&site, "site-a/npm/@sc/right/-/right-2.0.0.tgz", "tarball");
        site_put(&site, "site-a/pypi/simple/foo/index.html", "<a>foo</a>");
        site_put(&site, "site-a/pypi/simple/foo/index.v1_json", "{}");
        site_put(&site, "site-a/pypi/simple/old/index.html", "<a>old</a>");
        site_put(&site, "site-a/pypi/files/01/" DIGEST "/foo.whl", "wheel");
        site_put(&site, "site-a/go/!azure/@v/list", "v1.0.0\n");
        site_put(&site, "site-a/.hidden", "hidden");
        site_put(&site, "site-a/bare/file", "x");
        site_symlink(&site, "../secret", "site-a/out");
        site_symlink(&site, "pypi", "site-a/dirlink");
        site_symlink(&site, "foo/index.html", "site-a/pypi/simple/index.html");
        to = xasprintf("%s/site-a/pipe", site.dir);
        assert_int_equal(mkfifo(to, 0644), 0);
        free(to);
        h = serve(&site);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        assert_int_equal(httpd_stop(h), 0);
        site_remove(&site);
        return 0;
}

static void test_file(void **state)
{
        struct reply r = ask(h, "/a%20b%2bc.tar.gz");

        (void)state;
        assert_int_equal(r.status, 200);
        assert_string_equal(header(&r, "Content-Type"), "application/gzip");
        assert_string_equal(header(&r, "Content-Encoding"), "");
        assert_string_equal(header(&r, "Content-Length"), "10");
        assert_string_equal(header(&r, "Accept-Ranges"), "bytes");
        assert_string_equal(header(&r, "X-Content-Type-Options"), "nosniff");
        assert_string_equal(header(&r, "Cache-Control"), "max-age=60");
        assert_string_equal(header(&r, "Vary"), "");
        assert_string_not_equal(header(&r, "Date"), "");
        assert_string_not_equal(header(&r, "Last-Modified"), "");
        assert_int_equal(header(&r, "ETag")[0], '"');
        assert_memory_equal(r.body, "0123456789", 10);
        reply_free(&r);
        expect_body(h, "/empty", "");
        expect_body(h, "/go/%21azure/@v/list", "v1.0.0\n");
        expect_body(h, "/go/!azure/%40v/list?x=1", "v1.0.0\n");
}

static void test_head(void **state)
{
        struct reply r = ask_as(h, "HEAD", "/a%20b+c.tar.gz", "Range: bytes=0-1\r\n");

        (void)state;
        assert_int_equal(r.status, 200);
        assert_string_equal(header(&r, "Content-Length"), "10");
        assert_int_equal(r.len, 0);
        reply_free(&r);
        r = ask_as(h, "HEAD", "/none", NULL);
        assert_int_equal(r.status, 404);
        assert_int_equal(r.len, 0);
        reply_free(&r);
}

static void test_content_addressed_is_immutable(void **state)
{
        struct reply r = ask(h, "/pypi/files/01/" DIGEST "/foo.whl");

        (void)state;
        assert_string_equal(header(&r, "Cache-Control"), "max-age=31536000, immutable");
        assert_string_equal(header(&r, "Content-Type"), "application/zip");
        reply_free(&r);
}

static void expect_range(const char *value, int status, const char *range, const char *body)
{
        char *line = xasprintf("Range: %s\r\n", value);
        struct reply r = ask_with(h, "/a%20b+c.tar.gz", line);

        assert_int_equal(r.status, status);
        assert_string_equal(header(&r, "Content-Range"), range);
        assert_int_equal(r.len, strlen(body));
        assert_memory_equal(r.body, body, r.len);
        reply_free(&r);
        free(line);
}

static void test_ranges(void **state)
{
        (void)state;
        expect_range("bytes=0-3", 206, "bytes 0-3/10", "0123");
        expect_range("bytes=7-", 206, "bytes 7-9/10", "789");
        expect_range("bytes=-1", 206, "bytes 9-9/10", "9");
        expect_range("bytes=0-", 206, "bytes 0-9/10", "0123456789");
        expect_range("bytes=0-1,4-5", 200, "", "0123456789");
        expect_range("bytes=x", 200, "", "0123456789");
        expect_range("bytes=10-", 416, "bytes */10", "");
}

static void test_if_range(void **state)
{
        struct reply r = ask(h, "/a%20b+c.tar.gz");
        char *etag = xasprintf("Range: bytes=0-1\r\nIf-Range: %s\r\n", header(&r, "ETag"));

        (void)state;
        reply_free(&r);
        r = ask_with(h, "/a%20b+c.tar.gz", etag);
        assert_int_equal(r.status, 206);
        reply_free(&r);
        r = ask_with(h, "/a%20b+c.tar.gz", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n");
        assert_int_equal(r.status, 200);
        assert_int_equal(r.len, 10);
        reply_free(&r);
        free(etag);
}

static void expect_conditional(const char *target, const char *line, int status)
{
        struct reply r = ask_with(h, target, line);

        if (r.status != status)
                print_error("%s", line);
        assert_int_equal(r.status, status);
        if (status == 304) {
                assert_int_equal(r.len, 0);
                assert_string_equal(header(&r, "Content-Length"), "10"); /* RFC 9110 8.6 */
                assert_string_equal(header(&r, "Cache-Control"), "max-age=60");
                assert_string_not_equal(header(&r, "ETag"), "");
        }
        reply_free(&r);
}

static void test_conditions(void **state)
{
        const char *target = "/a%20b+c.tar.gz";
        char *etag, *date, line[1100];
        char *path = xasprintf("%s/site-a/a b+c.tar.gz", site.dir);
        const struct timespec old[2] = {{.tv_sec = 784111777}, {.tv_sec = 784111777}};
        struct reply r;

        (void)state;
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
        r = ask(h, target);
        etag = xstrdup(header(&r, "ETag"));
        date = xstrdup(header(&r, "Last-Modified"));
        reply_free(&r);
        assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
        snprintf(line, sizeof line, "If-None-Match: %s\r\n", etag);
        expect_conditional(target, line, 304);
        snprintf(line, sizeof line, "If-None-Match: \"x\", W/%s\r\n", etag);
        expect_conditional(target, line, 304);
        expect_conditional(target, "If-None-Match: *\r\n", 304);
        expect_conditional(target, "If-None-Match: \"x\"\r\n", 200);
        snprintf(line, sizeof line, "If-Modified-Since: %s\r\n", date);
        expect_conditional(target, line, 304);
        expect_conditional(target, "If-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT\r\n", 200);
        expect_conditional(target, "If-Match: \"x\"\r\n", 412);
        expect_conditional("/none", "If-None-Match: *\r\n", 404);
        free(etag);
        free(date);
        free(path);
}

static void wait_for_the_next_second(void)
{
        time_t now = time(NULL);

        while (time(NULL) == now)
                usleep(10000);
}

static void expect_changed(const char *target, const char *since, const char *body)
{
        struct reply r = ask_with(h, target, since);

        assert_int_equal(r.status, 200);
        assert_memory_equal(r.body, body, strlen(body));
        reply_free(&r);
}

/* A page that is written twice in one second must not look unchanged to a client of dates. */
static void test_fresh_file_has_an_older_date(void **state)
{
        struct reply r;
        char line[600];

        (void)state;
        wait_for_the_next_second();
        site_put(&site, "site-a/fresh", "one");
        r = ask(h, "/fresh");
        snprintf(line, sizeof line, "If-Modified-Since: %s\r\n", header(&r, "Last-Modified"));
        reply_free(&r);
        site_put(&site, "site-a/fresh", "two");
        expect_changed("/fresh", line, "two");
        wait_for_the_next_second();
        expect_changed("/fresh", line, "two");
        r = ask(h, "/fresh");
        snprintf(line, sizeof line, "If-Modified-Since: %s\r\n", header(&r, "Last-Modified"));
        reply_free(&r);
        r = ask_with(h, "/fresh", line);
        assert_int_equal(r.status, 304);
        reply_free(&r);
}

static void test_date_in_the_future_is_not_told(void **state)
{
        char *path = xasprintf("%s/site-a/future", site.dir);
        const struct timespec later[2] = {{.tv_sec = 4102444800}, {.tv_sec = 4102444800}};
        struct reply r;

        (void)state;
        site_put(&site, "site-a/future", "f");
        assert_int_equal(utimensat(AT_FDCWD, path, later, 0), 0);
        r = ask(h, "/future");
        assert_int_equal(r.status, 200);
        assert_string_equal(header(&r, "Last-Modified"), "");
        reply_free(&r);
        expect_changed("/future", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n", "f");
        free(path);
}

static void test_etag_follows_the_content(void **state)
{
        char *first;
        struct reply r;

        (void)state;
        site_put(&site, "site-a/page", "one");
        r = ask(h, "/page");
        first = xstrdup(header(&r, "ETag"));
        reply_free(&r);
        r = ask(h, "/page");
        assert_string_equal(header(&r, "ETag"), first);
        reply_free(&r);
        usleep(20000); /* the clock of a file system has steps of up to 10 ms */
        site_put(&site, "site-a/page", "two");
        r = ask(h, "/page");
        assert_string_not_equal(header(&r, "ETag"), first);
        reply_free(&r);
        free(first);
}

static void expect_redirect(const char *target, const char *location)
{
        struct reply r = ask(h, target);

        assert_int_equal(r.status, 301);
        assert_string_equal(header(&r, "Location"), location);
        reply_free(&r);
}

static void test_directories(void **state)
{
        (void)state;
        expect_redirect("/npm", "npm/");
        expect_redirect("/pypi/simple/foo?x", "foo/");
        expect_redirect("/npm/@sc%2fright", "@sc%2fright/");
        expect_redirect("/npm/@sc/right", "right/");
        expect_body(h, "/", "<h1>home</h1>");
        expect_body(h, "/npm/@sc%2fright/", "{\"name\":\"@sc/right\"}");
        expect_body(h, "/npm/@sc%2Fright%2F-/right-2.0.0.tgz", "tarball");
        expect_body(h, "//npm//@sc/right//", "{\"name\":\"@sc/right\"}");
        expect_status(h, "/bare/", 404); /* no listing */
        expect_status(h, "/bare/file/", 404);
        expect_status(h, "/none/", 404);
        expect_status(h, "/pypi/simple/", 404); /* its index is a symbolic link */
}

static void expect_variant(
    const char *target, const char *accept, const char *type, const char *body)
{
        char *line = accept ? xasprintf("Accept: %s\r\n", accept) : NULL;
        struct reply r = ask_with(h, target, line);

        assert_int_equal(r.status, 200);
        assert_string_equal(header(&r, "Content-Type"), type);
        assert_string_equal(header(&r, "Vary"), "Accept");
        assert_int_equal(r.len, strlen(body));
        assert_memory_equal(r.body, body, r.len);
        reply_free(&r);
        free(line);
}

static void test_negotiation(void **state)
{
        const char *pip = V1_JSON ", " V1_HTML "; q=0.1, text/html; q=0.01";
        const char *html = "text/html; charset=utf-8";
        const char *foo = "/pypi/simple/foo/", *right = "/npm/@sc%2fright/";
        struct reply a, b;

        (void)state;
        expect_variant(foo, NULL, html, "<a>foo</a>");
        expect_variant(foo, "*/*", html, "<a>foo</a>");
        expect_variant(foo, pip, V1_JSON, "{}");
        expect_variant("/pypi/simple/old/", pip, V1_HTML, "<a>old</a>");
        expect_variant(foo, "image/png", html, "<a>foo</a>"); /* never 406 */
        expect_variant(right, "application/json", "application/json", "{\"name\":\"@sc/right\"}");

        /* one inode, two representations */
        a = ask_with(h, right, "Accept: application/json\r\n");
        b = ask(h, right);
        assert_string_not_equal(strstr(a.head, "ETag"), strstr(b.head, "ETag"));
        reply_free(&a);
        reply_free(&b);
}

static void test_traversal(void **state)
{
        static const char *const hidden[] = {"/../secret", "/%2e%2e/secret", "/%2e%2e%2fsecret",
            "/..%2fsecret", "/npm/../../secret", "/npm/%2e%2e/%2e%2e/secret", "/./empty",
            "/.hidden", "/%2ehidden", "//../secret", "/npm/..", "/..", "/out", "/out/",
            "/dirlink/simple/foo/index.html", "/dirlink/", "/dirlink", "/pipe", "/pipe/",
            "/..\\secret", "/%c0%ae%c0%ae/secret", "/etc/passwd", "//etc/passwd",
            "/%2fetc%2fpasswd", "http://x/../secret", "/~root/", "/empty/../empty"};
        static const char *const bad[] = {"/%00", "/empty%00", "/empty%00.html", "/%", "/%2",
            "/%zz", "/empty%0d%0aX-Evil:%201", "empty", "*", "ftp://x/empty"};

        (void)state;
        for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
                expect_status(h, hidden[i], 404);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                expect_status(h, bad[i], 400);
        expect_body(h, "http://x/empty", "");
}

static void test_methods(void **state)
{
        struct reply r = ask_as(h, "PUT", "/empty", "Content-Length: 0\r\n");
        const char *audit = "/npm/-/npm/v1/security/advisories/bulk";

        (void)state;
        assert_int_equal(r.status, 405);
        assert_string_equal(header(&r, "Allow"), "GET, HEAD");
        reply_free(&r);
        r = ask_as(h, "DELETE", "/none", NULL);
        assert_int_equal(r.status, 405);
        reply_free(&r);
        r = ask_as(h, "POST", audit, "Content-Length: 2\r\n\r\n{}");
        assert_int_equal(r.status, 404);
        assert_string_equal(header(&r, "Content-Type"), "application/json");
        assert_int_equal(r.body[0], '{');
        reply_free(&r);
        r = ask_as(h, "POST", audit, "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n");
        assert_int_equal(r.status, 404);
        reply_free(&r);
        r = ask_as(h, "POST", "/empty", "Content-Length: 2\r\n\r\n{}");
        assert_int_equal(r.status, 405);
        reply_free(&r);
}

/* The audit's answer comes although the client sends its whole body first. */
static void test_large_body_is_read_before_the_answer(void **state)
{
        size_t len = 900 * 1024;
        char *body = xmalloc(len);
        struct reply r;
        int fd = dial(h);

        (void)state;
        memset(body, 'x', len);
        say(fd, "POST /npm/-/npm/v1/security/audits/quick HTTP/1.1\r\nHost: x\r\n"
                "Connection: close\r\nContent-Length: 921600\r\n\r\n");
        say_bytes(fd, body, len);
        r = hear(fd);
        assert_int_equal(r.status, 404);
        assert_string_equal(header(&r, "Content-Type"), "application/json");
        reply_free(&r);
        free(body);
}

static void test_framing(void **state)
{
        static const char *const disputable[] = {
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: x\r\n",
        };
        struct reply r;
        int fd;

        (void)state;
        for (size_t i = 0; i < sizeof disputable / sizeof disputable[0]; i++) {
                r = ask_with(h, "/empty", disputable[i]);
                assert_int_equal(r.status, 400);
                reply_free(&r);
        }
        r = ask_as(h, "POST", "/empty", "Content-Length: 99999999999\r\n");
        assert_int_equal(r.status, 413);
        reply_free(&r);
        fd = dial(h);
        say(fd, "GET /empty HTTP/1.1\r\n\r\n"); /* no Host */
        r = hear(fd);
        assert_int_equal(r.status, 400);
        reply_free(&r);
}

static void test_large_requests(void **state)
{
        size_t len = 60000;
        char *line = xmalloc(len + 32);
        struct reply r;

        (void)state;
        memset(line, 'a', len);
        line[0] = '/';
        line[5000] = '\0';
        expect_status(h, line, 414);
        line[5000] = 'a';
        line[len] = '\0';
        r = ask(h, line);
        assert_true(r.status == 414 || r.status == 431 || r.status == 0);
        reply_free(&r);
        memcpy(line, "X-Long: ", 8);
        memcpy(line + len, "\r\n", 3);
        r = ask_with(h, "/empty", line);
        assert_true(r.status == 431 || r.status == 0);
        reply_free(&r);
        free(line);
        expect_body(h, "/empty", ""); /* and it lives */
}

static void test_two_requests_on_one_connection(void **state)
{
        int fd = dial(h);
        struct reply r;

        (void)state;
        say(fd, "GET /empty HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /go/!azure/@v/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        r = hear(fd);
        assert_int_equal(r.status, 200);
        assert_non_null(strstr(r.body, "\r\n\r\nv1.0.0\n")); /* the second answer */
        reply_free(&r);
}

static void test_large_file_is_whole(void **state)
{
        size_t len = 5 * 1024 * 1024 + 3;
        unsigned char *bytes = xmalloc(len);
        struct reply r;

        (void)state;
        for (size_t i = 0; i < len; i++)
                bytes[i] = (unsigned char)(i * 2654435761u >> 13);
        site_put_bytes(&site, "site-a/large.zip", bytes, len);
        r = ask(h, "/large.zip");
        assert_int_equal(r.len, len);
        assert_memory_equal(r.body, bytes, len);
        reply_free(&r);
        r = ask_with(h, "/large.zip", "Range: bytes=1000001-4000000\r\n");
        assert_int_equal(r.status, 206);
        assert_int_equal(r.len, 3000000);
        assert_memory_equal(r.body, bytes + 1000001, 3000000);
        reply_free(&r);
        free(bytes);
}

static void test_no_site_yet(void **state)
{
        struct reply r;

        (void)state;
        assert_int_equal(unlink(site.link), 0);
        r = ask(h, "/empty");
        assert_int_equal(r.status, 503);
        assert_string_not_equal(header(&r, "Retry-After"), "");
        reply_free(&r);
        site_symlink(&site, "site-a", "site");
        expect_body(h, "/empty", "");
}

static int open_descriptors(void)
{
        int n = 0;

        for (int fd = 0; fd < 1024; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        return n;
}

/* A descriptor that is left open with each request stops the server after some thousands. */
static void test_nothing_is_left_open(void **state)
{
        static const char *const targets[] = {"/", "/npm", "/none", "/out", "/%00", "/../x",
            "/pypi/simple/", "/bare/", "/pipe", "/go/!azure/@v/list"};
        static const char *const headers[] = {NULL, "If-None-Match: *\r\n", "If-Match: \"x\"\r\n",
            "Range: bytes=100-\r\n", "Range: bytes=0-0\r\n"};
        int before = open_descriptors(), tries = 0;

        (void)state;
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
                for (size_t j = 0; j < sizeof headers / sizeof headers[0]; j++) {
                        struct reply r = ask_with(h, targets[i], headers[j]);

                        assert_int_not_equal(r.status, 0);
                        reply_free(&r);
                }
        /* The server closes its side after ours, so `before` may count clients of earlier tests. */
        while (open_descriptors() > before && tries++ < 100)
                usleep(20000);
        assert_true(open_descriptors() <= before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_file),
            cmocka_unit_test(test_head),
            cmocka_unit_test(test_content_addressed_is_immutable),
            cmocka_unit_test(test_ranges),
            cmocka_unit_test(test_if_range),
            cmocka_unit_test(test_conditions),
            cmocka_unit_test(test_fresh_file_has_an_older_date),
            cmocka_unit_test(test_date_in_the_future_is_not_told),
            cmocka_unit_test(test_etag_follows_the_content),
            cmocka_unit_test(test_directories),
            cmocka_unit_test(test_negotiation),
            cmocka_unit_test(test_traversal),
            cmocka_unit_test(test_methods),
            cmocka_unit_test(test_large_body_is_read_before_the_answer),
            cmocka_unit_test(test_framing),
            cmocka_unit_test(test_large_requests),
            cmocka_unit_test(test_two_requests_on_one_connection),
            cmocka_unit_test(test_large_file_is_whole),
            cmocka_unit_test(test_no_site_yet),
            cmocka_unit_test(test_nothing_is_left_open),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
