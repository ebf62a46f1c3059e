/* Indexes, cut into stanzas whatever they are packed in and however they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "bundle/buf.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/xz.h"
#include "mirror/deb/index.h"

static int memory_file(const void *bytes, size_t len)
{
        int fd = memfd_create("index", MFD_CLOEXEC);

        assert_int_equal(write(fd, bytes, len), (ssize_t)len);
        lseek(fd, 0, SEEK_SET);
        return fd;
}

static int add(void *user, const char *stanza, size_t len, struct err *e)
{
        (void)e;
        buf_adds(user, "[");
        buf_add(user, stanza, len);
        buf_adds(user, "]");
        return 0;
}

static void check(
    const void *bytes, size_t len, enum index_packing packing, uint64_t limit, const char *wanted)
{
        int fd = memory_file(bytes, len);
        struct err e = ERR_INIT;
        struct buf out;
        int r;

        buf_init(&out, 64 * MIB);
        r = index_read(fd, packing, limit, NULL, add, &out, &e);
        if (wanted) {
                if (r < 0)
                        fail_msg("%s", e.msg);
                assert_string_equal(out.data, wanted);
        } else {
                assert_int_equal(r, -1);
                assert_int_equal(e.code, ERR_REFUSED);
        }
        buf_release(&out);
        close(fd);
}

/* A gzip member, added to *out. */
static void gzip(const char *text, size_t len, struct buf *out)
{
        z_stream z = {0};
        unsigned char packed[1000];

        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (unsigned char *)xstrndup(text, len);
        z.avail_in = (unsigned)len;
        z.next_out = packed;
        z.avail_out = sizeof packed;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        buf_add(out, packed, sizeof packed - z.avail_out);
        free(z.next_in - z.total_in);
        deflateEnd(&z);
}

/* A zstd frame, in place of what *out holds. */
static void zstd(const char *text, size_t len, struct buf *out)
{
        struct archive *a = archive_write_new();
        struct archive_entry *entry = archive_entry_new();
        char packed[1000];
        size_t used = 0;

        archive_write_set_format_raw(a);
        archive_write_add_filter_zstd(a);
        archive_entry_set_filetype(entry, AE_IFREG);
        assert_int_equal(archive_write_set_bytes_per_block(a, 0), ARCHIVE_OK);
        assert_int_equal(archive_write_open_memory(a, packed, sizeof packed, &used), ARCHIVE_OK);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, text, len), (ssize_t)len);
        assert_int_equal(archive_write_close(a), ARCHIVE_OK);
        buf_reset(out);
        buf_add(out, packed, used);
        archive_entry_free(entry);
        archive_write_free(a);
}

#define TEXT "\nA: 1\nB: 2\n\n\nC: 3\n\nD: 4\n"
#define SPLIT "[A: 1\nB: 2\n][C: 3\n][D: 4\n]"

static void packings(void **state)
{
        struct err e = ERR_INIT;
        struct buf packed;

        (void)state;
        check(TEXT, sizeof TEXT - 1, INDEX_PLAIN, 1000, SPLIT);
        check(TEXT, sizeof TEXT - 1, INDEX_PLAIN, sizeof TEXT - 2, NULL);
        check("", 0, INDEX_PLAIN, 0, "");
        buf_init(&packed, 10000);
        assert_int_equal(xz_encode(TEXT, sizeof TEXT - 1, 6, &packed, &e), 0);
        check(packed.data, packed.len, INDEX_XZ, 1000, SPLIT);
        check(packed.data, packed.len, INDEX_XZ, 5, NULL);
        check(packed.data, packed.len - 3, INDEX_XZ, 1000, NULL);
        buf_reset(&packed);
        gzip(TEXT, sizeof TEXT - 1, &packed);
        check(packed.data, packed.len, INDEX_GZIP, 1000, SPLIT);
        check(packed.data, packed.len, INDEX_GZIP, 5, NULL);
        check(packed.data, packed.len - 9, INDEX_GZIP, 1000, NULL);
        check("not gzip", 8, INDEX_GZIP, 1000, NULL);
        gzip("E: 5\n", 5, &packed); /* a second member */
        check(packed.data, packed.len, INDEX_GZIP, 1000, "[A: 1\nB: 2\n][C: 3\n][D: 4\nE: 5\n]");
        zstd(TEXT, sizeof TEXT - 1, &packed);
        check(packed.data, packed.len, INDEX_ZSTD, 1000, SPLIT);
        check(packed.data, packed.len, INDEX_ZSTD, 5, NULL);
        for (size_t cut = 0; cut < packed.len; cut++)
                check(packed.data, cut, INDEX_ZSTD, 1000, NULL);
        check("not zstd", 8, INDEX_ZSTD, 1000, NULL);
        zstd("", 0, &packed);
        check(packed.data, packed.len, INDEX_ZSTD, 1000, "");
        buf_release(&packed);
}

/* A stanza across the pieces in which the file is read, and one that is too large. */
static void large(void **state)
{
        size_t len = 3 * 64 * 1024 + 17;
        char *text = xmalloc(LIMIT_STANZA + 100);
        struct buf wanted;

        (void)state;
        snprintf(text, len, "A: ");
        memset(text + 3, 'x', LIMIT_STANZA + 97);
        memcpy(text + len, "\n\nB: 2\n", 8);
        buf_init(&wanted, len + 100);
        buf_addf(&wanted, "[%.*s\n][B: 2\n]", (int)len, text);
        check(text, len + 7, INDEX_PLAIN, GIB, wanted.data);
        memset(text + len, 'x', 8);
        check(text, LIMIT_STANZA + 100, INDEX_PLAIN, GIB, NULL);
        buf_release(&wanted);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(packings), cmocka_unit_test(large)};

        return cmocka_run_group_tests_name("deb_index", tests, NULL, NULL);
}
