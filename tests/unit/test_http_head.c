#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "mirror/http_head.h"

/* Feeds a whole head, line by line; returns what the last line returned. */
static int feed(struct http_head *h, const char *text, struct err *e)
{
        int ret = 0;

        while (*text && ret >= 0) {
                size_t len = strcspn(text, "\n") + 1;

                ret = http_head_line(h, text, len, e);
                text += len;
        }
        return ret;
}

static void collects(void **state)
{
        struct http_head h = {0};
        struct err e = ERR_INIT;

        (void)state;
        assert_null(http_head_get(&h, HEADER_ETAG));
        assert_int_equal(feed(&h,
                             "HTTP/1.1 200 OK\r\n"
                             "ETAG:\t \"a\"  \r\n"
                             "etag: \"b\"\r\n"
                             "Content-Length: 12\r\n"
                             "Content-Lengthy: 13\r\n"
                             "no colon\r\n"
                             "content-type:text/html; charset=utf-8\n"
                             "Location:\r\n"
                             "\r\n",
                             &e),
            1);
        assert_int_equal(h.status, 200);
        assert_true(h.complete);
        assert_string_equal(http_head_get(&h, HEADER_ETAG), "\"a\"");
        assert_string_equal(http_head_get(&h, HEADER_CONTENT_TYPE), "text/html; charset=utf-8");
        assert_string_equal(http_head_get(&h, HEADER_LOCATION), "");
        assert_null(http_head_get(&h, HEADER_RETRY_AFTER));
        assert_int_equal(http_head_length(&h), 12);
        /* trailers */
        assert_int_equal(feed(&h, "Retry-After: 7\r\n\r\n", &e), 0);
        assert_null(http_head_get(&h, HEADER_RETRY_AFTER));
        /* the next answer */
        assert_int_equal(feed(&h, "HTTP/2 404\r\n", &e), 0);
        assert_int_equal(h.status, 404);
        assert_false(h.complete);
        assert_null(http_head_get(&h, HEADER_ETAG));
        http_head_release(&h);
}

static void does_not_trust_status_lines(void **state)
{
        static const char *const bad[] = {
            "HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 abc\r\n", "HTTP/"};
        struct http_head h = {0};
        struct err e = ERR_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                assert_int_equal(http_head_line(&h, bad[i], strlen(bad[i]), &e), 0);
                assert_int_equal(h.status, 0);
        }
        assert_int_equal(feed(&h, "\r\n", &e), 0);
        assert_false(h.complete);
        http_head_release(&h);
}

static void bounds_floods(void **state)
{
        struct http_head h = {0};
        struct err e = ERR_INIT;
        char line[1024];
        unsigned count = 0;

        (void)state;
        memset(line, 'x', sizeof line);
        feed(&h, "HTTP/1.1 302 Found\r\n", &e);
        while (http_head_line(&h, line, sizeof line, &e) == 0) {
                count++;
                /* A redirect does not renew the allowance. */
                feed(&h, "HTTP/1.1 302 Found\r\n", &e);
                assert_true(count < 1000);
        }
        assert_true(count > 200);
        assert_non_null(strstr(e.msg, "256 KiB of headers"));
        http_head_reset(&h);
        assert_int_equal(http_head_line(&h, line, sizeof line, &e), 0);
        http_head_release(&h);
}

static const char *validator_of(struct http_head *h, const char *headers)
{
        struct err e = ERR_INIT;

        http_head_reset(h);
        feed(h, "HTTP/1.1 200 OK\r\n", &e);
        feed(h, headers, &e);
        return http_head_validator(h);
}

#define EARLY "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n"
#define DATE "Wed, 01 Jan 2020 00:00:00 GMT"

static void picks_strong_validators(void **state)
{
        struct http_head h = {0};

        (void)state;
        assert_string_equal(validator_of(&h, "ETag: \"x\"\r\n" EARLY), "\"x\"");
        assert_string_equal(validator_of(&h, "ETag: W/\"x\"\r\n" EARLY), DATE);
        assert_null(validator_of(&h, "ETag: W/\"x\"\r\n"));
        assert_null(validator_of(&h, "ETag: x\r\n"));
        assert_string_equal(
            validator_of(&h, EARLY "Date: Wed, 01 Jan 2020 00:00:01 GMT\r\n"), DATE);
        /* Changed in the very second it was sent: it may have changed again since. */
        assert_null(validator_of(&h, EARLY "Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n"));
        assert_null(validator_of(&h, EARLY "Date: now\r\n"));
        assert_null(validator_of(&h, "Last-Modified: long ago\r\n"));
        assert_null(validator_of(&h, ""));
        http_head_release(&h);
}

static void reads_lengths(void **state)
{
        static const char *const bad[] = {
            "-1", "1x", "", "18446744073709551615", "18446744073709551616"};
        struct http_head h = {0};
        struct err e = ERR_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                char line[64];

                http_head_reset(&h);
                feed(&h, "HTTP/1.1 200 OK\r\n", &e);
                snprintf(line, sizeof line, "Content-Length: %s\r\n", bad[i]);
                feed(&h, line, &e);
                assert_true(http_head_length(&h) == UINT64_MAX);
        }
        http_head_release(&h);
}

static void reads_content_ranges(void **state)
{
        static const char *const bad[] = {"", "bytes", "bytes */20", "bytes 5-/20", "bytes -9/20",
            "bytes 9-5/20", "bytes 5-9/9", "bytes 5-9", "bytes 5-9/", "bytes 5-9/20x",
            "bytes5-9/20", "items 5-9/20", "bytes 0-18446744073709551615/*",
            "bytes 0-9/18446744073709551616"};
        uint64_t first, end, total;

        (void)state;
        assert_int_equal(http_content_range_parse("bytes 5-9/20", &first, &end, &total), 0);
        assert_int_equal(first, 5);
        assert_int_equal(end, 10);
        assert_int_equal(total, 20);
        assert_int_equal(http_content_range_parse("Bytes  0-0/*", &first, &end, &total), 0);
        assert_int_equal(end, 1);
        assert_true(total == UINT64_MAX);
        assert_int_equal(http_content_range_parse("bytes 0-9/10", &first, &end, &total), 0);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                if (http_content_range_parse(bad[i], &first, &end, &total) == 0)
                        fail_msg("accepted: %s", bad[i]);
}

static void end_shows(void **state)
{
        static const struct {
                const char *head;
                bool shows;
        } cases[] = {
            {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true},
            {"HTTP/2 200\r\n\r\n", true},
            {"HTTP/1.1 200 OK\r\nETag: \"a\"\r\n\r\n", false},
            {"HTTP/2 302\r\nLocation: /\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct http_head h = {0};
                struct err e = ERR_INIT;

                assert_true(feed(&h, cases[i].head, &e) >= 0);
                assert_int_equal(http_head_shows_end(&h), cases[i].shows);
                http_head_release(&h);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(collects),
            cmocka_unit_test(end_shows),
            cmocka_unit_test(does_not_trust_status_lines),
            cmocka_unit_test(bounds_floods),
            cmocka_unit_test(picks_strong_validators),
            cmocka_unit_test(reads_lengths),
            cmocka_unit_test(reads_content_ranges),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
