#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "mirror/pypi/wheel.h"
#include "mirror/pypi/zipdir.h"
#include "mirror/pypi/zipfile.h"
#include "zip_build.h"

#include <unistd.h>

#define TEXT "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
#define META "foo-1.0.dist-info/METADATA"

/* A copy of part of the file, exactly as large, so that the sanitizer sees a read past it. */
static void *part(const struct buf *file, uint64_t offset, uint64_t size)
{
        void *copy = xmalloc(size);

        assert_true(offset + size <= file->len);
        if (size)
                memcpy(copy, file->data + offset, size);
        return copy;
}

struct requests {
        int count;
        size_t bytes;
};

/* As a caller with range requests goes about it. `first`: the length of the first tail. */
static int read_in_ranges(
    const struct buf *file, size_t first, struct buf *out, struct err *e, struct requests *requests)
{
        struct zip_range range;
        struct zip_member m;
        struct zipdir d;
        size_t need = first < file->len ? first : file->len;
        void *tail = NULL, *directory = NULL, *data = NULL;
        int r = 0, ret = -1;

        *requests = (struct requests){0};
        while (r == 0) {
                size_t before = need;

                free(tail);
                tail = part(file, file->len - need, need);
                requests->count++;
                requests->bytes += need;
                r = zipdir_tail(&d, tail, need, file->len, &need, e);
                assert_true(r != 0 || (need > before && need <= file->len));
        }
        if (r < 0)
                goto out;
        assert_true(d.offset + d.size <= file->len);
        directory = part(file, d.offset, d.size);
        if (wheel_find_metadata(&d, directory, &m, e) < 0 ||
            zipdir_range(&d, directory, &m, LIMIT_METADATA, &range, e) < 0)
                goto out;
        data = part(file, range.offset, range.size);
        requests->count++;
        requests->bytes += range.size;
        ret = zipdir_extract(&m, data, range.size, LIMIT_METADATA, out, e);
out:
        free(tail);
        free(directory);
        free(data);
        return ret;
}

static int read_with_pread(const struct buf *file, struct buf *out, struct err *e)
{
        FILE *f = tmpfile();
        int r;

        assert_non_null(f);
        assert_int_equal(fwrite(file->data, 1, file->len, f), file->len);
        fflush(f);
        r = wheel_read_metadata(fileno(f), out, e);
        fclose(f);
        return r;
}

/* Both ways agree; part NULL: TEXT is found, else the error holds it. */
static void check(const struct buf *file, size_t first, const char *error)
{
        struct requests requests;
        struct buf a, b;
        struct err e = ERR_INIT, f = ERR_INIT;
        int r, s;

        buf_init(&a, LIMIT_METADATA);
        buf_init(&b, LIMIT_METADATA);
        r = read_in_ranges(file, first, &a, &e, &requests);
        s = read_with_pread(file, &b, &f);
        if (r < 0 && !error)
                fail_msg("%s", e.msg);
        assert_int_equal(r, s);
        assert_string_equal(e.msg, f.msg);
        if (error) {
                assert_int_equal(r, -1);
                assert_int_equal(e.code, ERR_REFUSED);
                if (!strstr(e.msg, error))
                        fail_msg("expected: %s\nfound: %s", error, e.msg);
        } else {
                assert_string_equal(a.data, TEXT);
                assert_string_equal(b.data, TEXT);
        }
        buf_release(&a);
        buf_release(&b);
}

static void fill(struct zip_build *z)
{
        zip_add_text(z, "foo/__init__.py", "print('Ni!')\n");
        zip_add(z, "foo/data.bin", "\0\1\2", 3, 0);
        zip_add_text(z, META, TEXT);
        zip_add_text(z, "foo-1.0.dist-info/RECORD", "");
}

static void test_all_kinds_of_zip(void **state)
{
        char comment[65536];

        (void)state;
        memset(comment, 'c', sizeof comment);
        comment[sizeof comment - 1] = '\0';
        for (int kind = 0; kind < 16; kind++) {
                struct zip_build z;

                zip_init(&z);
                z.descriptors = kind & 1;
                z.zip64 = (kind & 2) != 0;
                fill(&z);
                zip_finish(&z, kind & 4 ? kind & 8 ? comment : "a comment" : "");
                check(&z.out, ZIPDIR_TAIL, NULL);
                for (size_t first = 1; first < 300; first += 7)
                        check(&z.out, first, NULL);
                zip_release(&z);
        }
}

