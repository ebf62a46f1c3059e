/*
 * Every byte of a volume counts too. timeout: 600 s
 *
 * A small bundle in two volumes: each is changed at each of its bytes, and cut
 * at each. Every time it is refused as damaged, whether the other volume is
 * there already or not, and nothing is imported; what of it is good may be
 * kept, and the whole volume then completes the bundle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/spool.h"
#include "forge.h"

static struct secret_key *key;
static struct box to;
static int volume[2], work;
static unsigned char *whole[2];
static size_t size[2];

/* Forged, so that its xz streams ask for a small dictionary. */
static int set_up(void **state)
{
        struct forge f;

        (void)state;
        key = secret_key_generate();
        forge_open(&f, key);
        for (unsigned v = 0; v < 2; v++) {
                volume[v] = forge_volume(&f, v, 2);
                whole[v] = bundle_bytes(volume[v], &size[v]);
                assert_true(size[v] < 10240);
        }
        forge_close(&f);
        work = memory_file();
        box_open(&to);
        box_trust(&to, STREAM, &key, 1, 1);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&to);
        close(work);
        for (int v = 0; v < 2; v++) {
                close(volume[v]);
                free(whole[v]);
        }
        secret_key_free(key);
        return 0;
}

static int forget(void *user, const struct spool_row *row, struct err *e)
{
        (void)user;
        return spool_remove(to.state, row->manifest, e);
}

static void forget_all(void)
{
        struct err e = ERR_INIT;

        assert_int_equal(spool_list(to.state, forget, NULL, &e), 0);
}

/* What lies in `work` must be refused, and nothing be imported. */
static void refuse(const char *what, size_t at)
{
        struct import_result r;
        struct generation g;
        struct err e;

        forget_all();
        if (box_import(&to, work, &r, &e) != -1)
                fail_msg("%s at byte %zu: accepted", what, at);
        if (e.code != ERR_REFUSED)
                fail_msg("%s at byte %zu: code %d, %s", what, at, (int)e.code, e.msg);
        import_result_release(&r);
        assert_int_equal(catalog_generation_last(to.catalog, &g, &e), 0);
        assert_int_equal(box_entries(&to, "tmp"), 0);
}

static void hold(int v, size_t len)
{
        assert_int_equal(ftruncate(work, (off_t)len), 0);
        assert_int_equal(pwrite(work, whole[v], len, 0), len);
}

static void each_byte(void **state)
{
        (void)state;
        for (int v = 0; v < 2; v++) {
                hold(v, size[v]);
                for (size_t at = 0; at < size[v]; at++) {
                        unsigned char changed = whole[v][at] ^ (at % 2 ? 0x01 : 0x20);

                        assert_int_equal(pwrite(work, &changed, 1, (off_t)at), 1);
                        refuse("changed", at);
                        assert_int_equal(pwrite(work, &whole[v][at], 1, (off_t)at), 1);
                }
        }
}

static void each_cut(void **state)
{
        (void)state;
        for (int v = 0; v < 2; v++) {
                hold(v, size[v]);
                for (size_t len = size[v]; len-- > 0;) {
                        assert_int_equal(ftruncate(work, (off_t)len), 0);
                        refuse("cut", len);
                }
        }
}

static void swapped_and_lengthened(void **state)
{
        (void)state;
        for (int v = 0; v < 2; v++) {
                size_t head = size[v] - 2 * TAR_BLOCK - 2 * TAR_BLOCK; /* one small pack, the end */

                /* the head of one volume before the pack of the other */
                hold(v, size[v]);
                assert_int_equal(pwrite(work, whole[!v] + size[!v] - (size[v] - head),
                                     size[v] - head, (off_t)head),
                    size[v] - head);
                refuse("another volume's pack", head);
                hold(v, size[v]);
                assert_int_equal(pwrite(work, "x", 1, (off_t)size[v]), 1);
                refuse("longer", size[v]);
        }
}

/* Behind a damaged one the good one is taken, and all is here. */
static void whole_is_accepted(void **state)
{
        struct import_result r;
        struct err e;

        (void)state;
        forget_all();
        must(box_import(&to, volume[1], &r, &e));
        assert_int_equal(r.waiting, 1);
        import_result_release(&r);
        for (size_t at = 0; at < size[0]; at += 97) {
                unsigned char changed = whole[0][at] ^ 4;

                hold(0, size[0]);
                assert_int_equal(pwrite(work, &changed, 1, (off_t)at), 1);
                if (box_import(&to, work, &r, &e) ==
                    0) { /* in the zeros behind its pack: told, and taken */
                        assert_true(at >= size[0] - 3 * TAR_BLOCK && whole[0][at] == 0);
                        assert_true(r.damage.code && !r.waiting);
                        import_result_release(&r);
                        return;
                }
                assert_int_equal(e.code, ERR_REFUSED);
                import_result_release(&r);
        }
        must(box_import(&to, volume[0], &r, &e));
        assert_int_equal(r.waiting, 0);
        import_result_release(&r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_byte),
            cmocka_unit_test(each_cut),
            cmocka_unit_test(swapped_and_lengthened),
            cmocka_unit_test(whole_is_accepted),
        };

        return cmocka_run_group_tests_name("volume_damage", tests, set_up, tear_down);
}
