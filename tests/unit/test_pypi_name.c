#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/name.h"

static void judges_validity(void **state)
{
        static const char *const valid[] = {"a", "A1", "x-y.z_0", "0x", "a--b"};
        static const char *const wrong[] = {
            "", "-a", "a-", "a_", ".a", "a b", "a/b", "..", "f\xc3\xb6", "a\n"};
        char longest[LIMIT_NAME + 1];

        (void)state;
        for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
                assert_true(name_is_valid(valid[i], strlen(valid[i])));
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                assert_false(name_is_valid(wrong[i], strlen(wrong[i])));
        memset(longest, 'a', sizeof longest);
        assert_true(name_is_valid(longest, LIMIT_NAME));
        assert_false(name_is_valid(longest, LIMIT_NAME + 1));
}

static void normalizes(void **state)
{
        static const char *const pairs[][2] = {{"Foo", "foo"}, {"a.-_b", "a-b"},
            {"a_b.C-d", "a-b-c-d"}, {"__x", "-x"}, {"", ""}, {"1.0", "1-0"}};

        (void)state;
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
                char *normal = name_normalize(pairs[i][0], strlen(pairs[i][0]));

                assert_string_equal(normal, pairs[i][1]);
                assert_true(name_same(pairs[i][0], pairs[i][1]));
                free(normal);
        }
        assert_false(name_same("a", "ab"));
        assert_false(name_same("a-b", "ab"));
        assert_true(name_is_normalized("a-b1", 4));
        assert_false(name_is_normalized("a--b", 4));
        assert_false(name_is_normalized("a.b", 3));
        assert_false(name_is_normalized("A", 1));
        assert_false(name_is_normalized("-a", 2));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(judges_validity),
            cmocka_unit_test(normalizes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
