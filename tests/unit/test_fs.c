/* Files are whole or absent, links are switched in one step, and nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "box.h"
#include "bundle/fs.h"

static char folder[64];
static int dir;

static int set_up(void **state)
{
        (void)state;
        box_folder(folder, box_root());
        dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir < 0;
}

static int tear_down(void **state)
{
        (void)state;
        close(dir);
        box_remove(folder);
        return 0;
}

static int count_entries(void)
{
        const struct box b = {.state = dir};

        return box_entries(&b, ".");
}

static void holds(const char *path, const char *text)
{
        struct buf b;
        struct err e;

        buf_init(&b, 4096);
        must(fs_read_file(dir, path, &b, &e));
        assert_string_equal(b.data, text);
        buf_release(&b);
}

static void commit_puts_the_whole_file(void **state)
{
        struct fs_temp t = FS_TEMP_INIT;
        struct stat st;
        struct err e;
        mode_t mask = umask(027);

        (void)state;
        for (int again = 0; again < 2; again++) {
                must(fs_temp_open(&t, dir, &e));
                must(fs_write(t.fd, again ? "second" : "first", again ? 6 : 5, &e));
                assert_int_equal(fstatat(dir, "name", &st, 0), again ? 0 : -1);
                must(fs_temp_commit(&t, dir, "name", again ? FS_UNSYNCED : FS_DURABLE, &e));
                assert_int_equal(t.fd, -1);
                fs_temp_discard(&t);
                holds("name", again ? "second" : "first");
                assert_int_equal(count_entries(), 1);
        }
        umask(mask);
        assert_int_equal(fstatat(dir, "name", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
}

static void discard_leaves_nothing(void **state)
{
        struct fs_temp t = FS_TEMP_INIT;
        struct err e;

        (void)state;
        fs_temp_discard(&t);
        must(fs_temp_open(&t, dir, &e));
        assert_int_equal(count_entries(), 1);
        fs_temp_discard(&t);
        assert_int_equal(t.fd, -1);
        assert_int_equal(count_entries(), 0);
}

static void failed_commit_leaves_nothing(void **state)
{
        struct fs_temp t = FS_TEMP_INIT;
        struct err e;

        (void)state;
        must(fs_temp_open(&t, dir, &e));
        refused(fs_temp_commit(&t, dir, "none/name", FS_DURABLE, &e), &e, ERR_FAILED, "none/name");
        fs_temp_discard(&t);
        assert_int_equal(count_entries(), 0);
}

static void new_files(void **state)
{
        struct err e;

        (void)state;
        must(mkdirat(dir, "folder", 0755));
        assert_int_equal(fs_write_new(dir, "new", "first", 5, 0644, &e), 1);
        holds("new", "first");
        assert_int_equal(fs_write_new(dir, "new", "second", 6, 0644, &e), 0);
        holds("new", "first");
        assert_int_equal(fs_write_new(dir, "folder", "second", 6, 0644, &e), 0);
        refused(fs_write_new(dir, "none/new", "x", 1, 0644, &e), &e, ERR_FAILED, "none/new");
        assert_int_equal(count_entries(), 2);
        assert_int_equal(unlinkat(dir, "new", 0), 0);
        assert_int_equal(unlinkat(dir, "folder", AT_REMOVEDIR), 0);
}

static void small_files(void **state)
{
        struct buf b;
        struct err e;

        (void)state;
        buf_init(&b, 8);
        assert_int_equal(fs_read_file(dir, "none", &b, &e), 0);
        must(fs_write_file(dir, "eight", "12345678", 8, &e));
        assert_int_equal(fs_read_file(dir, "eight", &b, &e), 1);
        assert_string_equal(b.data, "12345678");
        refused(fs_read_file(dir, "eight", &b, &e), &e, ERR_FAILED, "larger than 8");
        buf_release(&b);
        must(fs_write_file(dir, "eight", "", 0, &e));
        holds("eight", "");
        refused(fs_write_file(dir, "no/where", "x", 1, &e), &e, ERR_FAILED, "no/where");
        assert_int_equal(count_entries(), 1);
}

/* What is replaced is the name, never what a planted link points to. */
static void links_are_replaced_not_followed(void **state)
{
        struct err e;

        (void)state;
        must(fs_write_file(dir, "target", "kept", 4, &e));
        assert_int_equal(symlinkat("target", dir, "link"), 0);
        must(fs_write_file(dir, "link", "new", 3, &e));
        holds("target", "kept");
        holds("link", "new");
        assert_int_equal(symlinkat("target", dir, "lock"), 0);
        refused(fs_lock(dir, "lock", &e), &e, ERR_FAILED, "lock");
        holds("target", "kept");
}

