/* Whatever the pace of the writer, file and digest hold what was given, in its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "box.h"
#include "bundle/behind.h"

#define FILES 6
#define SIZE (24 * MIB) /* more than may wait */

static unsigned char bytes[SIZE], back[SIZE];

struct file {
        int fd;
        struct digest *digest;
        struct behind_file *behind;
        uint64_t size;
};

static int new_file(void)
{
        char path[64];
        int fd;

        snprintf(path, sizeof path, "%s/dray-behind.XXXXXX", box_root());
        fd = mkstemp(path);
        assert_true(fd >= 0);
        unlink(path);
        return fd;
}

static void begin(struct file *f, struct behind *b)
{
        *f = (struct file){.fd = new_file(), .digest = digest_new(DIGEST_SHA256)};
        f->behind = behind_begin(b, f->fd, f->digest, 0);
}

static void append(struct file *f, size_t len)
{
        struct err e;

        if (len > SIZE - f->size)
                len = SIZE - f->size;
        must(behind_write(f->behind, bytes + f->size, len, &e));
        f->size += len;
}

static void release(struct file *f)
{
        digest_free(f->digest);
        close(f->fd);
}

static void end(struct file *f)
{
        unsigned char wanted[SHA256_SIZE], got[DIGEST_MAX_SIZE];
        struct err e;

        must(behind_end(f->behind, &e));
        digest_final(f->digest);
        digest_get(f->digest, DIGEST_SHA256, got);
        sha256(bytes, f->size, wanted);
        assert_memory_equal(got, wanted, SHA256_SIZE);
        assert_int_equal(fs_pread(f->fd, back, SIZE, 0, &e), f->size);
        assert_memory_equal(back, bytes, f->size);
        release(f);
}

static void many_at_once(void **state)
{
        struct behind *b = behind_new();
        struct file files[FILES];

        (void)state;
        for (int i = 0; i < FILES; i++)
                begin(&files[i], b);
        /* each at a pace of its own, some of them far ahead of what is written */
        for (int round = 0; round < 60; round++)
                for (int i = 0; i < FILES; i++)
                        append(&files[i], (size_t)(1 + round * 997) << (2 * i));
        for (int i = 0; i < FILES; i++)
                end(&files[i]);
        behind_free(b);
}

static void every_size(void **state)
{
        static const size_t sizes[] = {0, 1, 4096, 16 * KIB, 16 * KIB + 1, BEHIND_CHUNK - 1,
            BEHIND_CHUNK, BEHIND_CHUNK + 1, 3 * BEHIND_CHUNK, SIZE};
        struct behind *b = behind_new();

        (void)state;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                struct file f;

                begin(&f, b);
                append(&f, sizes[i]);
                end(&f);
        }
        behind_free(b);
}

static void goes_on_from_a_place(void **state)
{
        static const size_t already[] = {1, 100000, BEHIND_CHUNK, 3 * MIB};
        struct behind *b = behind_new();

        (void)state;
        for (size_t i = 0; i < sizeof already / sizeof *already; i++) {
                for (size_t more = 0; more <= 2 * MIB; more += MIB) {
                        struct file f = {.fd = new_file(),
                            .digest = digest_new(DIGEST_SHA256),
                            .size = already[i]};
                        struct err e;

                        must(fs_write(f.fd, bytes, f.size, &e));
                        f.behind = behind_begin(b, f.fd, f.digest, f.size);
                        append(&f, more);
                        end(&f);
                }
        }
        behind_free(b);
}

/* Whatever is dropped, others are not harmed, and no room is lost: the last file is larger than it. */
static void dropped_at_any_moment(void **state)
{
        struct behind *b = behind_new();
        struct file other;

        (void)state;
        begin(&other, b);
        for (size_t i = 0; i < 200; i++) {
                struct file f;

                begin(&f, b);
                append(&f, i * 20000);
                behind_drop(f.behind);
                release(&f);
                append(&other, 100000);
        }
        append(&other, SIZE);
        end(&other);
        behind_drop(NULL);
        behind_free(b);
}

static void short_file_is_an_error(void **state)
{
        struct behind *b = behind_new();

        (void)state;
        for (uint64_t claimed = 1000; claimed < 4 * MIB; claimed *= 4) {
                struct file f = {.fd = new_file(), .digest = digest_new(DIGEST_SHA256)};
                struct err e;

                must(fs_write(f.fd, bytes, 999, &e));
                f.behind = behind_begin(b, f.fd, f.digest, claimed);
                refused(behind_end(f.behind, &e), &e, ERR_FAILED, "became shorter");
                release(&f);
        }
        behind_free(b);
}

/* A thread met it; the writer is told at its next call or at the end, and nothing is written behind the gap. */
static void full_disk_is_told(void **state)
{
        struct behind *b = behind_new();
        struct rlimit before, limit;

        (void)state;
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        limit = before;
        limit.rlim_cur = 2 * MIB + 1000;
        for (size_t step = 1000; step < SIZE; step *= 10) {
                struct file f;
                struct err e = ERR_INIT;
                int r = 0;

                begin(&f, b);
                assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
                for (size_t at = 0; r == 0 && at + step <= SIZE; at += step)
                        r = behind_write(f.behind, bytes + at, step, &e);
                if (r == 0)
                        r = behind_end(f.behind, &e);
                else
                        assert_int_equal(behind_end(f.behind, &(struct err){0}), -1);
                assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
                assert_int_equal(r, -1);
                assert_non_null(strstr(e.msg, "File too large"));
                assert_int_equal(fs_pread(f.fd, back, SIZE, 0, &e), 2 * MIB + 1000);
                assert_memory_equal(back, bytes, 2 * MIB + 1000);
                release(&f);
        }
        behind_free(b);
}

/* More than may wait, and right before the end: neither harms. */
static void writing_out_keeps_the_file(void **state)
{
        struct behind *b = behind_new();
        unsigned char some[16];
        int fd = new_file();

        (void)state;
        assert_int_equal(write(fd, bytes, MIB), MIB);
        for (int i = 0; i < 200; i++)
                behind_write_out(b, fd);
        behind_free(b);
        assert_int_equal(pread(fd, some, sizeof some, 1000), sizeof some);
        assert_memory_equal(some, bytes + 1000, sizeof some);
        close(fd);
        behind_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(many_at_once),
            cmocka_unit_test(every_size),
            cmocka_unit_test(goes_on_from_a_place),
            cmocka_unit_test(dropped_at_any_moment),
            cmocka_unit_test(short_file_is_an_error),
            cmocka_unit_test(full_disk_is_told),
            cmocka_unit_test(writing_out_keeps_the_file),
        };

        box_fill(bytes, sizeof bytes, 7, 256);
        return cmocka_run_group_tests_name("behind", tests, NULL, NULL);
}
