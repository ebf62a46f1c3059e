/* The Range header: which of 200, 206 and 416 it asks for, and for which bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/http_range.h"

static void expect_part(const char *value, uint64_t size, uint64_t first, uint64_t length)
{
        uint64_t f = 99, l = 99;

        assert_int_equal(http_range_parse(value, size, &f, &l), HTTP_RANGE_PART);
        assert_int_equal(f, first);
        assert_int_equal(l, length);
}

static void expect(enum http_range want, const char *value, uint64_t size)
{
        uint64_t f = 99, l = 99;
        enum http_range got = http_range_parse(value, size, &f, &l);

        if (got != want)
                print_error(
                    "'%s' of %llu bytes\n", value ? value : "(none)", (unsigned long long)size);
        assert_int_equal(got, want);
        assert_int_equal(f, 99);
        assert_int_equal(l, 99);
}

static void test_one_range(void **state)
{
        (void)state;
        expect_part("bytes=0-0", 100, 0, 1);
        expect_part("bytes=0-99", 100, 0, 100);
        expect_part("bytes=0-", 100, 0, 100);
        expect_part("bytes=99-", 100, 99, 1);
        expect_part("bytes=10-19", 100, 10, 10);
        expect_part("bytes=10-1000", 100, 10, 90);
        expect_part("bytes=10-99999999999999999999999999", 100, 10, 90);
        expect_part("bytes=0-0", 1, 0, 1);
        expect_part("bytes=0-18446744073709551615", 100, 0, 100);
}

static void test_suffix(void **state)
{
        (void)state;
        expect_part("bytes=-1", 100, 99, 1);
        expect_part("bytes=-100", 100, 0, 100);
        expect_part("bytes=-500", 100, 0, 100);
        expect_part("bytes=-99999999999999999999999999", 100, 0, 100);
}

static void test_spelling(void **state)
{
        (void)state;
        expect_part("Bytes=1-2", 100, 1, 2);
        expect_part("  bytes= 1-2 ", 100, 1, 2);
        expect_part("bytes=,1-2,", 100, 1, 2);
        expect_part("bytes=\t,, 1-2 , ,", 100, 1, 2);
        expect_part("bytes=0001-0002", 100, 1, 2);
}

static void test_unsatisfiable(void **state)
{
        (void)state;
        expect(HTTP_RANGE_UNSATISFIABLE, "bytes=100-", 100);
        expect(HTTP_RANGE_UNSATISFIABLE, "bytes=100-200", 100);
        expect(HTTP_RANGE_UNSATISFIABLE, "bytes=-0", 100);
        expect(HTTP_RANGE_UNSATISFIABLE, "bytes=0-", 0);
        expect(HTTP_RANGE_UNSATISFIABLE, "bytes=0-0", 0);
        expect(HTTP_RANGE_UNSATISFIABLE, "bytes=99999999999999999999999999-", 100);
}

/* RFC 9110 14.2: an invalid or not understood Range is ignored. */
static void test_ignored(void **state)
{
        static const char *const values[] = {NULL, "", "bytes", "bytes=", "bytes=,", "bytes=-",
            "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=1-2x", "bytes=1 -2", "bytes=1- 2",
            "bytes=--1", "bytes=+1-2", "bytes=1-2-3", "bytes =1-2", "lines=1-2", "bytes=1-2;3-4",
            "bytes=0x1-2", "bytes=1-2\n"};

        (void)state;
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
                expect(HTTP_RANGE_WHOLE, values[i], 100);
        expect(HTTP_RANGE_WHOLE, "bytes=-5", 0); /* satisfiable, but there is no byte to send */
}

static void test_several_give_the_whole(void **state)
{
        (void)state;
        expect(HTTP_RANGE_WHOLE, "bytes=0-1,3-4", 100);
        expect(HTTP_RANGE_WHOLE, "bytes=0-1,-1", 100);
        expect(HTTP_RANGE_WHOLE, "bytes=200-,-0", 100);
        expect(HTTP_RANGE_WHOLE, "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0", 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_range),
            cmocka_unit_test(test_suffix),
            cmocka_unit_test(test_spelling),
            cmocka_unit_test(test_unsatisfiable),
            cmocka_unit_test(test_ignored),
            cmocka_unit_test(test_several_give_the_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
