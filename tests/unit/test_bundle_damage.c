/*
 * Every byte of a bundle counts. timeout: 600 s
 *
 * A small bundle with every sort of member is changed at each of its bytes in
 * turn, cut at each, and lengthened at each: every time it is refused as
 * damaged, with that code and no other, and the mirror stays as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forge.h"

static struct secret_key *key;
static struct box to;
static unsigned char *whole;
static size_t size;
static unsigned char before[SHA256_SIZE];
static int work; /* the changed bundle, in memory */

/*
 * Packs of both encodings, a blob in both, an empty one, a hole. Forged, so that its xz streams ask
 * for a small dictionary: setting one up is most of what a refusal costs under a sanitizer.
 */
static int set_up(void **state)
{
        struct forge f;
        int fd;

        (void)state;
        key = secret_key_generate();
        forge_open(&f, key);
        forge_edit(&f, "\"holes\":[]", "\"holes\":[\"made-up.src: not there\"]");
        fd = forge_bundle(&f);
        whole = bundle_bytes(fd, &size);
        close(fd);
        forge_close(&f);
        assert_true(size < 10240);
        box_open(&to);
        box_trust(&to, STREAM, &key, 1, 1);
        box_digest(&to, before);
        work = memory_file();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        close(work);
        free(whole);
        box_close(&to);
        secret_key_free(key);
        return 0;
}

static void hold(const unsigned char *bytes, size_t len)
{
        assert_int_equal(ftruncate(work, (off_t)len), 0);
        assert_int_equal(pwrite(work, bytes, len, 0), len);
}

/* What lies in `work` must be refused. */
static void refuse(const char *what, size_t at)
{
        struct err e;

        if (box_import(&to, work, NULL, &e) != -1)
                fail_msg("%s at byte %zu: accepted", what, at);
        if (e.code != ERR_REFUSED)
                fail_msg("%s at byte %zu: code %d, %s", what, at, (int)e.code, e.msg);
}

static void nothing_changed(void)
{
        unsigned char after[SHA256_SIZE];

        box_digest(&to, after);
        assert_memory_equal(before, after, SHA256_SIZE);
        assert_int_equal(box_entries(&to, "tmp"), 0);
}

static void change_each_byte(unsigned char pattern)
{
        hold(whole, size);
        for (size_t at = 0; at < size; at++) {
                unsigned char changed = whole[at] ^ pattern;

                assert_int_equal(pwrite(work, &changed, 1, (off_t)at), 1);
                refuse("changed", at);
                assert_int_equal(pwrite(work, &whole[at], 1, (off_t)at), 1);
                if (at % 1000 == 0)
                        nothing_changed();
        }
        nothing_changed();
}

static void lowest_bit(void **state)
{
        (void)state;
        change_each_byte(0x01);
}

/* The one that tells upper from lower case: what a lax reader overlooks. */
static void case_bit(void **state)
{
        (void)state;
        change_each_byte(0x20);
}

static void cut_at_each_byte(void **state)
{
        (void)state;
        hold(whole, size);
        for (size_t len = size; len-- > 0;) {
                assert_int_equal(ftruncate(work, (off_t)len), 0);
                refuse("cut", len);
        }
        nothing_changed();
}

/* At each byte: cut there and another run of bytes put behind. */
static void garbage_after_each_byte(void **state)
{
        static const struct {
                size_t len;
                unsigned char byte;
        } runs[] = {{1, 'x'}, {512, 0}};
        unsigned char garbage[512];

        (void)state;
        for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
                memset(garbage, runs[r].byte, sizeof garbage);
                for (size_t len = 0; len <= size; len++) {
                        /* zeros where zeros were: the same bundle, or one that is cut */
                        if (runs[r].byte == 0 && len + runs[r].len == size &&
                            memcmp(whole + len, garbage, runs[r].len) == 0)
                                continue;
                        hold(whole, len);
                        assert_int_equal(
                            pwrite(work, garbage, runs[r].len, (off_t)len), runs[r].len);
                        refuse("other bytes", len);
                }
                nothing_changed();
        }
}

/* A run of bytes taken out, doubled or pushed in between, by blocks as tar has them. */
static void blocks_moved(void **state)
{
        unsigned char *bytes = xmalloc(2 * size);

        (void)state;
        for (size_t at = 0; at < size; at += 512)
                for (size_t len = 512; at + len <= size; len += 512) {
                        memcpy(bytes, whole, at);
                        memcpy(bytes + at, whole + at + len, size - at - len);
                        hold(bytes, size - len);
                        refuse("taken out", at);
                        memcpy(bytes, whole, at + len);
                        memcpy(bytes + at + len, whole + at, size - at);
                        hold(bytes, size + len);
                        refuse("doubled", at);
                }
        free(bytes);
        nothing_changed();
}

/* And with all of it in place it is taken. */
static void whole_is_accepted(void **state)
{
        struct err e;

        (void)state;
        hold(whole, size);
        must(box_import(&to, work, NULL, &e));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(lowest_bit),
            cmocka_unit_test(case_bit),
            cmocka_unit_test(cut_at_each_byte),
            cmocka_unit_test(garbage_after_each_byte),
            cmocka_unit_test(blocks_moved),
            cmocka_unit_test(whole_is_accepted),
        };

        return cmocka_run_group_tests_name("bundle_damage", tests, set_up, tear_down);
}
