/* A Python distribution is what its record says, or it is refused and says what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "mirror/pypi.h"
#include "zip_build.h"

#define METADATA "Metadata-Version: 2.1\nName: %s\nVersion: %s\n\n%s"

struct shelf {
        struct held_files files;
        struct {
                unsigned char sha[SHA256_SIZE];
                struct buf bytes;
        } held[4];
        unsigned count, opened;
};

static int open_bytes(const struct buf *bytes)
{
        int fd = memfd_create("file", MFD_CLOEXEC);

        assert_int_equal(write(fd, bytes->data, bytes->len), bytes->len);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static int shelf_open(
    struct held_files *files, const unsigned char sha[SHA256_SIZE], int *fd, struct err *e)
{
        struct shelf *s = files->user;

        (void)e;
        s->opened++;
        for (unsigned i = 0; i < s->count; i++)
                if (memcmp(s->held[i].sha, sha, SHA256_SIZE) == 0) {
                        *fd = open_bytes(&s->held[i].bytes);
                        return 1;
                }
        return 0;
}

static const unsigned char *shelve(struct shelf *s, struct buf *bytes)
{
        s->files = (struct held_files){.user = s, .open = shelf_open};
        sha256(bytes->data, bytes->len, s->held[s->count].sha);
        s->held[s->count].bytes = *bytes;
        return s->held[s->count++].sha;
}

static void shelf_release(struct shelf *s)
{
        for (unsigned i = 0; i < s->count; i++)
                buf_release(&s->held[i].bytes);
        *s = (struct shelf){0};
}

static struct buf text(const char *name, const char *version, const char *more)
{
        struct buf b;

        buf_init(&b, 1 << 20);
        buf_addf(&b, METADATA, name, version, more);
        return b;
}

static struct buf wheel(const char *name, const char *version)
{
        struct buf inside = text(name, version, ""), out;
        struct zip_build z;

        zip_init(&z);
        zip_add_text(&z, "any.dist-info/METADATA", inside.data);
        zip_finish(&z, "");
        out = z.out;
        z.out = (struct buf){0};
        zip_release(&z);
        buf_release(&inside);
        return out;
}

static struct buf sdist(const char *member, const char *name, const char *version)
{
        struct buf inside = text(name, version, ""), out;
        struct archive *a = archive_write_new();
        struct archive_entry *entry = archive_entry_new();
        char *bytes = xmalloc(1 << 16);
        size_t len = 0;

        archive_write_set_format_ustar(a);
        archive_write_add_filter_gzip(a);
        assert_int_equal(archive_write_open_memory(a, bytes, 1 << 16, &len), ARCHIVE_OK);
        archive_entry_set_pathname(entry, member);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_size(entry, (int64_t)inside.len);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, inside.data, inside.len), inside.len);
        archive_entry_free(entry);
        archive_write_close(a);
        archive_write_free(a);
        buf_init(&out, 1 << 20);
        buf_add(&out, bytes, len);
        free(bytes);
        buf_release(&inside);
        return out;
}

static int identify(struct shelf *s, unsigned held, const char *package, const char *version,
    const char *file, const char *meta, struct err *e)
{
        struct record r = {"pypi", package, version, file, {0}, 0, meta};
        int fd = open_bytes(&s->held[held].bytes), ret;

        memcpy(r.sha256, s->held[held].sha, SHA256_SIZE);
        *e = (struct err)ERR_INIT;
        ret = pypi_registry.identify(&r, fd, &s->files, e);
        close(fd);
        return ret;
}

#define refused(call, part) \
        do { \
                assert_int_equal(call, -1); \
                assert_int_equal(e.code, ERR_REFUSED); \
                if (!strstr(e.msg, part)) \
                        fail_msg("\"%s\" should say \"%s\"", e.msg, part); \
        } while (0)

static void wheels(void **state)
{
        struct buf bytes = wheel("Foo.Bar", "1.0.0"), rubbish;
        struct shelf s = {0};
        struct err e;

        (void)state;
        shelve(&s, &bytes);
        buf_init(&rubbish, 100);
        buf_adds(&rubbish, "no zip at all");
        shelve(&s, &rubbish);
        /* names and versions are compared as Python does */
        assert_int_equal(
            identify(&s, 0, "foo-bar", "1.0", "foo_bar-1.0-py3-none-any.whl", "{}", &e), 0);
        refused(identify(&s, 0, "foo", "1.0", "foo-1.0-py3-none-any.whl", "{}", &e),
            "its metadata is of Foo.Bar, its file name of foo");
        refused(identify(&s, 0, "foo-bar", "2.0", "foo_bar-2.0-py3-none-any.whl", "{}", &e),
            "its metadata is of version 1.0.0, its file name of 2.0");
        refused(identify(&s, 1, "foo-bar", "1.0", "foo_bar-1.0-py3-none-any.whl", "{}", &e), "zip");
        shelf_release(&s);
}

