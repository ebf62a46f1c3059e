/* What is missing is named by its volume, whatever cuts the volumes that came were of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/volume_seen.h"

/* packs: '+' is here, '-' is not */
static void says(const char *packs, struct volume_seen *seen, size_t count, const char *wanted)
{
        size_t n = strlen(packs);
        unsigned char *has = xcalloc(n, 1);
        char text[256];

        for (size_t i = 0; i < n; i++)
                has[i] = packs[i] == '+';
        volume_missing(has, n, seen, count, text, sizeof text);
        assert_string_equal(text, wanted);
        free(has);
}

#define SAYS(packs, wanted, ...) \
        do { \
                struct volume_seen seen_[] = {__VA_ARGS__}; \
                says(packs, seen_, sizeof seen_ / sizeof *seen_, wanted); \
        } while (0)

static void one_cut(void **state)
{
        (void)state;
        SAYS("++++++", "", {1, 3, 0, 2});
        SAYS("++----", "volumes 2 and 3 of 3", {1, 3, 0, 2});
        SAYS("--++--", "volumes 1 and 3 of 3", {2, 3, 2, 4});
        SAYS("++--++", "volume 2 of 3", {3, 3, 4, 6}, {1, 3, 0, 2});
        SAYS("+-++++", "volume 1 of 3", {1, 3, 0, 2}, {2, 3, 2, 4}, {3, 3, 4, 6}); /* damaged */
        SAYS("---+--------", "volumes 1, 2 and 4 to 12 of 12", {3, 12, 3, 4});
}

static void several_cuts(void **state)
{
        (void)state;
        /* the numbers are those of the cut of which most came */
        SAYS("+++--+", "volume 2 of 3", {1, 3, 0, 2}, {3, 3, 5, 6}, {1, 2, 0, 3});
        /* what another cut brought is not asked for */
        SAYS("++++--", "volume 3 of 3", {1, 3, 0, 2}, {2, 3, 2, 4}, {1, 2, 0, 4});
}

static void no_numbers(void **state)
{
        (void)state;
        SAYS("+-", "another copy of it", {1, 1, 0, 2});
        says("+-", NULL, 0, "another copy of it");
        says("++", NULL, 0, "");
        says("", NULL, 0, "");
}

/* What is said is a hint, and may be anything. */
static void lies(void **state)
{
        (void)state;
        SAYS("--", "volumes 1 to 4 of 9999", {5, 9999, 999999, 5});
        SAYS("+-", "another copy of it", {1, 2, 7, 9}, {2, 2, 0, 0});
        SAYS("--", "another copy of it", {0, 0, 0, 0});
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(one_cut),
            cmocka_unit_test(several_cuts),
            cmocka_unit_test(no_numbers),
            cmocka_unit_test(lies),
        };

        return cmocka_run_group_tests_name("volume_seen", tests, NULL, NULL);
}
