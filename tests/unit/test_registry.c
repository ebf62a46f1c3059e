/* What every adapter in the table must have: callers do not ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mirror/registry.h"

static void every_kind_is_whole(void **state)
{
        const char *const *kinds = registry_kinds();

        (void)state;
        assert_non_null(kinds[0]);
        for (size_t i = 0; kinds[i]; i++) {
                const struct registry *r = registry_find(kinds[i]);

                assert_non_null(r);
                assert_string_equal(r->kind, kinds[i]);
                if (!r->title || !r->keys || !r->target_keys || !r->client || !r->builtin ||
                    !r->open || !r->step || !r->close || !r->path || !r->identify ||
                    !r->client_help || !r->names.package || !r->names.version || !r->names.file)
                        fail_msg("registry %s lacks a callback", r->kind);
        }
        assert_null(registry_find("made-up"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_kind_is_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