static void test_stored_member(void **state)
{
        struct zip_build z;

        (void)state;
        zip_init(&z);
        zip_add(&z, META, TEXT, strlen(TEXT), 0);
        zip_finish(&z, "");
        check(&z.out, ZIPDIR_TAIL, NULL);
        zip_release(&z);
}

/* Of a large wheel little is read. */
static void test_few_bytes_are_read(void **state)
{
        size_t size = 8 << 20;
        char *noise = xmalloc(size);
        struct requests requests;
        struct zip_build z;
        struct buf out;
        struct err e;

        (void)state;
        srandom(1);
        for (size_t i = 0; i < size; i++)
                noise[i] = (char)random();
        zip_init(&z);
        zip_add(&z, "foo/a.so", noise, size, Z_DEFLATED);
        fill(&z);
        zip_finish(&z, "");
        buf_init(&out, 1000);
        assert_int_equal(read_in_ranges(&z.out, ZIPDIR_TAIL, &out, &e, &requests), 0);
        assert_string_equal(out.data, TEXT);
        assert_int_equal(requests.count, 2);
        assert_true(requests.bytes < 70000);
        buf_release(&out);
        zip_release(&z);
        free(noise);
}

static void check_names(const char *const *names, const char *error)
{
        struct zip_build z;

        zip_init(&z);
        for (; *names; names++)
                zip_add_text(&z, *names, TEXT);
        zip_finish(&z, "");
        check(&z.out, ZIPDIR_TAIL, error);
        zip_release(&z);
}

static void test_which_metadata(void **state)
{
        (void)state;
        check_names((const char *[]){META, "foo/bar-1.dist-info/METADATA", "METADATA", NULL}, NULL);
        check_names((const char *[]){META, "foo-1.0.dist-info/sub/METADATA", NULL}, NULL);
        check_names((const char *[]){"foo-1.0.dist-info/RECORD", META, NULL}, NULL);
        check_names((const char *[]){"foo/x", NULL}, "no .dist-info/METADATA");
        check_names((const char *[]){"foo-1.0.dist-info/RECORD", NULL}, "no .dist-info/METADATA");
        check_names((const char *[]){".dist-info/METADATA", NULL}, "no .dist-info/METADATA");
        check_names((const char *[]){"foo-1.0.dist-info", NULL}, "no .dist-info/METADATA");
        check_names((const char *[]){META, META, NULL}, "more than one METADATA");
        check_names(
            (const char *[]){META, "foo-1.0.dist-info/metadata", NULL}, "more than one METADATA");
        check_names((const char *[]){"foo-1.0.dist-info/Metadata", NULL}, "not in capitals");
        check_names(
            (const char *[]){META, "bar-1.0.dist-info/RECORD", NULL}, "more than one .dist-info");
        check_names(
            (const char *[]){META, "Foo-1.0.dist-info/x", NULL}, "more than one .dist-info");
        check_names((const char *[]){META, "foo-1.0.DIST-INFO/METADATA", NULL}, "in capitals");
        check_names((const char *[]){"a.dist-info.dist-info/METADATA", "a.dist-info/x", NULL},
            "more than one .dist-info");
}

/* Where a signature stands for the n-th time. */
static size_t find(const struct buf *file, const char *signature, size_t n)
{
        const char *p = file->data;

        do {
                p = memmem(p, file->len - (size_t)(p - file->data), signature, 4);
                assert_non_null(p);
                p += 4;
        } while (n--);
        return (size_t)(p - 4 - file->data);
}

static void put(struct buf *file, size_t at, uint64_t v, size_t bytes)
{
        for (size_t i = 0; i < bytes; i++)
                file->data[at + i] = (char)(v >> (8 * i));
}

#define LOCAL "PK\3\4"
#define ENTRY "PK\1\2"
#define END "PK\5\6"
#define END64 "PK\6\6"
#define LOCATOR "PK\6\7"

