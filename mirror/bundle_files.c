#include "bundle_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"

static char *file_name(const struct bundle_files *f, size_t v)
{
        return bundle_file_name(f->stem, v, f->volumes);
}

static char *partial_name(const struct bundle_files *f, size_t v)
{
        char *name = file_name(f, v), *partial = xasprintf("%s.partial", name);

        free(name);
        return partial;
}

static int open_folder(struct bundle_files *f, struct err *e)
{
        f->folder = fs_make_dir(AT_FDCWD, f->dir, e);
        if (f->folder < 0)
                return -1;
        for (size_t v = 0; f->only_new && v < f->volumes; v++) {
                char *name = file_name(f, v);
                int there = faccessat(f->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

                if (there)
                        err_set(e, ERR_USAGE, "%s/%s is there already; -o names another folder",
                            f->dir, name);
                free(name);
                if (there)
                        return -1;
        }
        return 0;
}

static int begin(void *user, size_t v, size_t volumes, struct err *e)
{
        struct bundle_files *f = user;
        char *partial;

        f->volumes = volumes;
        if (f->folder < 0 && open_folder(f, e) < 0)
                return -1;
        partial = partial_name(f, v);
        f->fd =
            openat(f->folder, partial, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (f->fd < 0)
                err_sys(e, "cannot write %s/%s", f->dir, partial);
        free(partial);
        return f->fd;
}

static int end(void *user, size_t v, struct err *e)
{
        struct bundle_files *f = user;
        int fd = f->fd;

        (void)v;
        f->fd = -1;
        if (fsync(fd) < 0) {
                err_sys(e, "fsync in %s", f->dir);
                close(fd);
                return -1;
        }
        /* what lies on the medium now, not what was in memory, is what the other side gets */
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        if (f->check(fd, e) < 0) {
                close(fd);
                return -1;
        }
        return close(fd) < 0 ? err_sys(e, "close in %s", f->dir) : 0;
}

struct volume_files bundle_files_sink(struct bundle_files *f)
{
        return (struct volume_files){f, begin, end};
}

int bundle_files_alike(int a, int b, struct err *e)
{
        char one[65536], other[sizeof one];
        ssize_t n, m;

        do {
                n = fs_read(a, one, sizeof one, e);
                m = n < 0 ? -1 : fs_read(b, other, sizeof other, e);
                if (m < 0)
                        return -1;
                if (n != m || memcmp(one, other, (size_t)n) != 0)
                        return 0;
        } while (n > 0);
        return 1;
}

/* May what was written get its name? What bears it now may have signatures that are nowhere else. */
static int check_same(const struct bundle_files *f, size_t v, struct err *e)
{
        char *name = file_name(f, v), *partial = partial_name(f, v);
        int there = openat(f->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), new = -1;
        int ret = -1, same;

        if (there < 0 && errno == ENOENT) {
                ret = 0;
                goto out;
        }
        new = there < 0 ? -1 : openat(f->folder, partial, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (new < 0) {
                err_sys(e, "cannot compare with %s/%s", f->dir, name);
                goto out;
        }
        same = bundle_files_alike(there, new, e);
        if (same == 0)
                err_set(e, ERR_USAGE,
                    "%s/%s is there already, and is not what would be written (dray sign adds signatures); "
                    "move it away, or -o names another folder",
                    f->dir, name);
        ret = same == 1 ? 0 : -1;
out:
        if (new >= 0)
                close(new);
        if (there >= 0)
                close(there);
        free(name);
        free(partial);
        return ret;
}

int bundle_files_commit(struct bundle_files *f, struct err *e)
{
        for (size_t v = 0; f->only_same && v < f->volumes; v++)
                if (check_same(f, v, e) < 0)
                        return -1;
        for (size_t v = 0; v < f->volumes; v++) {
                char *name = file_name(f, v), *partial = partial_name(f, v);
                int r = renameat(f->folder, partial, f->folder, name);

                if (r < 0) {
                        err_sys(e, "cannot rename to %s/%s", f->dir, name);
                } else {
                        f->paths = xgrow(f->paths, f->count, &f->cap, sizeof *f->paths);
                        f->paths[f->count++] = xasprintf("%s/%s", f->dir, name);
                }
                free(name);
                free(partial);
                if (r < 0)
                        return -1;
        }
        if (fs_sync_dir(f->folder, e) < 0)
                return -1;
        f->committed = 1;
        return 0;
}

void bundle_files_release(struct bundle_files *f)
{
        for (size_t v = 0; f->folder >= 0 && !f->committed && v < f->volumes; v++) {
                char *partial = partial_name(f, v);

                unlinkat(f->folder, partial, 0);
                free(partial);
        }
        if (f->fd >= 0)
                close(f->fd);
        if (f->folder >= 0)
                close(f->folder);
        for (size_t i = 0; i < f->count; i++)
                free(f->paths[i]);
        free(f->paths);
        *f = (struct bundle_files){BUNDLE_FILES_INIT};
}

/* STREAM-NNNNNN.dray, or STREAM-NNNNNN.KofN.dray */
static int bears(const char *file, const char *stem)
{
        const char *rest = file + strlen(stem);

        if (strncmp(file, stem, strlen(stem)) != 0 || *rest != '.')
                return 0;
        if (strcmp(rest, ".dray") == 0)
                return 1;
        rest++;
        rest += strspn(rest, "0123456789");
        if (strncmp(rest, "of", 2) != 0)
                return 0;
        rest += 2;
        rest += strspn(rest, "0123456789");
        return strcmp(rest, ".dray") == 0;
}

int bundle_files_find(const char *dir, const char *stream, int64_t epoch, int64_t seq, char **path)
{
        char *stem = bundle_file_stem(stream, epoch, seq);
        DIR *d = opendir(dir);
        struct dirent *entry;
        int found = 0;

        while (d && !found && (entry = readdir(d))) {
                found = bears(entry->d_name, stem);
                if (found)
                        *path = xasprintf("%s/%s", dir, entry->d_name);
        }
        if (d)
                closedir(d);
        free(stem);
        return found;
}
