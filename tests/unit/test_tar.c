/* Stock tar reads what is written, and of 512 bytes none can be another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "box.h"
#include "bundle/tar.h"

static const struct {
        const char *name;
        uint64_t size;
} cases[] = {{"a", 0}, {"dray-bundle-1/manifest.jsonl.xz", 1234}, {"b", 1}, {"c", 511}, {"d", 512},
    {"e", 513}, {"f", 4096},
    {"dray-bundle-1/packs/000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 77}};
#define CASES (sizeof cases / sizeof *cases)

static void header_and_back(void **state)
{
        static const uint64_t sizes[] = {0, 1, 511, 512, (uint64_t)1 << 32, TAR_SIZE_MAX};
        unsigned char block[TAR_BLOCK];
        char longest[TAR_NAME + 1], name[TAR_NAME + 1];
        uint64_t size;
        struct err e = ERR_INIT;

        (void)state;
        memset(longest, 'x', TAR_NAME);
        longest[TAR_NAME] = '\0';
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                tar_header(longest, sizes[i], block);
                assert_int_equal(tar_header_parse(block, name, &size, &e), 1);
                assert_string_equal(name, longest);
                assert_true(size == sizes[i]);
        }
        memset(block, 0, sizeof block);
        assert_int_equal(tar_header_parse(block, name, &size, &e), 0);
        tar_header("", 0, block);
        refused(tar_header_parse(block, name, &size, &e), &e, ERR_REFUSED, "damaged");
}

static void every_byte_counts(void **state)
{
        unsigned char block[TAR_BLOCK];
        char name[TAR_NAME + 1];
        uint64_t size;
        struct err e;

        (void)state;
        for (size_t i = 0; i < CASES; i++) {
                tar_header(cases[i].name, cases[i].size, block);
                for (size_t at = 0; at < TAR_BLOCK; at++) {
                        for (unsigned x = 1; x < 256; x++) {
                                block[at] ^= (unsigned char)x;
                                e = (struct err)ERR_INIT;
                                if (tar_header_parse(block, name, &size, &e) != -1)
                                        fail_msg("byte %zu may be %02x", at, block[at]);
                                assert_int_equal(e.code, ERR_REFUSED);
                                block[at] ^= (unsigned char)x;
                        }
                }
                assert_int_equal(tar_header_parse(block, name, &size, &e), 1);
        }
}

/* One byte in a block of zeros is neither a header nor the end. */
static void almost_zero(void **state)
{
        unsigned char block[TAR_BLOCK] = {0};
        char name[TAR_NAME + 1];
        uint64_t size;
        struct err e;

        (void)state;
        for (size_t at = 0; at < TAR_BLOCK; at++) {
                block[at] = 1;
                refused(tar_header_parse(block, name, &size, &e), &e, ERR_REFUSED, "damaged");
                block[at] = 0;
        }
}

static void padding(void **state)
{
        (void)state;
        assert_int_equal(tar_padding(0), 0);
        assert_int_equal(tar_padding(1), 511);
        assert_int_equal(tar_padding(511), 1);
        assert_int_equal(tar_padding(512), 0);
        assert_int_equal(tar_padding(513), 511);
        assert_int_equal(tar_padding(TAR_SIZE_MAX), 1);
}

static void write_archive(struct buf *out)
{
        static const char zero[2 * TAR_BLOCK];
        unsigned char block[TAR_BLOCK];
        char bytes[4096];

        memset(bytes, 'x', sizeof bytes);
        for (size_t i = 0; i < CASES; i++) {
                tar_header(cases[i].name, cases[i].size, block);
                buf_add(out, block, sizeof block);
                buf_add(out, bytes, cases[i].size);
                buf_add(out, zero, tar_padding(cases[i].size));
        }
        buf_add(out, zero, sizeof zero);
}

static void another_reader_agrees(void **state)
{
        struct archive *a = archive_read_new();
        struct archive_entry *entry;
        struct buf whole;

        (void)state;
        buf_init(&whole, MIB);
        write_archive(&whole);
        archive_read_support_format_tar(a);
        assert_int_equal(archive_read_open_memory(a, whole.data, whole.len), ARCHIVE_OK);
        for (size_t i = 0; i < CASES; i++) {
                assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
                assert_string_equal(archive_entry_pathname(entry), cases[i].name);
                assert_int_equal(archive_entry_size(entry), cases[i].size);
                assert_int_equal(archive_entry_mode(entry), S_IFREG | 0644);
                assert_int_equal(archive_entry_uid(entry), 0);
                assert_int_equal(archive_entry_mtime(entry), 315532800);
                assert_int_equal(archive_format(a), ARCHIVE_FORMAT_TAR_USTAR);
        }
        assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_EOF);
        archive_read_free(a);
        buf_release(&whole);
}

static void gnu_tar_agrees(void **state)
{
        struct buf whole;
        struct err e;
        char line[200], folder[64];
        size_t i = 0;
        FILE *tar;
        int dir;

        (void)state;
        box_folder(folder, "/tmp");
        buf_init(&whole, MIB);
        write_archive(&whole);
        must(dir = fs_open_dir(AT_FDCWD, folder, &e));
        must(fs_write_file(dir, "t.tar", whole.data, whole.len, &e));
        snprintf(line, sizeof line, "tar -tf %s/t.tar 2>&1", folder);
        tar = popen(line, "r"); /* NOLINT(cert-env33-c): the line is made here */
        assert_non_null(tar);
        while (fgets(line, sizeof line, tar)) {
                line[strcspn(line, "\n")] = '\0';
                assert_true(i < CASES);
                assert_string_equal(line, cases[i++].name);
        }
        assert_int_equal(pclose(tar), 0);
        assert_int_equal(i, CASES);
        close(dir);
        buf_release(&whole);
        box_remove(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(header_and_back),
            cmocka_unit_test(every_byte_counts),
            cmocka_unit_test(almost_zero),
            cmocka_unit_test(padding),
            cmocka_unit_test(another_reader_agrees),
            cmocka_unit_test(gnu_tar_agrees),
        };

        return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
