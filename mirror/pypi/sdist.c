#include "mirror/pypi/sdist.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "mirror/pypi/zipfile.h"

void sdist_release(struct sdist *s)
{
        buf_release(&s->pkg_info);
        buf_release(&s->pyproject);
        buf_release(&s->requires);
        *s = (struct sdist){0};
}

/* The two files, at the root of the archive [0] and one level down [1]; and requires.txt. */
struct finder {
        struct sdist level[2];
        struct buf requires;
        int has_requires;
        int twice[2]; /* one of them stood there again */
        uint64_t entries, content;
};

static void finder_init(struct finder *f)
{
        *f = (struct finder){0};
        buf_init(&f->requires, LIMIT_METADATA);
        for (int i = 0; i < 2; i++) {
                buf_init(&f->level[i].pkg_info, LIMIT_METADATA);
                buf_init(&f->level[i].pyproject, LIMIT_METADATA);
        }
}

/* Counts a member; after it is counted it may be read over. */
static int count(struct finder *f, uint64_t size, struct err *e)
{
        if (++f->entries > LIMIT_ARCHIVE_ENTRIES)
                return err_set(
                    e, ERR_REFUSED, "the sdist has more than %d members", LIMIT_ARCHIVE_ENTRIES);
        if (__builtin_add_overflow(f->content, size, &f->content) ||
            f->content > LIMIT_ARCHIVE_CONTENT)
                return err_set(e, ERR_REFUSED, "the sdist holds more than %llu GiB",
                    (unsigned long long)(LIMIT_ARCHIVE_CONTENT / GIB));
        return 0;
}

/* The first .egg-info/requires.txt counts: an sdist of setuptools has one. */
static struct buf *choose_requires(struct finder *f, const char *path, size_t len)
{
        static const char ending[] = ".egg-info/requires.txt";
        size_t n = sizeof ending - 1;

        if (f->has_requires || len <= n || memcmp(path + len - n, ending, n) != 0)
                return NULL;
        f->has_requires = 1;
        return &f->requires;
}

/* Where the content of a member goes; NULL if it is none of the files that count. */
static struct buf *choose(struct finder *f, const char *path, size_t len)
{
        const char *slash, *name = path, *end = path + len;
        struct buf *out;
        struct sdist *s;
        int *have;

        while (end - name >= 2 && name[0] == '.' && name[1] == '/')
                name += 2;
        slash = memchr(name, '/', (size_t)(end - name));
        s = &f->level[slash != NULL];
        name = slash ? slash + 1 : name;
        if (end - name == 8 && memcmp(name, "PKG-INFO", 8) == 0) {
                have = &s->has_pkg_info;
                out = &s->pkg_info;
        } else if (end - name == 14 && memcmp(name, "pyproject.toml", 14) == 0) {
                have = &s->has_pyproject;
                out = &s->pyproject;
        } else {
                return choose_requires(f, path, len);
        }
        if (*have) {
                f->twice[slash != NULL] = 1;
                return NULL;
        }
        *have = 1;
        return out;
}

static int archive_error(struct archive *a, struct err *e)
{
        const char *why = archive_error_string(a);

        if (archive_errno(a) == EIO) { /* the disk's fault, not the archive's */
                errno = EIO;
                return err_sys(e, "the sdist cannot be read");
        }
        return err_set(e, ERR_REFUSED, "the sdist is damaged: %s", why ? why : "unknown reason");
}

static int read_data(struct archive *a, struct buf *out, struct err *e)
{
        char chunk[16 * 1024];
        ssize_t n;

        while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0)
                if (buf_add(out, chunk, (size_t)n) < 0)
                        return err_set(e, ERR_REFUSED,
                            "a metadata file of the sdist is larger than %d MiB",
                            (int)(LIMIT_METADATA / MIB));
        return n < 0 ? archive_error(a, e) : 0;
}

static int tar_member(
    struct finder *f, struct archive *a, struct archive_entry *entry, struct err *e)
{
        const char *path = archive_entry_pathname(entry);
        int64_t size = archive_entry_size(entry);
        struct buf *out;

        if (count(f, size > 0 ? (uint64_t)size : 0, e) < 0)
                return -1;
        if (!path) /* not in this locale's character set, so none of ours */
                return 0;
        out = choose(f, path, strlen(path));
        if (!out)
                return 0;
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
                return err_set(e, ERR_REFUSED, "%.200s in the sdist is no regular file", path);
        return read_data(a, out, e);
}

