/* Opening files beneath the site: the switch of its link, and what must not be reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "mirror/http_tree.h"

static char dir[64];

static char *at(const char *path)
{
        return xasprintf("%s/%s", dir, path);
}

static void put(const char *path, const char *text)
{
        char *full = at(path);
        int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
        free(full);
}

static void make_dir(const char *path)
{
        char *full = at(path);

        assert_int_equal(mkdir(full, 0755), 0);
        free(full);
}

static void make_link(const char *target, const char *path)
{
        char *full = at(path);

        assert_int_equal(symlink(target, full), 0);
        free(full);
}

static int setup(void **state)
{
        (void)state;
        snprintf(dir, sizeof dir, "/tmp/dray-http-tree-XXXXXX");
        assert_non_null(mkdtemp(dir));
        make_dir("site-a");
        make_dir("site-a/sub");
        make_dir("site-a/sub/deep");
        make_dir("site-b");
        put("site-a/file", "A");
        put("site-a/sub/deep/file", "deep");
        put("site-b/file", "B");
        put("secret", "S");
        make_link("site-a", "site");
        make_link("../secret", "site-a/out");
        make_link("file", "site-a/in");
        make_link("sub", "site-a/dirlink");
        make_link("/", "site-a/root");
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st, (void)type, (void)ftw;
        return remove(path);
}

static int teardown(void **state)
{
        (void)state;
        return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void open_tree(struct http_tree *t, bool walk)
{
        struct err e = ERR_INIT;
        char *site = at("site");

        assert_int_equal(http_tree_open(t, site, &e), 0);
        if (walk)
                t->walk = true;
        free(site);
}

static void expect_text(const struct http_tree *t, int root, const char *path, const char *text)
{
        char got[16] = "";
        int fd = http_tree_file(t, root, path, O_RDONLY);

        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        assert_int_equal(read(fd, got, sizeof got - 1), strlen(text));
        assert_string_equal(got, text);
        close(fd);
}

static void expect_none(const struct http_tree *t, int root, const char *path, int error)
{
        int fd = http_tree_file(t, root, path, O_RDONLY);

        if (fd >= 0 || errno != error)
                print_error("%s: %s\n", path, fd >= 0 ? "opened" : strerror(errno));
        assert_int_equal(fd, -1);
        assert_int_equal(errno, error);
}

static void check_files(bool walk)
{
        struct http_tree t;
        int root, fd;

        open_tree(&t, walk);
        root = http_tree_root(&t);
        assert_true(root >= 0);
        expect_text(&t, root, "file", "A");
        expect_text(&t, root, "sub/deep/file", "deep");
        fd = http_tree_file(&t, root, "", O_RDONLY | O_DIRECTORY);
        assert_true(fd >= 0);
        close(fd);
        fd = http_tree_file(&t, root, "sub", O_PATH | O_DIRECTORY);
        assert_true(fd >= 0);
        close(fd);
        expect_none(&t, root, "none", ENOENT);
        expect_none(&t, root, "sub/none/file", ENOENT);
        expect_none(&t, root, "file/x", ENOTDIR);
        close(root);
        http_tree_close(&t);
        http_tree_close(&t);
}

static void check_refusals(bool walk)
{
        struct http_tree t;
        char longest[400];
        int root;

        memset(longest, 'n', sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';
        open_tree(&t, walk);
        root = http_tree_root(&t);
        expect_none(&t, root, "out", ELOOP);
        expect_none(&t, root, "in", ELOOP);
        expect_none(&t, root, "root", ELOOP);
        expect_none(&t, root, "dirlink/deep/file", walk ? ENOTDIR : ELOOP);
        expect_none(&t, root, "root/etc/passwd", walk ? ENOTDIR : ELOOP);
        expect_none(&t, root, "../secret", walk ? EINVAL : EXDEV);
        expect_none(&t, root, "sub/../../secret", walk ? EINVAL : EXDEV);
        expect_none(&t, root, "..", walk ? EINVAL : EXDEV);
        expect_none(&t, root, "/etc/passwd", walk ? EINVAL : EXDEV);
        expect_none(&t, root, longest, ENAMETOOLONG);
        close(root);
        http_tree_close(&t);
}

static void test_files(void **state)
{
        (void)state;
        check_files(false);
}

static void test_files_by_walking(void **state)
{
        (void)state;
        check_files(true);
}

static void test_refusals(void **state)
{
        struct http_tree t;
        bool lacking;

        (void)state;
        open_tree(&t, false);
        lacking = t.walk;
        http_tree_close(&t);
        if (lacking)
                skip(); /* this kernel has no openat2() */
        check_refusals(false);
}

static void test_refusals_by_walking(void **state)
{
        (void)state;
        check_refusals(true);
}

static int open_descriptors(void)
{
        int n = 0;

        for (int fd = 0; fd < 256; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        return n;
}

static void test_walking_leaks_nothing(void **state)
{
        int before = open_descriptors();

        (void)state;
        check_files(true);
        check_refusals(true);
        assert_int_equal(open_descriptors(), before);
}

static void test_switch(void **state)
{
        struct http_tree t;
        char *site = at("site"), *next = at("next");
        int before, after;

        (void)state;
        open_tree(&t, false);
        before = http_tree_root(&t);
        make_link("site-b", "next");
        assert_int_equal(rename(next, site), 0);
        after = http_tree_root(&t);
        expect_text(&t, before, "file", "A");
        expect_text(&t, after, "file", "B");
        close(before);
        close(after);
        unlink(site);
        assert_int_equal(http_tree_root(&t), -1);
        assert_int_equal(errno, ENOENT);
        http_tree_close(&t);
        make_link("site-a", "site");
        free(site);
        free(next);
}

static void expect_site(const char *site)
{
        struct http_tree t;
        struct err e = ERR_INIT;
        int root;

        assert_int_equal(http_tree_open(&t, site, &e), 0);
        root = http_tree_root(&t);
        expect_text(&t, root, "file", "A");
        close(root);
        http_tree_close(&t);
}

static void test_names_of_the_site(void **state)
{
        static const char *const forms[] = {"site/", "site-a", "site-a//"};
        struct http_tree t;
        struct err e = ERR_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
                char *path = at(forms[i]);

                expect_site(path);
                free(path);
        }
        assert_int_equal(chdir(dir), 0);
        expect_site("site");
        assert_int_equal(chdir("site-a"), 0);
        expect_site(".");
        assert_int_equal(http_tree_open(&t, "/", &e), 0);
        http_tree_close(&t);
        assert_int_equal(http_tree_open(&t, "/nonexistent/site", &e), -1);
        assert_non_null(strstr(e.msg, "/nonexistent"));
        http_tree_close(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_files),
            cmocka_unit_test(test_files_by_walking),
            cmocka_unit_test(test_refusals),
            cmocka_unit_test(test_refusals_by_walking),
            cmocka_unit_test(test_walking_leaks_nothing),
            cmocka_unit_test(test_switch),
            cmocka_unit_test(test_names_of_the_site),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