static void reading_and_writing(void **state)
{
        char bytes[8];
        struct err e;
        int fd, full = open("/dev/full", O_WRONLY);

        (void)state;
        must(fs_write_file(dir, "f", "12345", 5, &e));
        fd = openat(dir, "f", O_RDONLY);
        assert_int_equal(fs_read(fd, bytes, 8, &e), 5);
        assert_int_equal(fs_read(fd, bytes, 8, &e), 0);
        assert_int_equal(fs_pread(fd, bytes, 2, 3, &e), 2);
        assert_memory_equal(bytes, "45", 2);
        assert_int_equal(fs_pread(fd, bytes, 8, 4, &e), 1);
        assert_int_equal(fs_pread(fd, bytes, 8, 9, &e), 0);
        close(fd);
        refused((int)fs_read(fd, bytes, 1, &e), &e, ERR_FAILED, "read");
        refused((int)fs_pread(fd, bytes, 1, 0, &e), &e, ERR_FAILED, "read");
        refused(fs_write(full, "x", 1, &e), &e, ERR_FAILED, "No space");
        must(fs_write(full, "x", 0, &e));
        close(full);
}

/* A pipe gives less than was asked for at a time. */
static void short_reads(void **state)
{
        char bytes[6];
        struct err e;
        int ends[2];
        pid_t child;

        (void)state;
        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
                for (int i = 0; i < 5; i++) {
                        usleep(2000);
                        if (write(ends[1], &"abcde"[i], 1) != 1)
                                _exit(1);
                }
                _exit(0);
        }
        close(ends[1]);
        assert_int_equal(fs_read(ends[0], bytes, 3, &e), 3);
        assert_int_equal(fs_read(ends[0], bytes + 3, 3, &e), 2);
        assert_memory_equal(bytes, "abcde", 5);
        close(ends[0]);
        waitpid(child, NULL, 0);
}

static void folders(void **state)
{
        static char longer[LIMIT_PATH + 1];
        struct stat st;
        struct err e;
        int fd;

        (void)state;
        refused(fs_open_dir(dir, "a", &e), &e, ERR_FAILED, "folder a");
        for (int again = 0; again < 2; again++) {
                must(fd = fs_make_dir(dir, "a", &e));
                close(fd);
                must(fs_make_parents(dir, "b/c/d/file", &e));
        }
        assert_int_equal(fstatat(dir, "b/c/d", &st, 0), 0);
        assert_int_equal(fstatat(dir, "b/c/d/file", &st, 0), -1);
        refused(fs_make_dir(dir, "x/y", &e), &e, ERR_FAILED, "x/y");
        must(fs_write_file(dir, "file", "", 0, &e));
        refused(fs_make_dir(dir, "file", &e), &e, ERR_FAILED, "file");
        refused(fs_make_parents(dir, "file/a/b", &e), &e, ERR_FAILED, "file/a");
        memset(longer, 'x', sizeof longer - 1);
        refused(fs_make_parents(dir, longer, &e), &e, ERR_FAILED, "too long");
        must(fs_sync_dir(dir, &e));
        must(fs_sync_all(dir, &e));
        refused(fs_sync_dir(-1, &e), &e, ERR_FAILED, "fsync");
        refused(fs_sync_all(-1, &e), &e, ERR_FAILED, "syncfs");
}

static void listing(void **state)
{
        DIR *d;
        struct err e;

        (void)state;
        assert_int_equal(fs_list_dir(dir, "sub", &d, &e), 0);
        assert_null(d);
        close(fs_make_dir(dir, "sub", &e));
        assert_int_equal(fs_list_dir(dir, "sub", &d, &e), 1);
        assert_non_null(readdir(d));
        closedir(d);
        must(fs_write_file(dir, "file", "x", 1, &e));
        refused(fs_list_dir(dir, "file", &d, &e), &e, ERR_FAILED, "cannot list file");
        assert_int_equal(symlinkat("sub", dir, "link"), 0);
        refused(fs_list_dir(dir, "link", &d, &e), &e, ERR_FAILED, "cannot list link");
}

