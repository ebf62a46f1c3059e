/*
 * Makes .deb files in memory, right ones and wrong ones.
 *
 *     struct buf deb;
 *     deb_build(&deb, ".xz", "Package: a\n...");          debian-binary, control.tar.xz, data.tar
 *     deb_member(&deb, "name", bytes, len);               an ar member, by hand
 *     deb_tar(&out, ARCHIVE_FILTER_XZ, files, count);     a tar of files
 */
#ifndef TESTS_DEB_BUILD_H
#define TESTS_DEB_BUILD_H

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "bundle/buf.h"
#include "bundle/limit.h"

struct deb_file {
        const char *name, *text;
        size_t len;  /* 0: of the text */
        int symlink; /* to the text */
};

static inline void deb_tar(struct buf *out, int filter, const struct deb_file *files, size_t count)
{
        size_t max = (size_t)(200 * MIB), used = 0;
        char *room = malloc(max);
        struct archive *a = archive_write_new();

        assert_non_null(room);
        archive_write_set_format_gnutar(a);
        archive_write_add_filter(a, filter);
        archive_write_set_bytes_in_last_block(a, 1);
        assert_int_equal(archive_write_open_memory(a, room, max, &used), ARCHIVE_OK);
        for (size_t i = 0; i < count; i++) {
                struct archive_entry *entry = archive_entry_new();
                size_t len = files[i].len ? files[i].len : strlen(files[i].text);

                archive_entry_set_pathname(entry, files[i].name);
                archive_entry_set_perm(entry, 0644);
                archive_entry_set_filetype(entry, files[i].symlink ? AE_IFLNK : AE_IFREG);
                if (files[i].symlink)
                        archive_entry_set_symlink(entry, files[i].text);
                archive_entry_set_size(entry, files[i].symlink ? 0 : (int64_t)len);
                assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
                if (!files[i].symlink)
                        assert_int_equal(archive_write_data(a, files[i].text, len), len);
                archive_entry_free(entry);
        }
        assert_int_equal(archive_write_close(a), ARCHIVE_OK);
        archive_write_free(a);
        buf_init(out, max);
        buf_add(out, room, used);
        free(room);
}

static inline void deb_member(struct buf *deb, const char *name, const void *bytes, size_t len)
{
        buf_addf(deb, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0, "100644", len);
        buf_add(deb, bytes, len);
        if (len % 2)
                buf_addc(deb, '\n');
}

static inline void deb_begin(struct buf *deb)
{
        buf_init(deb, (size_t)(200 * MIB));
        buf_adds(deb, "!<arch>\n");
        deb_member(deb, "debian-binary", "2.0\n", 4);
}

/* compression: "", ".gz", ".xz", ".zst" */
static inline void deb_build_files(
    struct buf *deb, const char *compression, const struct deb_file *files, size_t count)
{
        int filter = strcmp(compression, ".gz") == 0    ? ARCHIVE_FILTER_GZIP
                     : strcmp(compression, ".xz") == 0  ? ARCHIVE_FILTER_XZ
                     : strcmp(compression, ".zst") == 0 ? ARCHIVE_FILTER_ZSTD
                                                        : ARCHIVE_FILTER_NONE;
        struct buf tar;
        char name[32];

        deb_tar(&tar, filter, files, count);
        snprintf(name, sizeof name, "control.tar%s", compression);
        deb_begin(deb);
        deb_member(deb, name, tar.data, tar.len);
        deb_member(deb, "data.tar", "", 0);
        buf_release(&tar);
}

static inline void deb_build(struct buf *deb, const char *compression, const char *control)
{
        const struct deb_file files[] = {
            {.name = "./md5sums", .text = "x"}, {.name = "./control", .text = control}};

        deb_build_files(deb, compression, files, 2);
}

#endif
