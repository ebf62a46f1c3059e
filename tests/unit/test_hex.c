#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/hex.h"

static void encodes(void **state)
{
        char out[7];
        (void)state;
        hex_encode(out, "\x00\xff\x1a", 3);
        assert_string_equal(out, "00ff1a");
}

static void decodes_either_case(void **state)
{
        unsigned char out[2];
        (void)state;
        assert_int_equal(hex_decode(out, sizeof out, "aBfF"), 0);
        assert_memory_equal(out, "\xab\xff", 2);
}

static void refuses_what_is_not_exact(void **state)
{
        static const char *const wrong[] = {"", "a", "abc", "abcdef", "ab c", "abcg", "abc\n"};
        unsigned char out[2];
        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                assert_int_equal(hex_decode(out, sizeof out, wrong[i]), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(encodes),
            cmocka_unit_test(decodes_either_case),
            cmocka_unit_test(refuses_what_is_not_exact),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
