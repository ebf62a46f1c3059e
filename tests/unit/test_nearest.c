#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/nearest.h"

static const char *const keys[] = {
    "name", "kind", "packages", "lockfiles", "min_age", "architectures", "local", "keep", NULL};

static void test_near(void **state)
{
        static const struct {
                const char *word, *nearest;
        } cases[] = {
            {"pakages", "packages"},
            {"package", "packages"},
            {"pacakges", "packages"},
            {"min-age", "min_age"},
            {"minage", "min_age"},
            {"nmae", "name"},
            {"knd", "kind"},
            {"arch", "architectures"},
            {"lockfile", "lockfiles"},
            {"lock", "lockfiles"},
            {"name", "name"},
            {"colour", NULL},
            {"na", NULL},
            {"pipy", NULL},
            {"kidn", "kind"},
            {"k", NULL},
            {"", NULL},
            {"a word that is longer than any key of ours and then some", NULL},
        };
        size_t i;

        (void)state;
        for (i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct nearest n = nearest_to(cases[i].word);

                nearest_offer(&n, keys);
                nearest_offer(&n, NULL);
                if (!cases[i].nearest)
                        assert_null(n.word);
                else
                        assert_string_equal(n.word ? n.word : "none", cases[i].nearest);
        }
}

/* The better of two lists wins, whichever comes first. */
static void test_lists(void **state)
{
        struct nearest n = nearest_to("loca");

        (void)state;
        nearest_offer_one(&n, "lock");
        assert_string_equal(n.word, "lock");
        nearest_offer_one(&n, "local");
        assert_string_equal(n.word, "lock"); /* equally near: the first stays */
        nearest_offer_one(&n, "loca");
        assert_string_equal(n.word, "loca");
}

/* Two neighbours swapped are one slip, not two. */
static void test_swap(void **state)
{
        struct nearest n = nearest_to("nmp");

        (void)state;
        nearest_offer_one(&n, "deb");
        assert_null(n.word);
        nearest_offer_one(&n, "npm");
        assert_string_equal(n.word ? n.word : "none", "npm");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_near),
            cmocka_unit_test(test_lists),
            cmocka_unit_test(test_swap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
