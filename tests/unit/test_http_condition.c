/* Dates, entity tags and conditional requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/http_condition.h"

#define BEFORE "Sat, 05 Nov 1994 08:49:37 GMT"
#define EXACTLY "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Mon, 07 Nov 1994 08:49:37 GMT"
#define WHEN ((time_t)784111777)
#define TAG "\"a-1\""

static void test_etag_list(void **state)
{
        (void)state;
        assert_true(http_etag_listed(TAG, TAG, false));
        assert_true(http_etag_listed("\"x\", \"y,z\" ,\"a-1\"", TAG, false));
        assert_true(http_etag_listed("*", TAG, false));
        assert_true(http_etag_listed(" * ", TAG, false));
        assert_true(http_etag_listed("W/\"a-1\"", TAG, true));
        assert_false(http_etag_listed("W/\"a-1\"", TAG, false));
        assert_true(http_etag_listed("W/\"a-1\", \"a-1\"", TAG, false));
        assert_false(http_etag_listed("", TAG, true));
        assert_false(http_etag_listed("a-1", TAG, true));
        assert_false(http_etag_listed("\"a-1", TAG, true));
        assert_false(http_etag_listed("\"a-11\"", TAG, true));
        assert_false(http_etag_listed("\"x,\"a-1\"", TAG, true)); /* the quotes pair up as "x," */
        assert_false(http_etag_listed("*x, \"a-1\"", TAG, true));
        assert_false(http_etag_listed("w/\"a-1\"", TAG, true));
        assert_false(http_etag_listed("\"", TAG, true));
}

static void expect(enum http_verdict want, struct http_conditions c)
{
        assert_int_equal(http_condition_check(&c, TAG, WHEN), want);
}

static void test_conditions(void **state)
{
        (void)state;
        expect(HTTP_SEND, (struct http_conditions){0});
        expect(HTTP_NOT_MODIFIED, (struct http_conditions){.if_none_match = TAG});
        expect(HTTP_NOT_MODIFIED, (struct http_conditions){.if_none_match = "W/" TAG});
        expect(HTTP_SEND, (struct http_conditions){.if_none_match = "\"b\""});
        expect(HTTP_NOT_MODIFIED, (struct http_conditions){.if_modified_since = EXACTLY});
        expect(HTTP_SEND, (struct http_conditions){.if_modified_since = BEFORE});
        /* an older page after a rollback is news to a client that has the newer one */
        expect(HTTP_SEND, (struct http_conditions){.if_modified_since = AFTER});
        /* If-None-Match silences If-Modified-Since */
        expect(HTTP_SEND,
            (struct http_conditions){.if_none_match = "\"b\"", .if_modified_since = EXACTLY});
        expect(HTTP_PRECONDITION_FAILED, (struct http_conditions){.if_match = "\"b\""});
        expect(HTTP_PRECONDITION_FAILED, (struct http_conditions){.if_match = "W/" TAG});
        expect(HTTP_SEND, (struct http_conditions){.if_match = "\"b\", " TAG});
        expect(HTTP_NOT_MODIFIED, (struct http_conditions){.if_match = TAG, .if_none_match = TAG});
        expect(HTTP_SEND, (struct http_conditions){.if_unmodified_since = EXACTLY});
        expect(HTTP_PRECONDITION_FAILED, (struct http_conditions){.if_unmodified_since = BEFORE});
        expect(HTTP_SEND, (struct http_conditions){.if_unmodified_since = "never"});
        expect(HTTP_SEND, (struct http_conditions){.if_match = TAG, .if_unmodified_since = BEFORE});
}

static void test_without_a_date(void **state)
{
        struct http_conditions c = {.if_modified_since = "Thu, 01 Jan 1970 00:00:00 GMT",
            .if_range = "Thu, 01 Jan 1970 00:00:00 GMT"};

        (void)state;
        assert_int_equal(http_condition_check(&c, TAG, 0), HTTP_SEND);
        assert_false(http_condition_allows_range(&c, TAG, 0));
}

static bool allows(const char *if_range)
{
        struct http_conditions c = {.if_range = if_range};

        return http_condition_allows_range(&c, TAG, WHEN);
}

static void test_if_range(void **state)
{
        (void)state;
        assert_true(allows(NULL));
        assert_true(allows(TAG));
        assert_true(allows(EXACTLY));
        assert_false(allows("\"b\""));
        assert_false(allows("W/" TAG));
        assert_false(allows("*"));
        assert_false(allows(""));
        assert_false(allows(AFTER));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_etag_list),
            cmocka_unit_test(test_conditions),
            cmocka_unit_test(test_without_a_date),
            cmocka_unit_test(test_if_range),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
