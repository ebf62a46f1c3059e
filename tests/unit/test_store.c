/* Blobs lie under their own digest, whole and read-only; what is not kept leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "box.h"
#include "bundle/hex.h"

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

/* blobs/ab/abcd... below state/ */
static const char *blob_file(const unsigned char sha[SHA256_SIZE])
{
        static char path[80];

        snprintf(path, sizeof path, "blobs/");
        hex_encode(path + 9, sha, SHA256_SIZE);
        path[6] = path[9];
        path[7] = path[10];
        path[8] = '/';
        return path;
}

/* The blob is there, read-only, and holds exactly these bytes. */
static void holds(const unsigned char sha[SHA256_SIZE], const void *bytes, size_t len)
{
        struct stat st;
        struct buf back;
        struct err e;
        int fd;

        assert_int_equal(fstatat(b.state, blob_file(sha), &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0444);
        assert_int_equal(st.st_nlink, 1);
        buf_init(&back, len);
        must(fs_read_file(b.state, blob_file(sha), &back, &e));
        assert_int_equal(back.len, len);
        assert_memory_equal(back.data, bytes, len);
        buf_release(&back);
        must(fd = store_get(b.store, sha, &e));
        close(fd);
        assert_int_equal(store_present(b.store, sha, len), 1);
        assert_int_equal(store_present(b.store, sha, len + 1), 0);
        assert_int_equal(store_check(b.store, sha, len, &e), 1);
        assert_int_equal(store_check(b.store, sha, len + 1, &e), 0);
}

static void put_places_under_the_digest(void **state)
{
        unsigned char sha[SHA256_SIZE], wanted[SHA256_SIZE];
        struct err e;

        (void)state;
        for (int again = 0; again < 2; again++) {
                must(store_put_bytes(b.store, "abc", 3, sha, &e));
                sha256("abc", 3, wanted);
                assert_memory_equal(sha, wanted, SHA256_SIZE);
                holds(sha, "abc", 3);
        }
        must(store_put_bytes(b.store, "", 0, sha, &e));
        holds(sha, "", 0);
        assert_int_equal(box_entries(&b, "tmp"), 0);
        must(store_sync(b.store, &e));
}

static void put_in_pieces(void **state)
{
        static unsigned char bytes[600000];
        struct store_put *p;
        unsigned char sha[SHA256_SIZE], raw[DIGEST_MAX_SIZE];
        struct digest *d = digest_new(DIGEST_SHA512);
        unsigned char wanted[DIGEST_MAX_SIZE];
        char back[16];
        struct err e;
        int reader;

        (void)state;
        box_fill(bytes, sizeof bytes, 1, 256);
        must(store_put_begin(b.store, DIGEST_SHA512, NULL, &p, &e));
        for (size_t at = 0; at < sizeof bytes; at += 100000)
                must(store_put_write(p, bytes + at, 100000, &e));
        assert_int_equal(store_put_size(p), sizeof bytes);
        must(store_put_end(p, &e));
        must(reader = store_put_reader(p, &e));
        assert_int_equal(pread(reader, back, 16, 500000), 16);
        assert_memory_equal(back, bytes + 500000, 16);
        close(reader);
        sha256(bytes, sizeof bytes, sha);
        assert_memory_equal(store_put_sha256(p), sha, SHA256_SIZE);
        digest_update(d, bytes, sizeof bytes);
        digest_final(d);
        digest_get(d, DIGEST_SHA512, wanted);
        assert_int_equal(digest_get(store_put_digest(p), DIGEST_SHA512, raw), 64);
        assert_memory_equal(raw, wanted, 64);
        digest_free(d);
        assert_int_equal(store_present(b.store, sha, sizeof bytes), 0); /* not before the keep */
        must(store_put_keep(p, &e));
        store_put_free(p);
        holds(sha, bytes, sizeof bytes);
        assert_int_equal(box_entries(&b, "tmp"), 0);
}

static void not_kept_leaves_nothing(void **state)
{
        struct store_put *p;
        struct err e;

        (void)state;
        for (int ended = 0; ended < 2; ended++) {
                must(store_put_begin(b.store, 0, NULL, &p, &e));
                must(store_put_write(p, "abc", 3, &e));
                if (ended)
                        must(store_put_end(p, &e));
                store_put_free(p);
                assert_int_equal(box_entries(&b, "tmp"), 0);
                assert_int_equal(box_entries(&b, "blobs"), 0);
        }
        store_put_free(NULL);
        store_put_drop(NULL);
}

/* Puts bytes under a resume name and stops there, as a cut connection does. */
static void interrupt(const char *name, const char *bytes)
{
        struct store_put *p;
        struct err e;

        must(store_put_begin(b.store, 0, name, &p, &e));
        must(store_put_write(p, bytes, strlen(bytes), &e));
        store_put_free(p);
}

static void resume_goes_on(void **state)
{
        unsigned char sha[SHA256_SIZE];
        struct store_put *p;
        struct err e;

        (void)state;
        assert_int_equal(store_partial_size(b.store, "x"), 0);
        interrupt("x", "hel");
        interrupt("x", "lo, ");
        assert_int_equal(store_partial_size(b.store, "x"), 7);
        must(store_put_begin(b.store, 0, "x", &p, &e));
        assert_int_equal(store_put_size(p), 7);
        must(store_put_write(p, "world", 5, &e));
        must(store_put_end(p, &e));
        must(store_put_keep(p, &e));
        store_put_free(p);
        sha256("hello, world", 12, sha);
        holds(sha, "hello, world", 12);
        assert_int_equal(store_partial_size(b.store, "x"), 0);
        assert_int_equal(box_entries(&b, "tmp"), 0);
}

static void truncate_goes_back(void **state)
{
        static const struct {
                uint64_t size;
                const char *then, *whole;
        } cases[] = {{0, "new", "new"}, {3, "LO", "helLO"}, {5, "!", "hello!"}};
        unsigned char sha[SHA256_SIZE];
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct store_put *p;

                interrupt("x", "hello");
                must(store_put_begin(b.store, 0, "x", &p, &e));
                must(store_put_truncate(p, cases[i].size, &e));
                assert_int_equal(store_put_size(p), cases[i].size);
                must(store_put_write(p, cases[i].then, strlen(cases[i].then), &e));
                must(store_put_end(p, &e));
                must(store_put_keep(p, &e));
                store_put_free(p);
                sha256(cases[i].whole, strlen(cases[i].whole), sha);
                holds(sha, cases[i].whole, strlen(cases[i].whole));
        }
}

