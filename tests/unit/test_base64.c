/* Base64 text: RFC 4648's own vectors, every length, and what is not canonical. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/base64.h"
#include "bundle/err.h"

static void vectors(void **state)
{
        static const char *const texts[] = {
            "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
        char text[BASE64_SIZE(6)];

        (void)state;
        for (size_t len = 0; len <= 6; len++) {
                char back[6];

                base64_encode(text, "foobar", len);
                assert_string_equal(text, texts[len]);
                assert_int_equal(base64_decode(back, len, text, strlen(text)), 0);
                assert_memory_equal(back, "foobar", len);
        }
        base64_encode(text, "\xfb\xff\xbf", 3);
        assert_string_equal(text, "+/+/");
}

static void other_lengths(void **state)
{
        char out[8];

        (void)state;
        assert_int_equal(base64_decode(out, 1, "Zm8=", 4), -1);
        assert_int_equal(base64_decode(out, 3, "Zm8=", 4), -1);
        assert_int_equal(base64_decode(out, 2, "Zm8=", 3), -1);
        assert_int_equal(base64_decode(out, 2, "Zm8=Zm8=", 8), -1);
        assert_int_equal(base64_decode(out, 0, "Z", 1), -1);
}

static void not_canonical(void **state)
{
        static const char *const texts[] = {
            "Zh==", "Zg=A", "Z===", "Zg= ", " Zg=", "Zg\n=", "Zg=\n", "Z-==", "Z\x80==", "===="};
        char out[8];

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                assert_int_equal(base64_decode(out, 1, texts[i], 4), -1);
        assert_int_equal(base64_decode(out, 1, "Zg=", 4), -1); /* a NUL where = should be */
        assert_int_equal(base64_decode(out, 2, "Zm9=", 4), -1);
        assert_int_equal(base64_decode(out, 3, "-_-_", 4), -1); /* the URL-safe alphabet */
}

/* Of all last characters before the padding, only those without low bits are right. */
static void low_bits(void **state)
{
        int right = 0;
        char text[] = "A?==", out[1];

        (void)state;
        for (int c = 0; c < 256; c++) {
                text[1] = (char)c;
                if (base64_decode(out, 1, text, 4) == 0)
                        right++;
        }
        assert_int_equal(right, 4);
}

/* Any byte in any place: it is one of the 64, or the text is refused. */
static void alphabet(void **state)
{
        (void)state;
        for (int place = 0; place < 4; place++) {
                int right = 0;

                for (int c = 0; c < 256; c++) {
                        char text[] = "AAAA", again[BASE64_SIZE(3)];
                        unsigned char out[3];

                        text[place] = (char)c;
                        if (base64_decode(out, 3, text, 4) < 0)
                                continue;
                        base64_encode(again, out, 3);
                        assert_memory_equal(text, again, 4);
                        right++;
                }
                assert_int_equal(right, 64);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(vectors),
            cmocka_unit_test(other_lengths),
            cmocka_unit_test(not_canonical),
            cmocka_unit_test(low_bits),
            cmocka_unit_test(alphabet),
        };

        return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