static int read_tar(struct finder *f, int fd, int filter, struct err *e)
{
        struct archive *a = archive_read_new();
        struct archive_entry *entry;
        int r, ret = -1;

        if (!a)
                return err_set(e, ERR_FAILED, "libarchive cannot start");
        archive_read_support_format_tar(a);
        if (filter == ARCHIVE_FILTER_GZIP)
                archive_read_support_filter_gzip(a);
        else if (filter == ARCHIVE_FILTER_BZIP2)
                archive_read_support_filter_bzip2(a);
        else if (filter == ARCHIVE_FILTER_XZ)
                archive_read_support_filter_xz(a);
        if (archive_read_open_fd(a, fd, 64 * 1024) != ARCHIVE_OK) {
                archive_error(a, e);
                goto out;
        }
        while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
                /* libarchive would undo gzip within gzip within gzip. */
                if (archive_filter_count(a) > 2) {
                        err_set(e, ERR_REFUSED, "the sdist is compressed more than once");
                        goto out;
                }
                if (tar_member(f, a, entry, e) < 0)
                        goto out;
        }
        ret = r == ARCHIVE_EOF ? 0 : archive_error(a, e);
out:
        archive_read_free(a);
        return ret;
}

static int read_zip(struct finder *f, int fd, struct err *e)
{
        struct zipdir_iterator i;
        struct zip_member m;
        struct zipfile z;
        struct buf *out;
        int r, ret = -1;

        if (zipfile_open(&z, fd, e) < 0)
                return -1;
        zipdir_first(&i, &z.dir, z.directory);
        while ((r = zipdir_next(&i, &m, e)) == 1) {
                if (count(f, m.size, e) < 0)
                        goto out;
                out = choose(f, m.name, m.name_len);
                if (out && zipfile_read(&z, &m, LIMIT_METADATA, out, e) < 0)
                        goto out;
        }
        ret = r;
out:
        zipfile_close(&z);
        return ret;
}

static int ends_in(const char *s, const char *ending)
{
        size_t len = strlen(s), n = strlen(ending);

        return len > n && strcasecmp(s + len - n, ending) == 0;
}

static int read_any(struct finder *f, int fd, const char *filename, struct err *e)
{
        static const struct {
                const char *ending;
                int filter;
        } tars[] = {
            {".tar.gz", ARCHIVE_FILTER_GZIP},
            {".tgz", ARCHIVE_FILTER_GZIP},
            {".tar", ARCHIVE_FILTER_NONE},
            {".tar.bz2", ARCHIVE_FILTER_BZIP2},
            {".tbz", ARCHIVE_FILTER_BZIP2},
            {".tar.xz", ARCHIVE_FILTER_XZ},
            {".txz", ARCHIVE_FILTER_XZ},
        };

        if (ends_in(filename, ".zip"))
                return read_zip(f, fd, e);
        for (size_t i = 0; i < sizeof tars / sizeof *tars; i++)
                if (ends_in(filename, tars[i].ending))
                        return read_tar(f, fd, tars[i].filter, e);
        return err_set(e, ERR_REFUSED, "its name ends as no sdist format that can be read");
}

int sdist_read(int fd, const char *filename, struct sdist *out, struct err *e)
{
        struct finder f;
        int flat, ret = -1;

        *out = (struct sdist){0};
        finder_init(&f);
        if (lseek(fd, 0, SEEK_SET) < 0) {
                err_sys(e, "%s", filename);
                goto out;
        }
        if (read_any(&f, fd, filename, e) < 0) {
                err_prefix(e, "%s", filename);
                goto out;
        }
        /* With a file at the root there is no top folder: what lies in folders is something else. */
        flat = f.level[0].has_pkg_info || f.level[0].has_pyproject;
        if (f.twice[!flat]) {
                err_set(e, ERR_REFUSED, "%s: it has more than one PKG-INFO or pyproject.toml",
                    filename);
                goto out;
        }
        *out = f.level[!flat];
        f.level[!flat] = (struct sdist){0};
        out->has_requires = f.has_requires;
        out->requires = f.requires;
        f.requires = (struct buf){0};
        ret = 0;
out:
        sdist_release(&f.level[0]);
        sdist_release(&f.level[1]);
        buf_release(&f.requires);
        return ret;
}