/* Large ones are hashed behind the writer: in one go, after a break, and after going back. */
static void large_ones_too(void **state)
{
        static unsigned char bytes[3 * MIB + 5];
        static const uint64_t breaks[] = {0, 100, MIB, 2 * MIB + 1}, backs[] = {0, 70, MIB + 1};
        const size_t step = 300000;
        unsigned char sha[SHA256_SIZE];
        struct err e;

        (void)state;
        box_fill(bytes, sizeof bytes, 3, 256);
        sha256(bytes, sizeof bytes, sha);
        for (size_t i = 0; i < 12; i++) {
                uint64_t done = breaks[i % 4], back = backs[i / 4];
                struct store_put *p;

                must(store_put_begin(b.store, 0, "x", &p, &e));
                if (done)
                        must(store_put_write(p, bytes, done, &e));
                store_put_free(p);
                must(store_put_begin(b.store, 0, "x", &p, &e));
                assert_int_equal(store_put_size(p), done);
                if (back < done) {
                        must(store_put_truncate(p, back, &e));
                        done = back;
                }
                for (size_t n; done < sizeof bytes; done += n) {
                        n = sizeof bytes - done < step ? sizeof bytes - done : step;
                        must(store_put_write(p, bytes + done, n, &e));
                }
                must(store_put_end(p, &e));
                must(store_put_keep(p, &e));
                store_put_free(p);
                holds(sha, bytes, sizeof bytes);
                must(store_remove(b.store, sha, &e));
        }
        assert_int_equal(box_entries(&b, "tmp"), 0);
}

