#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/quantity.h"

static void test_seconds(void **state)
{
        static const struct {
                const char *text;
                int64_t seconds;
        } good[] = {{"0d", 0}, {"90m", 5400}, {"12h", 43200}, {"7d", 604800}, {"2w", 1209600},
            {"1000000000w", 604800000000000}};
        static const char *const bad[] = {"", "7", "d", "7 d", "-7d", "+7d", "7D", "7days", "7s",
            "1.5h", "7d ", "1000000001w", "99999999999999999999d"};
        int64_t n = -1;
        size_t i;

        (void)state;
        for (i = 0; i < sizeof good / sizeof *good; i++) {
                assert_int_equal(quantity_seconds(good[i].text, &n), 0);
                assert_true(n == good[i].seconds);
        }
        for (i = 0; i < sizeof bad / sizeof *bad; i++)
                if (quantity_seconds(bad[i], &n) == 0)
                        fail_msg("accepted: \"%s\"", bad[i]);
}

static void test_bytes(void **state)
{
        static const struct {
                const char *text;
                uint64_t bytes;
        } good[] = {{"0", 0}, {"123", 123}, {"17 B", 17}, {"4 GiB", 4294967296},
            {"4GiB", 4294967296}, {"700 MB", 700000000}, {"700mb", 700000000}, {"64 KiB", 65536},
            {"1 kB", 1000}, {"2 TB", 2000000000000}, {"1 TiB", 1099511627776},
            {"4.7 GB", 4700000000}, {"0.5 KiB", 512}, {"1.000001 TiB", 1099512727287},
            {"fat32", 4294967295}, {"FAT32", 4294967295}, {"cd", 734003200}, {"dvd", 4690000000},
            {"dvd-dl", 8500000000}, {"bd", 24700000000}, {"bd-dl", 49500000000},
            {"18446744073709551615", UINT64_MAX}};
        static const char *const bad[] = {"", "GiB", "4 G", "4G", "4  GiB", " 4 GiB", "4 GiB ",
            "4 ", "-4 GiB", "4,7 GB", "4. GB", ".5 GB", "1.5", "1.5 B", "1.2.3 GB", "0x10",
            "1.1234567 GB", "18446744073709551616", "16777216 TiB", "floppy", "4 GiBs"};
        uint64_t n = 1;
        size_t i;

        (void)state;
        for (i = 0; i < sizeof good / sizeof *good; i++) {
                assert_int_equal(quantity_bytes(good[i].text, &n), 0);
                assert_true(n == good[i].bytes);
        }
        assert_string_equal(quantity_medium(24700000000), "BD");
        assert_string_equal(quantity_medium(4294967295), "FAT32");
        assert_null(quantity_medium(4294967296));
        assert_null(quantity_medium(0));
        for (i = 0; i < sizeof bad / sizeof *bad; i++)
                if (quantity_bytes(bad[i], &n) == 0)
                        fail_msg("accepted: \"%s\"", bad[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_seconds),
            cmocka_unit_test(test_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
