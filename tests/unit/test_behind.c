/* Whatever the pace of the writers, each digest is of what its file holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "box.h"
#include "bundle/behind.h"

#define FILES 6
#define SIZE (5 * MIB)

static unsigned char bytes[SIZE];

struct file {
        int fd;
        struct digest *digest;
        struct behind_hash *hash;
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
        f->hash = behind_hash_begin(b, f->fd, f->digest, 0);
}

static void append(struct file *f, size_t len)
{
        struct err e;

        if (len > SIZE - f->size)
                len = SIZE - f->size;
        must(fs_write(f->fd, bytes + f->size, len, &e));
        f->size += len;
        behind_hash_grow(f->hash, f->size);
}

static void end(struct file *f)
{
        unsigned char wanted[SHA256_SIZE], got[DIGEST_MAX_SIZE];
        struct err e;

        must(behind_hash_end(f->hash, &e));
        digest_final(f->digest);
        digest_get(f->digest, DIGEST_SHA256, got);
        sha256(bytes, f->size, wanted);
        assert_memory_equal(got, wanted, SHA256_SIZE);
        digest_free(f->digest);
        close(f->fd);
}

static void many_at_once(void **state)
{
        struct behind *b = behind_new();
        struct file files[FILES];

        (void)state;
        for (int i = 0; i < FILES; i++)
                begin(&files[i], b);
        /* each at a pace of its own, some of them far ahead of what is hashed */
        for (int round = 0; round < 60; round++)
                for (int i = 0; i < FILES; i++)
                        append(&files[i], (size_t)(1 + round * 997) << (2 * i));
        for (int i = 0; i < FILES; i++)
                end(&files[i]);
        behind_free(b);
}

static void small_ones_wake_nobody(void **state)
{
        static const size_t sizes[] = {0, 1, 4096, 300000, MIB};
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
        struct behind *b = behind_new();
        struct file f;

        (void)state;
        f = (struct file){.fd = new_file(), .digest = digest_new(DIGEST_SHA256), .size = 100000};
        digest_update(f.digest, bytes, f.size);
        assert_int_equal(write(f.fd, bytes, f.size), f.size);
        f.hash = behind_hash_begin(b, f.fd, f.digest, f.size);
        append(&f, 2 * MIB);
        end(&f);
        behind_free(b);
}

static void dropped_at_any_moment(void **state)
{
        struct behind *b = behind_new();

        (void)state;
        for (size_t i = 0; i < 200; i++) {
                struct file f;

                begin(&f, b);
                append(&f, i * 20000);
                behind_hash_drop(f.hash);
                digest_free(f.digest);
                close(f.fd);
        }
        behind_hash_drop(NULL);
        behind_free(b);
}

static void short_file_is_an_error(void **state)
{
        struct behind *b = behind_new();

        (void)state;
        for (uint64_t claimed = 1000; claimed < 4 * MIB; claimed *= 4) {
                struct file f;
                struct err e;

                begin(&f, b);
                append(&f, 999);
                behind_hash_grow(f.hash, claimed);
                refused(behind_hash_end(f.hash, &e), &e, ERR_FAILED, "became shorter");
                digest_free(f.digest);
                close(f.fd);
        }
        behind_free(b);
}

/* More than may wait, and right before the end: neither harms. */
static void writing_out_keeps_the_file(void **state)
{
        struct behind *b = behind_new();
        unsigned char back[16];
        int fd = new_file();

        (void)state;
        assert_int_equal(write(fd, bytes, MIB), MIB);
        for (int i = 0; i < 200; i++)
                behind_write_out(b, fd);
        behind_free(b);
        assert_int_equal(pread(fd, back, sizeof back, 1000), sizeof back);
        assert_memory_equal(back, bytes + 1000, sizeof back);
        close(fd);
        behind_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(many_at_once),
            cmocka_unit_test(small_ones_wake_nobody),
            cmocka_unit_test(goes_on_from_a_place),
            cmocka_unit_test(dropped_at_any_moment),
            cmocka_unit_test(short_file_is_an_error),
            cmocka_unit_test(writing_out_keeps_the_file),
        };

        box_fill(bytes, sizeof bytes, 7, 256);
        return cmocka_run_group_tests_name("behind", tests, NULL, NULL);
}