static void drop_and_bad_digest_remove(void **state)
{
        struct store_put *p;
        struct err e;

        (void)state;
        interrupt("x", "hello");
        must(store_put_begin(b.store, 0, "x", &p, &e));
        store_put_drop(p);
        assert_int_equal(box_entries(&b, "tmp"), 0);
        /* ended, and then the digest was not the wanted one */
        interrupt("x", "hello");
        must(store_put_begin(b.store, 0, "x", &p, &e));
        must(store_put_end(p, &e));
        store_put_free(p);
        assert_int_equal(box_entries(&b, "tmp"), 0);
}

/* Runs body as somebody whom file modes bind. */
static void as_nobody(void (*body)(void))
{
        int status;
        pid_t child = fork();

        if (child == 0) {
                body();
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

static void resume_what_was_ended(void)
{
        struct store_put *p;
        struct err e = ERR_INIT;

        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
                _exit(1);
        if (store_put_begin(b.store, 0, "x", &p, &e) < 0) {
                print_error("%s\n", e.msg);
                _exit(2);
        }
        if (store_put_size(p) != 5 || store_put_write(p, "!", 1, &e) < 0 ||
            store_put_end(p, &e) < 0 || store_put_keep(p, &e) < 0)
                _exit(3);
        store_put_free(p);
}

/* A kill between the end and the keep leaves a partial file that is read-only already. */
static void resume_after_a_kill_before_the_keep(void **state)
{
        unsigned char sha[SHA256_SIZE];

        (void)state;
        interrupt("x", "hello");
        assert_int_equal(fchmodat(b.state, "tmp/part-x", 0444, 0), 0);
        if (geteuid() == 0) {
                assert_int_equal(fchownat(b.state, "tmp/part-x", 65534, 65534, 0), 0);
                assert_int_equal(fchmodat(b.state, "tmp", 0777, 0), 0);
                assert_int_equal(fchmodat(b.state, "blobs", 0777, 0), 0);
        }
        as_nobody(resume_what_was_ended);
        sha256("hello!", 6, sha);
        holds(sha, "hello!", 6);
}

static void damage_is_seen(void **state)
{
        unsigned char sha[SHA256_SIZE], bytes[1000];
        struct err e;

        (void)state;
        box_fill(bytes, sizeof bytes, 2, 256);
        must(store_put_bytes(b.store, bytes, sizeof bytes, sha, &e));
        assert_int_equal(fchmodat(b.state, blob_file(sha), 0644, 0), 0);
        for (size_t at = 0; at < sizeof bytes; at += 333) {
                int fd = openat(b.state, blob_file(sha), O_WRONLY);
                unsigned char wrong = bytes[at] ^ 1;

                assert_int_equal(pwrite(fd, &wrong, 1, (off_t)at), 1);
                assert_int_equal(store_check(b.store, sha, sizeof bytes, &e), 0);
                assert_int_equal(store_present(b.store, sha, sizeof bytes), 1);
                assert_int_equal(pwrite(fd, &bytes[at], 1, (off_t)at), 1);
                assert_int_equal(store_check(b.store, sha, sizeof bytes, &e), 1);
                close(fd);
        }
        must(store_remove(b.store, sha, &e));
        must(store_remove(b.store, sha, &e));
        assert_int_equal(store_check(b.store, sha, sizeof bytes, &e), 0);
        refused(store_get(b.store, sha, &e), &e, ERR_FAILED, "run dray fsck");
        /* a planted link is no blob */
        assert_int_equal(symlinkat("/etc/passwd", b.state, blob_file(sha)), 0);
        assert_int_equal(store_present(b.store, sha, sizeof bytes), 0);
        refused(store_get(b.store, sha, &e), &e, ERR_FAILED, "cannot open blob");
}

/* What nobody could look at is not damaged: a repair would remove it. */
static void not_looked_at_is_no_damage(void **state)
{
        unsigned char sha[SHA256_SIZE];
        struct rlimit none, usual;
        struct err e = ERR_INIT;
        int r;

        (void)state;
        must(store_put_bytes(b.store, "abc", 3, sha, &e));
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
        none = (struct rlimit){0, usual.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        r = store_check(b.store, sha, 3, &e);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
        assert_int_equal(r, -1);
        assert_non_null(strstr(e.msg, "cannot open blob ba7816bf"));
        assert_int_equal(store_check(b.store, sha, 3, &e), 1);
}

static void adopt_moves(void **state)
{
        unsigned char sha[SHA256_SIZE], other[SHA256_SIZE];
        int tmp = store_temp_dir(b.store);
        struct err e;

        (void)state;
        sha256("abc", 3, sha);
        sha256("other", 5, other);
        must(fs_write_file(tmp, "staged", "abc", 3, &e));
        assert_int_equal(fchmodat(tmp, "staged", 0444, 0), 0);
        must(store_adopt(b.store, tmp, "staged", sha, &e));
        holds(sha, "abc", 3);
        assert_int_equal(box_entries(&b, "tmp"), 0);
        must(store_adopt(b.store, tmp, "staged", sha, &e)); /* held already */
        refused(store_adopt(b.store, tmp, "staged", other, &e), &e, ERR_FAILED, "into the store");
        assert_int_equal(store_present(b.store, other, 5), 0);
}

static void link_to(int dir, const unsigned char sha[SHA256_SIZE], const char *path, ino_t *inode)
{
        struct stat st;
        struct err e;

        must(store_link(b.store, sha, dir, path, &e));
        assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0444);
        assert_int_equal(st.st_size, 3);
        *inode = st.st_ino;
}

static void check_links(int dir, bool same_system)
{
        unsigned char one[SHA256_SIZE], two[SHA256_SIZE], none[SHA256_SIZE] = {1};
        struct stat st;
        struct buf text;
        struct err e;
        ino_t inode;

        must(store_put_bytes(b.store, "one", 3, one, &e));
        must(store_put_bytes(b.store, "two", 3, two, &e));
        link_to(dir, one, "deep/er/file", &inode);
        assert_int_equal(fstatat(b.state, blob_file(one), &st, 0), 0);
        assert_int_equal(st.st_ino == inode && st.st_nlink == 2, same_system);
        link_to(dir, one, "deep/er/file", &inode); /* again */
        link_to(dir, two, "deep/er/file", &inode); /* over another */
        buf_init(&text, 16);
        must(fs_read_file(dir, "deep/er/file", &text, &e));
        assert_string_equal(text.data, "two");
        refused(store_link(b.store, none, dir, "deep/er/file", &e), &e, ERR_FAILED, "missing");
        refused(store_link(b.store, none, dir, "new/file", &e), &e, ERR_FAILED, "missing");
        buf_reset(&text);
        must(fs_read_file(dir, "deep/er/file", &text, &e));
        assert_string_equal(text.data, "two"); /* still */
        buf_release(&text);
        assert_int_equal(symlinkat("file", dir, "deep/er/link"), 0);
        link_to(dir, one, "deep/er/link", &inode); /* the link goes, not its target */
        assert_int_equal(fstatat(dir, "deep", &st, 0), 0);
        assert_int_equal(mkdirat(dir, "folder", 0755), 0);
        refused(store_link(b.store, one, dir, "folder", &e), &e, ERR_FAILED, "folder");
}

static void link_on_one_file_system(void **state)
{
        struct err e;
        int dir;

        (void)state;
        must(dir = fs_make_dir(b.state, "site", &e));
        check_links(dir, true);
        close(dir);
}

static void link_across_file_systems(void **state)
{
        char other[64];
        struct stat here, there;
        mode_t mask;
        int dir;

        (void)state;
        box_folder(other, "/tmp");
        assert_int_equal(stat(b.dir, &here), 0);
        assert_int_equal(stat(other, &there), 0);
        if (here.st_dev == there.st_dev) {
                box_remove(other);
                print_message("skip: /tmp and %s are one file system\n", box_root());
                skip();
        }
        dir = open(other, O_RDONLY | O_DIRECTORY);
        mask = umask(077); /* the site is for anybody to read */
        check_links(dir, false);
        umask(mask);
        close(dir);
        box_remove(other);
}

/* As a full disk does, it must leave nothing that looks like the file. */
static void copy_that_fails_leaves_nothing(void **state)
{
        static unsigned char bytes[70000];
        unsigned char sha[SHA256_SIZE];
        const struct rlimit small = {65536, RLIM_INFINITY};
        struct rlimit usual;
        char other[64];
        struct stat here, there;
        struct err e = ERR_INIT;
        int dir, r;

        (void)state;
        box_folder(other, "/tmp");
        assert_int_equal(stat(b.dir, &here), 0);
        assert_int_equal(stat(other, &there), 0);
        if (here.st_dev == there.st_dev) {
                box_remove(other);
                print_message("skip: /tmp and %s are one file system\n", box_root());
                skip();
        }
        must(store_put_bytes(b.store, bytes, sizeof bytes, sha, &e));
        dir = open(other, O_RDONLY | O_DIRECTORY);
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        r = store_link(b.store, sha, dir, "file", &e);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
        assert_int_equal(r, -1);
        assert_string_equal(e.msg, "copying a blob to file: write: File too large");
        assert_int_equal(fstatat(dir, "file", &there, 0), -1);
        must(store_link(b.store, sha, dir, "file", &e));
        close(dir);
        box_remove(other);
}

struct seen {
        uint64_t count, bytes;
        int stop;
};

static int see(void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        struct seen *s = user;

        (void)e;
        assert_int_equal(store_present(b.store, sha, size), 1);
        s->count++;
        s->bytes += size;
        return s->stop;
}

static void walk_finds_every_blob(void **state)
{
        struct seen s = {0};
        struct err e;

        (void)state;
        assert_int_equal(store_walk(b.store, see, &s, &e), 0);
        assert_int_equal(s.count, 0);
        for (size_t i = 0; i < 300; i++) {
                unsigned char sha[SHA256_SIZE];
                unsigned char bytes[2] = {(unsigned char)i, (unsigned char)(i >> 8)};

                must(store_put_bytes(b.store, bytes, 2, sha, &e));
        }
        must(fs_write_file(b.state, "blobs/00/stray", "x", 1, &e));
        must(fs_write_file(b.state, "blobs/stray", "x", 1, &e));
        assert_int_equal(store_walk(b.store, see, &s, &e), 0);
        assert_int_equal(s.count, 300);
        assert_int_equal(s.bytes, 600);
        s = (struct seen){.stop = 7};
        assert_int_equal(store_walk(b.store, see, &s, &e), 7);
        assert_int_equal(s.count, 1);
}

/* As dray plan reads its documents, while a sync begins. */
static void reader_outlives_a_clean(void **state)
{
        struct store_put *p;
        char back[3];
        struct err e;
        int reader;

        (void)state;
        must(store_put_begin(b.store, 0, NULL, &p, &e));
        assert_int_equal(store_clean(b.store, &e), 0);
        must(store_put_write(p, "abc", 3, &e));
        must(store_put_end(p, &e));
        must(reader = store_put_reader(p, &e));
        store_put_free(p);
        assert_int_equal(box_entries(&b, "tmp"), 0);
        assert_int_equal(pread(reader, back, 3, 0), 3);
        assert_memory_equal(back, "abc", 3);
        close(reader);
}

static void clean_keeps_partial_downloads(void **state)
{
        int tmp = store_temp_dir(b.store);
        struct err e;

        (void)state;
        interrupt("x", "hello");
        must(fs_write_file(tmp, "tmp-1-abc", "123", 3, &e));
        must(fs_make_parents(tmp, "import/sub/x", &e));
        must(fs_write_file(tmp, "import/sub/file", "1234", 4, &e));
        assert_true(store_clean(b.store, &e) >= 3);
        assert_int_equal(box_entries(&b, "tmp"), 1);
        assert_int_equal(store_partial_size(b.store, "x"), 5);
        assert_int_equal(store_clean(b.store, &e), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(put_places_under_the_digest),
            TEST(put_in_pieces),
            TEST(not_kept_leaves_nothing),
            TEST(resume_goes_on),
            TEST(truncate_goes_back),
            TEST(large_ones_too),
            TEST(drop_and_bad_digest_remove),
            TEST(resume_after_a_kill_before_the_keep),
            TEST(damage_is_seen),
            TEST(not_looked_at_is_no_damage),
            TEST(adopt_moves),
            TEST(link_on_one_file_system),
            TEST(link_across_file_systems),
            TEST(copy_that_fails_leaves_nothing),
            TEST(walk_finds_every_blob),
            TEST(reader_outlives_a_clean),
            TEST(clean_keeps_partial_downloads),
        };

        return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