static void plain_files(void **state)
{
        struct err e;

        (void)state;
        must(fs_write_file(dir, "target", "target", 6, &e));
        assert_int_equal(symlinkat("target", dir, "name"), 0);
        must(fs_write_plain(dir, "name", "longer", 6, &e));
        holds("target", "target"); /* the link is replaced, not followed */
        must(fs_write_plain(dir, "name", "new", 3, &e));
        holds("name", "new");
        close(fs_make_dir(dir, "sub", &e));
        refused(fs_write_plain(dir, "sub", "x", 1, &e), &e, ERR_FAILED, "cannot replace sub");
}

static void trees_are_removed_links_are_not_followed(void **state)
{
        struct err e;

        (void)state;
        must(fs_remove_tree(dir, "none", &e));
        must(fs_make_parents(dir, "kept/x", &e));
        must(fs_write_file(dir, "kept/file", "kept", 4, &e));
        must(fs_make_parents(dir, "tree/a/b/c/d", &e));
        must(fs_write_file(dir, "tree/a/file", "x", 1, &e));
        assert_int_equal(symlinkat("../../kept", dir, "tree/a/link"), 0);
        assert_int_equal(symlinkat("kept", dir, "direct"), 0);
        assert_int_equal(fchmodat(dir, "tree/a/file", 0, 0), 0);
        must(fs_remove_tree(dir, "tree", &e));
        must(fs_remove_tree(dir, "direct", &e));
        holds("kept/file", "kept");
        assert_int_equal(count_entries(), 1);
}

static void link_is_switched(void **state)
{
        char target[16] = "";
        struct err e;

        (void)state;
        for (int i = 0; i < 3; i++) {
                const char *to = i % 2 ? "site-b" : "site-a";

                must(fs_replace_link(dir, to, "site", &e));
                assert_int_equal(readlinkat(dir, "site", target, sizeof target), 6);
                assert_memory_equal(target, to, 6);
                assert_int_equal(count_entries(), 1);
        }
        assert_int_equal(mkdirat(dir, "folder", 0755), 0);
        refused(fs_replace_link(dir, "site-a", "folder", &e), &e, ERR_FAILED, "folder");
        assert_int_equal(count_entries(), 2);
}

static void lock_has_one_holder(void **state)
{
        struct err e;
        char mine[32];
        int first, second;

        (void)state;
        must(first = fs_lock(dir, "lock", &e));
        snprintf(mine, sizeof mine, "(process %ld)", (long)getpid());
        refused(fs_lock(dir, "lock", &e), &e, ERR_LOCKED, mine);
        close(first);
        must(second = fs_lock(dir, "lock", &e));
        assert_int_equal(ftruncate(second, 0), 0);
        refused(fs_lock(dir, "lock", &e), &e, ERR_LOCKED, "unknown");
        close(second);
        refused(fs_lock(dir, "no/lock", &e), &e, ERR_FAILED, "no/lock");
}

static void sizes_in_words(void **state)
{
        static const struct {
                uint64_t bytes;
                const char *text;
        } cases[] = {{0, "0 B"}, {17, "17 B"}, {999, "999 B"}, {1000, "1.0 kB"}, {1449, "1.4 kB"},
            {99949, "99.9 kB"}, {99950, "100 kB"}, {312000, "312 kB"}, {999499, "999 kB"},
            {999500, "1.0 MB"}, {1400000000, "1.4 GB"}, {UINT64_MAX, "18447 PB"}};
        char out[16];
        uint64_t free_bytes = 0;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(fs_size_text(cases[i].bytes, out), cases[i].text);
        must(fs_free_bytes(dir, &free_bytes, &e));
        assert_true(free_bytes > 0);
        refused(fs_free_bytes(-1, &free_bytes, &e), &e, ERR_FAILED, "free space");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(commit_puts_the_whole_file),
            TEST(discard_leaves_nothing),
            TEST(failed_commit_leaves_nothing),
            TEST(new_files),
            TEST(small_files),
            TEST(links_are_replaced_not_followed),
            TEST(reading_and_writing),
            TEST(short_reads),
            TEST(folders),
            TEST(listing),
            TEST(plain_files),
            TEST(trees_are_removed_links_are_not_followed),
            TEST(link_is_switched),
            TEST(lock_has_one_holder),
            TEST(sizes_in_words),
        };

        return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