static void test_hostile(void **state)
{
        /* In the third member (METADATA) of the zip that fill makes: where, what, how. */
        static const struct {
                const char *signature;
                size_t n, at;
                uint64_t value;
                size_t bytes;
                const char *error;
        } cases[] = {
            {LOCAL, 2, 0, 0, 1, "no local header"},
            {LOCAL, 2, 6, 1, 2, "encoded in two ways"},
            {LOCAL, 2, 8, 0, 2, "encoded in two ways"},
            {LOCAL, 2, 14, 1, 4, "two checksums"},
            {LOCAL, 2, 18, 1, 4, "two lengths"},
            {LOCAL, 2, 22, 1, 4, "two sizes"},
            {LOCAL, 2, 26, 3, 2, "two names"},
            {LOCAL, 2, 28, 0xffff, 2, "overlaps with the next"},
            {LOCAL, 2, 30, 'g', 1, "two names"},
            {ENTRY, 2, 0, 0, 1, "directory is damaged"},
            {ENTRY, 2, 8, 1, 2, "encrypted"},
            {ENTRY, 2, 8, 0x2000, 2, "encrypted"},
            {ENTRY, 2, 10, 12, 2, "encoded in two ways"},
            {ENTRY, 2, 16, 1, 4, "two checksums"},
            {ENTRY, 2, 20, 0x7fffffff, 4, "lies outside of the file"},
            {ENTRY, 2, 20, 80, 4, "two members overlap"},
            {ENTRY, 2, 24, 0x7fffffff, 4, "larger than allowed"},
            {ENTRY, 2, 28, 0xffff, 2, "cut short"},
            {ENTRY, 2, 28, 0, 2, "name is empty"},
            {ENTRY, 2, 30, 0xffff, 2, "cut short"},
            {ENTRY, 2, 42, 0xfffffffe, 4, "lies outside of the file"},
            {ENTRY, 2, 42, 0, 4, "two members overlap"},
            {ENTRY, 2, 46, 0, 1, "holds a NUL"},
            {ENTRY, 3, 42, 140, 4, "two members overlap"},
            {END, 0, 0, 0, 1, "no end record"},
            {END, 0, 4, 1, 2, "several disks"},
            {END, 0, 8, 1, 2, "several disks"},
            {END, 0, 8, 0x00030003, 4, "more than its entries"},
            {END, 0, 8, 0x00050005, 4, "directory is damaged"},
            {END, 0, 8, 0xffffffff, 4, "too small for its number of entries"},
            {END, 0, 12, 5, 4, "does not lie where"},
            {END, 0, 16, 5, 4, "does not lie where"},
            {END, 0, 16, 0xffffffff, 4, "does not lie where"},
            {END, 0, 20, 1, 2, "does not end where the file does"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct zip_build z;

                zip_init(&z);
                fill(&z);
                zip_finish(&z, "");
                put(&z.out, find(&z.out, cases[i].signature, cases[i].n) + cases[i].at,
                    cases[i].value, cases[i].bytes);
                check(&z.out, ZIPDIR_TAIL, cases[i].error);
                zip_release(&z);
        }
}

static void test_hostile_zip64(void **state)
{
        static const struct {
                const char *signature;
                size_t at;
                uint64_t value;
                size_t bytes;
                const char *error;
        } cases[] = {
            {END64, 0, 0, 1, "does not lead to an end record"},
            {END64, 4, 45, 8, "wrong length"},
            {END64, 4, UINT64_MAX, 8, "wrong length"},
            {END64, 16, 1, 4, "several disks"},
            {END64, 24, 1, 8, "several disks"},
            {END64, 40, UINT64_MAX, 8, "does not lie where"},
            {END64, 48, UINT64_MAX, 8, "does not lie where"},
            {END64, 48, 1, 8, "does not lie where"},
            {LOCATOR, 8, UINT64_MAX, 8, "leads nowhere"},
            {LOCATOR, 8, 0, 8, "does not lead to an end record"},
            {LOCATOR, 4, 1, 4, "several disks"},
            {LOCATOR, 16, 2, 4, "several disks"},
            {LOCATOR, 0, 0, 1, "does not lie where"},
            {END, 8, 0x00040003, 4, "several disks"},
            {END, 8, 0x00030003, 4, "contradict"},
            {END, 12, 1, 4, "contradict"},
            {END, 16, 1, 4, "contradict"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct zip_build z;

                zip_init(&z);
                z.zip64 = 1;
                fill(&z);
                zip_finish(&z, "");
                put(&z.out, find(&z.out, cases[i].signature, 0) + cases[i].at, cases[i].value,
                    cases[i].bytes);
                check(&z.out, ZIPDIR_TAIL, cases[i].error);
                zip_release(&z);
        }
}

/* A member that inflates to more than it says, to less, or with rubbish behind. */
static void test_sizes_that_lie(void **state)
{
        struct zip_build z;
        size_t local, entry;

        (void)state;
        for (int k = 0; k < 3; k++) {
                static const char *const errors[] = {
                    "larger than its size", "data is damaged", "data is damaged"};
                uint32_t size = (uint32_t)strlen(TEXT), stored;

                zip_init(&z);
                fill(&z);
                zip_finish(&z, "");
                local = find(&z.out, LOCAL, 2);
                entry = find(&z.out, ENTRY, 2);
                memcpy(&stored, z.out.data + entry + 20, 4);
                if (k < 2) {
                        put(&z.out, local + 22, k ? size + 1 : size - 1, 4);
                        put(&z.out, entry + 24, k ? size + 1 : size - 1, 4);
                } else {
                        put(&z.out, local + 18, stored - 1, 4);
                        put(&z.out, entry + 20, stored - 1, 4);
                }
                check(&z.out, ZIPDIR_TAIL, errors[k]);
                zip_release(&z);
        }
        zip_init(&z);
        zip_add(&z, META, TEXT, strlen(TEXT), 0);
        zip_finish(&z, "");
        z.out.data[find(&z.out, LOCAL, 0) + 30 + strlen(META)] ^= 1;
        check(&z.out, ZIPDIR_TAIL, "checksum does not match");
        zip_release(&z);
}

/* Bytes behind the end of the compressed data, within the length that is stated. */
static void test_rubbish_behind_the_data(void **state)
{
        uint32_t crc = (uint32_t)crc32(0, (const Bytef *)TEXT, (uInt)strlen(TEXT));
        size_t stored, local, entry;
        unsigned char *bytes = zip_deflate(TEXT, strlen(TEXT), &stored);
        struct zip_build z;

        (void)state;
        for (int rubbish = 0; rubbish < 2; rubbish++) {
                zip_init(&z);
                zip_add(&z, META, bytes, stored + (size_t)rubbish, 0);
                zip_finish(&z, "");
                local = find(&z.out, LOCAL, 0);
                entry = find(&z.out, ENTRY, 0);
                put(&z.out, local + 8, Z_DEFLATED, 2);
                put(&z.out, local + 14, crc, 4);
                put(&z.out, local + 22, strlen(TEXT), 4);
                put(&z.out, entry + 10, Z_DEFLATED, 2);
                put(&z.out, entry + 16, crc, 4);
                put(&z.out, entry + 24, strlen(TEXT), 4);
                check(&z.out, ZIPDIR_TAIL, rubbish ? "data is damaged" : NULL);
                zip_release(&z);
        }
        free(bytes);
}

static void test_what_surrounds_a_zip(void **state)
{
        struct zip_build z;
        struct buf file;

        (void)state;
        zip_init(&z);
        fill(&z);
        zip_finish(&z, "");
        buf_init(&file, 100000);
        buf_adds(&file, "#!/bin/sh\n");
        buf_add(&file, z.out.data, z.out.len);
        check(&file, ZIPDIR_TAIL, "does not lie where");
        buf_reset(&file);
        buf_add(&file, z.out.data, z.out.len);
        buf_adds(&file, "x");
        check(&file, ZIPDIR_TAIL, "does not end where the file does");
        buf_reset(&file);
        buf_adds(&file, "this is no zip file");
        check(&file, ZIPDIR_TAIL, "no end record");
        buf_release(&file);
        zip_release(&z);

        zip_init(&z);
        fill(&z);
        zip_finish(&z, "PK\5\6 in a comment is read in two ways");
        check(&z.out, ZIPDIR_TAIL, "does not end where the file does");
        zip_release(&z);
}

/* Each cut of a zip is refused. */
static void test_truncated(void **state)
{
        struct zip_build z;
        struct requests requests;
        struct buf out;
        struct err e;
        size_t whole;

        (void)state;
        zip_init(&z);
        fill(&z);
        zip_finish(&z, "");
        whole = z.out.len;
        buf_init(&out, 1000);
        for (z.out.len = 0; z.out.len < whole; z.out.len++)
                assert_int_equal(read_in_ranges(&z.out, ZIPDIR_TAIL, &out, &e, &requests), -1);
        buf_release(&out);
        zip_release(&z);
}

static void test_bomb(void **state)
{
        size_t size = 20 << 20;
        char *zeros = xcalloc(1, size);
        struct zip_build z;

        (void)state;
        zip_init(&z);
        zip_add(&z, META, zeros, size, Z_DEFLATED);
        zip_finish(&z, "");
        check(&z.out, ZIPDIR_TAIL, "larger than allowed");
        zip_release(&z);
        free(zeros);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_all_kinds_of_zip),
            cmocka_unit_test(test_stored_member),
            cmocka_unit_test(test_few_bytes_are_read),
            cmocka_unit_test(test_which_metadata),
            cmocka_unit_test(test_hostile),
            cmocka_unit_test(test_hostile_zip64),
            cmocka_unit_test(test_sizes_that_lie),
            cmocka_unit_test(test_rubbish_behind_the_data),
            cmocka_unit_test(test_what_surrounds_a_zip),
            cmocka_unit_test(test_truncated),
            cmocka_unit_test(test_bomb),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
