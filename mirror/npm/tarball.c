#include "mirror/npm/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

static int refuse(struct archive *a, struct err *e)
{
        const char *why = archive_error_string(a);

        return err_set(
            e, ERR_REFUSED, "not a gzipped tar archive: %s", why ? why : "it cannot be read");
}

/* Does the path lead to `name` behind its first component? */
static int is_member(const char *path, const char *name)
{
        const char *slash = path ? strchr(path, '/') : NULL;

        return slash && strcmp(slash + 1, name) == 0;
}

static int read_content(struct archive *a, struct buf *out, struct err *e)
{
        char piece[16 * 1024];
        la_ssize_t n;

        while ((n = archive_read_data(a, piece, sizeof piece)) > 0)
                if (buf_add(out, piece, (size_t)n) < 0)
                        return err_set(e, ERR_REFUSED, "its package.json is larger than %d MiB",
                            (int)(LIMIT_METADATA / MIB));
        return n < 0 ? refuse(a, e) : 0;
}

static int read_all(struct archive *a, const char *name, struct buf *out, struct err *e)
{
        struct archive_entry *entry;
        struct buf again;
        uint64_t content = 0;
        int r, found = 0, entries = 0;

        buf_init(&again, LIMIT_METADATA);
        while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
                int64_t size = archive_entry_size(entry);

                if (++entries > LIMIT_ARCHIVE_ENTRIES || size < 0 ||
                    __builtin_add_overflow(content, (uint64_t)size, &content) ||
                    content > LIMIT_NPM_CONTENT) {
                        found = err_set(e, ERR_REFUSED, "too much is packed in it");
                        break;
                }
                if (!is_member(archive_entry_pathname(entry), name))
                        continue;
                buf_reset(&again);
                if (archive_entry_filetype(entry) != AE_IFREG) {
                        found = err_set(e, ERR_REFUSED, "its %s is no file", name);
                        break;
                }
                if (read_content(a, found ? &again : out, e) < 0) {
                        found = -1;
                        break;
                }
                if (found &&
                    (again.len != out->len || memcmp(again.data, out->data, out->len) != 0)) {
                        found = err_set(e, ERR_REFUSED, "it has two different files %s", name);
                        break;
                }
                found = 1;
        }
        buf_release(&again);
        return found >= 0 && r != ARCHIVE_EOF ? refuse(a, e) : found;
}

int tarball_member(int fd, const char *name, struct buf *out, struct err *e)
{
        struct archive *a;
        int ret;

        if (lseek(fd, 0, SEEK_SET) < 0)
                return err_sys(e, "cannot read the tarball");
        a = archive_read_new();
        archive_read_support_filter_gzip(a);
        archive_read_support_format_tar(a);
        if (archive_read_open_fd(a, fd, 64 * 1024) == ARCHIVE_OK)
                ret = read_all(a, name, out, e);
        else
                ret = refuse(a, e);
        archive_read_free(a);
        return ret;
}

json_t *tarball_manifest(int fd, struct err *e)
{
        struct buf text;
        json_error_t why;
        json_t *manifest = NULL;
        int found;

        buf_init(&text, LIMIT_METADATA);
        found = tarball_member(fd, "package.json", &text, e);
        if (found == 0)
                err_set(e, ERR_REFUSED, "no package.json in it");
        if (found == 1) {
                size_t mark = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

                manifest = json_loadb(text.data + mark, text.len - mark, 0, &why);
                if (!manifest)
                        err_set(e, ERR_REFUSED, "package.json, line %d: %s", why.line, why.text);
        }
        buf_release(&text);
        if (manifest && json_is_string(json_object_get(manifest, "name")) &&
            json_is_string(json_object_get(manifest, "version")))
                return manifest;
        if (manifest)
                err_set(e, ERR_REFUSED, "its package.json states no name and version");
        json_decref(manifest);
        return NULL;
}
