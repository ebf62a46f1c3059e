/* Pages in the making: any size, any cut, one file under several names, and its xz form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/xz.h"
#include "mirror/page.h"

static struct box b;

static int set_up(void **state)
{
        (void)state;
        box_open(&b);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&b);
        return 0;
}

static struct page *make(const unsigned char *bytes, size_t len, size_t cut)
{
        struct err e = ERR_INIT;
        struct page *p = page_new(store_temp_dir(b.store), &e);

        assert_non_null(p);
        for (size_t at = 0; at < len; at += cut)
                must(page_write(p, bytes + at, len - at < cut ? len - at : cut, &e));
        must(page_end(p, &e));
        return p;
}

static void file_is(const char *path, const void *bytes, size_t len)
{
        struct buf text;
        struct err e;

        buf_init(&text, 1 << 20);
        must(fs_read_file(b.state, path, &text, &e));
        assert_int_equal(text.len, len);
        assert_memory_equal(text.data, bytes, len);
        buf_release(&text);
}

static void any_cut(void **state)
{
        static const size_t cuts[] = {1, 7, 16383, 16384, 16385, 100000};
        unsigned char bytes[50000], wanted[SHA256_SIZE];
        struct err e;

        (void)state;
        box_fill(bytes, sizeof bytes, 1, 256);
        sha256(bytes, sizeof bytes, wanted);
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
                struct page *p = make(bytes, sizeof bytes, cuts[i]);

                assert_int_equal(page_size(p), sizeof bytes);
                assert_memory_equal(page_sha256(p), wanted, SHA256_SIZE);
                must(page_link(p, b.state, "a/b", &e));
                page_free(p);
                file_is("a/b", bytes, sizeof bytes);
        }
}

static void several_names(void **state)
{
        struct page *one = make((const unsigned char *)"one", 3, 3);
        struct page *two = make((const unsigned char *)"three", 5, 5);
        struct stat a, c;
        struct err e;
        mode_t mask = umask(077);

        (void)state;
        must(page_link(one, b.state, "x/first", &e));
        must(page_link(one, b.state, "x/second", &e));
        umask(mask);
        assert_int_equal(fstatat(b.state, "x/first", &a, 0), 0);
        assert_int_equal(fstatat(b.state, "x/second", &c, 0), 0);
        assert_int_equal(a.st_ino, c.st_ino);
        assert_int_equal(a.st_mode & 0777, 0644); /* whatever the umask: others read it */
        /* another page under a name leaves the other names alone */
        must(page_link(two, b.state, "x/second", &e));
        page_free(one);
        page_free(two);
        file_is("x/first", "one", 3);
        file_is("x/second", "three", 5);
}

static void nothing_left(void **state)
{
        struct err e;

        (void)state;
        page_free(make((const unsigned char *)"text", 4, 4));
        page_free(NULL);
        assert_int_equal(store_clean(b.store, &e), 0);
}

static void xz_form(void **state)
{
        unsigned char bytes[200000];
        struct page *p, *x;
        struct err e;
        struct buf stored, back;

        (void)state;
        box_fill(bytes, sizeof bytes, 2, 4);
        p = make(bytes, sizeof bytes, sizeof bytes);
        x = page_xz(p, &e);
        assert_non_null(x);
        must(page_link(x, b.state, "x.xz", &e));
        buf_init(&stored, 1 << 20);
        buf_init(&back, sizeof bytes);
        must(fs_read_file(b.state, "x.xz", &stored, &e));
        assert_int_equal(stored.len, page_size(x));
        assert_true(stored.len < sizeof bytes / 2);
        must(xz_decode(stored.data, stored.len, sizeof bytes, &back, &e));
        assert_memory_equal(back.data, bytes, sizeof bytes);
        buf_release(&back);
        page_free(x);
        /* again from there, unless it holds anything else */
        x = page_xz_again(p, b.state, "x.xz");
        assert_non_null(x);
        must(page_link(x, b.state, "again.xz", &e));
        file_is("again.xz", stored.data, stored.len);
        buf_release(&stored);
        page_free(x);
        assert_null(page_xz_again(p, b.state, "none.xz"));
        bytes[7] ^= 1;
        page_free(p);
        p = make(bytes, sizeof bytes, sizeof bytes);
        assert_null(page_xz_again(p, b.state, "x.xz"));
        page_free(p);
        p = make(bytes, 7, 7);
        assert_null(page_xz_again(p, b.state, "x.xz"));
        page_free(p);
        /* of nothing, too */
        p = make(bytes, 0, 1);
        x = page_xz(p, &e);
        assert_non_null(x);
        assert_true(page_size(x) > 0);
        page_free(x);
        page_free(p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(any_cut, set_up, tear_down),
            cmocka_unit_test_setup_teardown(several_names, set_up, tear_down),
            cmocka_unit_test_setup_teardown(nothing_left, set_up, tear_down),
            cmocka_unit_test_setup_teardown(xz_form, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
