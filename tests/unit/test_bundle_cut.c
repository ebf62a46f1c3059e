/* Volumes are never larger than asked for, hold all packs in order, and are as few as can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/bundle_cut.h"

static struct bundle_head head;

static int set_up(void **state)
{
        struct err e;

        (void)state;
        bundle_head_init(&head);
        buf_adds(&head.manifest, "a manifest");
        must(bundle_head_sign(&head, "manifest.jsonl.xz.minisig", "signature", 9, &e));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        bundle_head_release(&head);
        return 0;
}

/* Bytes of volume v's file. */
static uint64_t file_size(const struct bundle_cut *cut, const uint64_t *sizes, size_t v)
{
        uint64_t size;
        struct err e;

        bundle_cut_volume(cut, v, &head);
        must(bundle_head_size(&head, &size, &e));
        for (size_t i = cut->first[v]; i < cut->first[v + 1]; i++)
                size += tar_member_size(sizes[i]);
        return size + TAR_END;
}

static void any_packs(void **state)
{
        uint64_t sizes[40], limit;
        struct bundle_cut cut;
        struct err e;
        unsigned x = 1;

        (void)state;
        for (size_t i = 0; i < 40; i++) {
                x = x * 1103515245 + 12345;
                sizes[i] = x >> 16 & 0x3fff;
        }
        for (limit = 25000; limit < 500000; limit = limit * 5 / 4) {
                must(bundle_cut_make(&cut, sizes, 40, &head, limit, &e));
                assert_int_equal(cut.first[0], 0);
                assert_int_equal(cut.first[cut.volumes], 40);
                for (size_t v = 0; v < cut.volumes; v++) {
                        assert_true(cut.first[v] < cut.first[v + 1]);
                        assert_true(file_size(&cut, sizes, v) <= limit);
                        /* one more pack would not have fitted, but for the numbers' digits */
                        if (v + 1 < cut.volumes)
                                assert_true(file_size(&cut, sizes, v) +
                                                tar_member_size(sizes[cut.first[v + 1]]) + 512 >
                                            limit);
                        assert_int_equal(head.volume.volume, v + 1);
                        assert_int_equal(head.volume.volumes, cut.volumes);
                }
                bundle_cut_release(&cut);
        }
}

static void one_volume(void **state)
{
        const uint64_t sizes[] = {1000, 2000, 0};
        struct bundle_cut cut;
        uint64_t exact;
        struct err e;

        (void)state;
        must(bundle_cut_make(&cut, sizes, 3, &head, 0, &e));
        assert_int_equal(cut.volumes, 1);
        exact = file_size(&cut, sizes, 0);
        bundle_cut_release(&cut);
        must(bundle_cut_make(&cut, sizes, 3, &head, exact, &e));
        assert_int_equal(cut.volumes, 1);
        bundle_cut_release(&cut);
        must(bundle_cut_make(&cut, sizes, 3, &head, exact - 1, &e));
        assert_int_equal(cut.volumes, 2);
        bundle_cut_release(&cut);
        must(bundle_cut_make(&cut, NULL, 0, &head, 5000, &e));
        assert_int_equal(cut.volumes, 1);
        bundle_cut_release(&cut);
}

static void too_small(void **state)
{
        const uint64_t sizes[] = {1000, 200000, 10};
        uint64_t many[LIMIT_VOLUMES + 1];
        struct bundle_cut cut;
        struct err e;

        (void)state;
        refused(bundle_cut_make(&cut, sizes, 3, &head, 100000, &e), &e, ERR_USAGE, "must be of 20");
        refused(bundle_cut_make(&cut, NULL, 0, &head, 100, &e), &e, ERR_USAGE, "too small");
        for (size_t i = 0; i <= LIMIT_VOLUMES; i++)
                many[i] = 6000;
        refused(bundle_cut_make(&cut, many, LIMIT_VOLUMES + 1, &head, 12000, &e), &e, ERR_USAGE,
            "more than 9999 volumes");
        assert_null(cut.first);
}

static void names(void **state)
{
        static const struct {
                size_t v, volumes;
                const char *name;
        } cases[] = {{0, 1, "plant-a-000042.dray"}, {0, 3, "plant-a-000042.1of3.dray"},
            {8, 12, "plant-a-000042.09of12.dray"}, {11, 12, "plant-a-000042.12of12.dray"}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char *stem = bundle_file_stem("plant-a", 1, 42);
                char *name = bundle_file_name(stem, cases[i].v, cases[i].volumes);

                assert_string_equal(name, cases[i].name);
                free(name);
                free(stem);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(any_packs),
            cmocka_unit_test(one_volume),
            cmocka_unit_test(too_small),
            cmocka_unit_test(names),
        };

        return cmocka_run_group_tests_name("bundle_cut", tests, set_up, tear_down);
}
