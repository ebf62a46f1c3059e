#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/utf8.h"

static void test_every_character(void **state)
{
        char bytes[UTF8_MAX];

        (void)state;
        for (uint32_t c = 0; c <= 0x10ffff; c++) {
                int surrogate = c >= 0xd800 && c <= 0xdfff;
                size_t n = utf8_encode(c, bytes);
                size_t expected = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

                assert_int_equal(n, expected);
                assert_int_equal(utf8_length(bytes, n), n);
                if (n > 1)
                        assert_int_equal(utf8_length(bytes, n - 1), 0);
                assert_int_equal(surrogate, surrogate && memcmp(bytes, "\xef\xbf\xbd", 3) == 0);
        }
}

/* Of all strings of three bytes, those that are one character are as many as there are such characters. */
static void test_nothing_else(void **state)
{
        size_t three = 0, two = 0;

        (void)state;
        for (uint32_t v = 0; v <= 0xffffff; v++) {
                char bytes[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};

                three += utf8_length(bytes, 3) == 3;
                two += v <= 0xffff && utf8_length(bytes + 1, 2) == 2;
        }
        assert_int_equal(three, 0x10000 - 0x800 - 0x800);
        assert_int_equal(two, 0x800 - 0x80);
}

static void test_four_bytes(void **state)
{
        (void)state;
        assert_int_equal(utf8_length("\xf0\x90\x80\x80", 4), 4);
        assert_int_equal(utf8_length("\xf4\x8f\xbf\xbf", 4), 4);
        assert_int_equal(utf8_length("\xf0\x8f\xbf\xbf", 4), 0);
        assert_int_equal(utf8_length("\xf4\x90\x80\x80", 4), 0);
        assert_int_equal(utf8_length("\xf5\x80\x80\x80", 4), 0);
        assert_int_equal(utf8_length("\xf0\x90\x80\x7f", 4), 0);
}

static void test_repair(void **state)
{
        struct buf b;

        (void)state;
        buf_init(&b, 100);
        assert_int_equal(utf8_repair(&b, "a\xff\xc3\xa9\0z\xe2\x82", 8), 0);
        assert_string_equal(b.data, "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
        assert_true(utf8_valid(b.data, b.len));
        assert_false(utf8_valid("\xff", 1));
        assert_true(utf8_valid("", 0));
        buf_release(&b);
        buf_init(&b, 2);
        assert_int_equal(utf8_repair(&b, "\xff", 1), -1);
        buf_release(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_every_character),
            cmocka_unit_test(test_nothing_else),
            cmocka_unit_test(test_four_bytes),
            cmocka_unit_test(test_repair),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
