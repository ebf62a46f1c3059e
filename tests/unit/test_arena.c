#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/arena.h"

#define COUNT 20000

static void test_nothing_moves_or_overlaps(void **state)
{
        static const char *texts[COUNT];
        struct arena a = {0};
        char text[600];

        (void)state;
        for (size_t i = 0; i < COUNT; i++) {
                size_t len = (size_t)snprintf(text, sizeof text, "%zu:%0*d", i, (int)(i % 500), 0);

                texts[i] = arena_text(&a, text, len);
        }
        for (size_t i = 0; i < COUNT; i++) {
                snprintf(text, sizeof text, "%zu:%0*d", i, (int)(i % 500), 0);
                assert_string_equal(texts[i], text);
        }
        arena_release(&a);
        assert_null(a.blocks);
        arena_release(&a);
}

static void test_alignment_and_size(void **state)
{
        struct arena a = {0};

        (void)state;
        for (size_t i = 0; i < 10000; i++) {
                char *p = arena_alloc(&a, i % 97);

                assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
                memset(p, 'x', i % 97);
                assert_string_equal(arena_text(&a, "odd", 3), "odd");
        }
        memset(arena_alloc(&a, 1000000), 'x', 1000000);
        assert_string_equal(arena_text(&a, NULL, 0), "");
        arena_release(&a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_nothing_moves_or_overlaps),
            cmocka_unit_test(test_alignment_and_size),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