static void sdists(void **state)
{
        struct buf right = sdist("foo-1.0/PKG-INFO", "foo", "1.0"),
                   bare = sdist("foo-1.0/README", "foo", "1.0");
        struct shelf s = {0};
        struct err e;

        (void)state;
        shelve(&s, &right);
        shelve(&s, &bare);
        assert_int_equal(identify(&s, 0, "foo", "1.0", "foo-1.0.tar.gz", "{}", &e), 0);
        refused(identify(&s, 0, "evil", "1.0", "evil-1.0.tar.gz", "{}", &e),
            "its metadata is of foo, its file name of evil");
        refused(identify(&s, 0, "foo", "1.1", "foo-1.1.tar.gz", "{}", &e), "of version 1.0");
        refused(identify(&s, 1, "foo", "1.0", "foo-1.0.tar.gz", "{}", &e), "it has no PKG-INFO");
        refused(identify(&s, 0, "foo", "1.0", "foo-1.0.zip", "{}", &e), "");
        shelf_release(&s);
}

/* The .metadata and its wheel are held against each other, whichever of the two is new. */
static void sidecars(void **state)
{
        static const char whl[] = "foo-1.0-py3-none-any.whl",
                          side[] = "foo-1.0-py3-none-any.whl.metadata";
        struct buf w = wheel("foo", "1.0"), same = text("foo", "1.0", ""),
                   other = text("foo", "1.0", "Requires-Dist: evil\n"),
                   of_evil = text("evil", "1.0", "");
        char hex[SHA256_HEX], of_wheel[100], of_same[100], of_other[100];
        struct shelf s = {0};
        struct err e;

        (void)state;
        hex_encode(hex, shelve(&s, &w), SHA256_SIZE);
        snprintf(of_wheel, sizeof of_wheel, "{\"wheel\":\"%s\"}", hex);
        hex_encode(hex, shelve(&s, &same), SHA256_SIZE);
        snprintf(of_same, sizeof of_same, "{\"core_metadata\":\"%s\"}", hex);
        hex_encode(hex, shelve(&s, &other), SHA256_SIZE);
        snprintf(of_other, sizeof of_other, "{\"core_metadata\":\"%s\"}", hex);
        shelve(&s, &of_evil);
        assert_int_equal(identify(&s, 1, "foo", "1.0", side, of_wheel, &e), 0);
        assert_int_equal(s.opened, 1);
        /* once is enough, but not for what the record itself says */
        assert_int_equal(identify(&s, 0, "foo", "1.0", whl, of_same, &e), 0);
        assert_int_equal(s.opened, 1);
        refused(identify(&s, 0, "foo", "2.0", whl, of_same, &e), "of version 1.0");
        refused(identify(&s, 2, "foo", "1.0", side, of_wheel, &e), "is not that of its wheel");
        refused(identify(&s, 0, "foo", "1.0", whl, of_other, &e), "is not that of its wheel");
        refused(identify(&s, 3, "foo", "1.0", side, of_wheel, &e), "its metadata is of evil");
        /* the wheel did not come: name and version are looked at all the same */
        memset(s.held[0].sha, 1, SHA256_SIZE);
        memset(s.files.pair, 0, sizeof s.files.pair);
        assert_int_equal(identify(&s, 2, "foo", "1.0", side, of_wheel, &e), 0);
        shelf_release(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(wheels),
            cmocka_unit_test(sdists),
            cmocka_unit_test(sidecars),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
