/* A message keeps its end, where it says what to do, however much context is put in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"

#define TEXT_64 "x123456789x123456789x123456789x123456789x123456789x123456789x123"

static void prefix_keeps_the_end(void **state)
{
        struct err e = ERR_INIT;
        size_t len;

        (void)state;
        err_set(&e, ERR_CHAIN,
            "gap: this mirror is at bundle 1000 of stream %s, this one adds to 1010; import bundle 1001 to "
            "1010 first, or ask for `dray bundle --stream %s --base 1000`",
            TEXT_64, TEXT_64);
        err_cause(&e, "gap");
        len = strlen(e.msg);
        for (int i = 0; i < 2; i++)
                assert_int_equal(err_prefix(&e, "%s%s%s", TEXT_64, TEXT_64, TEXT_64), -1);
        assert_int_equal(strlen(e.msg), len + 2 * (3 * 64 + 2));
        for (int i = 0; i < 10; i++)
                err_prefix(&e, "%s%s%s", TEXT_64, TEXT_64, TEXT_64);
        assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
        assert_non_null(strstr(e.msg, "gap: this mirror is at"));
        assert_string_equal(strrchr(e.msg, '-'), "-base 1000`");
        assert_int_equal(e.code, ERR_CHAIN);
        assert_string_equal(e.cause, "gap");
}

static void prefix_of_nothing(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        err_prefix(&e, "sync");
        assert_string_equal(e.msg, "sync: ");
        assert_int_equal(e.code, ERR_FAILED);
        assert_null(e.cause);
}

/* Its own message may be an argument. */
static void set_of_itself(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        err_set(&e, ERR_USAGE, "no\x1bgood");
        err_set(&e, ERR_REFUSED, "so %s", e.msg);
        assert_string_equal(e.msg, "so no?good");
        assert_int_equal(err_exit_status(e.code), 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(prefix_keeps_the_end),
            cmocka_unit_test(prefix_of_nothing),
            cmocka_unit_test(set_of_itself),
        };

        return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
