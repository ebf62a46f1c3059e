/* What is missing is named by its volume, whatever cuts the volumes that came were of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/volume_seen.h"

/* packs: '+' is here, '-' is not */
static void says_of(
    const char *packs, struct volume_seen *seen, size_t count, const char *stem, const char *wanted)
{
        size_t n = strlen(packs);
        unsigned char *has = xcalloc(n, 1);
        char text[256];

        for (size_t i = 0; i < n; i++)
                has[i] = packs[i] == '+';
        volume_missing(has, n, seen, count, stem, text, sizeof text);
        assert_string_equal(text, wanted);
        free(has);
}

static void says(const char *packs, struct volume_seen *seen, size_t count, const char *wanted)
{
        says_of(packs, seen, count, NULL, wanted);
}

#define SAYS(packs, wanted, ...) \
        do { \
                struct volume_seen seen_[] = {__VA_ARGS__}; \
                says(packs, seen_, sizeof seen_ / sizeof *seen_, wanted); \
        } while (0)

static void one_cut(void **state)
{
        (void)state;
        SAYS("++++++", "", {1, 3, 0, 2, ""});
        SAYS("++----", "volumes 2 and 3 of 3", {1, 3, 0, 2, ""});
        SAYS("--++--", "volumes 1 and 3 of 3", {2, 3, 2, 4, ""});
        SAYS("++--++", "volume 2 of 3", {3, 3, 4, 6, ""}, {1, 3, 0, 2, ""});
        SAYS("+-++++", "volume 1 of 3", {1, 3, 0, 2, ""}, {2, 3, 2, 4, ""},
            {3, 3, 4, 6, ""}); /* damaged */
        SAYS("---+--------", "volumes 1, 2 and 4 to 12 of 12", {3, 12, 3, 4, ""});
}

static void several_cuts(void **state)
{
        (void)state;
        /* the numbers are those of the cut of which most came */
        SAYS("+++--+", "volume 2 of 3", {1, 3, 0, 2, ""}, {3, 3, 5, 6, ""}, {1, 2, 0, 3, ""});
        /* what another cut brought is not asked for */
        SAYS("++++--", "volume 3 of 3", {1, 3, 0, 2, ""}, {2, 3, 2, 4, ""}, {1, 2, 0, 4, ""});
}

static void no_numbers(void **state)
{
        (void)state;
        SAYS("+-", "another copy of it", {1, 1, 0, 2, ""});
        says("+-", NULL, 0, "another copy of it");
        says("++", NULL, 0, "");
        says("", NULL, 0, "");
}

/* What is said is a hint, and may be anything. */
static void lies(void **state)
{
        (void)state;
        SAYS("--", "volumes 1 to 4 of 9999", {5, 9999, 999999, 5, ""});
        SAYS("+-", "another copy of it", {1, 2, 7, 9, ""}, {2, 2, 0, 0, ""});
        SAYS("--", "another copy of it", {0, 0, 0, 0, ""});
}

/* As people find it on the disc: the name that it was given, and what it was made to fit. */
static void names(void **state)
{
        struct volume_seen seen[] = {{1, 3, 0, 2, "BD"}, {1, 2, 0, 3, "DVD"}};
        struct volume_seen plain[] = {{3, 12, 2, 3, ""}};
        char stem[LIMIT_NAME + 1];

        (void)state;
        says_of("++----", seen, 1, "plant-a-000003",
            "volumes 2 and 3 of 3 (BD: plant-a-000003.2of3.dray, plant-a-000003.3of3.dray)");
        says_of("++----", seen, 1, NULL, "volumes 2 and 3 of 3 (BD)");
        says_of("+++--+", &seen[1], 1, "p", "volume 2 of 2 (DVD: p.2of2.dray)");
        says_of("--+---------", plain, 1, "p-e2-000007",
            "volumes 1, 2 and 4 to 12 of 12 (p-e2-000007.01of12.dray, p-e2-000007.02of12.dray, "
            "p-e2-000007.04of12.dray, ...)");
        says_of("------", NULL, 0, "p", "another copy of it");
        /* a name is told whole or not at all */
        memset(stem, 'x', LIMIT_NAME);
        stem[LIMIT_NAME] = '\0';
        says_of("++----", seen, 1, stem, "volumes 2 and 3 of 3 (BD)");
}

/* Not all fit: those that are left out are counted, none is passed over in silence. */
static void very_many(void **state)
{
        struct volume_seen seen[100];
        char packs[201];

        (void)state;
        for (size_t i = 0; i < 200; i++)
                packs[i] = i % 2 ? '+' : '-';
        packs[200] = '\0';
        for (unsigned long i = 0; i < 100; i++)
                seen[i] = (struct volume_seen){2 * i + 2, 200, 2 * i + 1, 2 * i + 2, ""};
        says(packs, seen, 100,
            "volumes 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, "
            "43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63, 65, 67, 69, 71, 73, 75, 77, 79, 81 and 59 "
            "more of 200");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(one_cut),
            cmocka_unit_test(several_cuts),
            cmocka_unit_test(no_numbers),
            cmocka_unit_test(lies),
            cmocka_unit_test(names),
            cmocka_unit_test(very_many),
        };

        return cmocka_run_group_tests_name("volume_seen", tests, NULL, NULL);
}
