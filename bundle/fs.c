#include "bundle/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

static void temp_name(char *out, size_t size)
{
        unsigned char r[8];
        char hex[17];

        while (getrandom(r, sizeof r, 0) != sizeof r)
                ;
        hex_encode(hex, r, sizeof r);
        snprintf(out, size, "tmp-%ld-%s", (long)getpid(), hex);
}

static int temp_open(struct fs_temp *t, int dir, mode_t mode, struct err *e)
{
        t->dir = dir;
        do {
                temp_name(t->name, sizeof t->name);
                t->fd =
                    openat(dir, t->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        } while (t->fd < 0 && errno == EEXIST);
        if (t->fd < 0)
                return err_sys(e, "cannot make a temporary file");
        return 0;
}

int fs_temp_open(struct fs_temp *t, int dir, struct err *e)
{
        return temp_open(t, dir, 0644, e);
}

int fs_temp_commit(struct fs_temp *t, int to, const char *name, enum fs_commit how, struct err *e)
{
        int fd = t->fd;

        if (how == FS_DURABLE && fsync(fd) < 0)
                return err_sys(e, "fsync of %s", name);
        t->fd = -1;
        if (close(fd) < 0) {
                err_sys(e, "close of %s", name);
                unlinkat(t->dir, t->name, 0);
                return -1;
        }
        if (renameat(t->dir, t->name, to, name) < 0) {
                err_sys(e, "cannot rename to %s", name);
                unlinkat(t->dir, t->name, 0);
                return -1;
        }
        return how == FS_DURABLE ? fs_sync_dir(to, e) : 0;
}

void fs_temp_discard(struct fs_temp *t)
{
        if (t->fd < 0)
                return;
        close(t->fd);
        t->fd = -1;
        unlinkat(t->dir, t->name, 0);
}

int fs_write(int fd, const void *bytes, size_t len, struct err *e)
{
        const char *p = bytes;

        while (len) {
                ssize_t n = write(fd, p, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, "write");
                p += n;
                len -= (size_t)n;
        }
        return 0;
}

ssize_t fs_read(int fd, void *bytes, size_t len, struct err *e)
{
        char *p = bytes;
        size_t got = 0;

        while (got < len) {
                ssize_t n = read(fd, p + got, len - got);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, "read");
                if (n == 0)
                        break;
                got += (size_t)n;
        }
        return (ssize_t)got;
}

ssize_t fs_pread(int fd, void *bytes, size_t len, uint64_t offset, struct err *e)
{
        char *p = bytes;
        size_t got = 0;

        while (got < len) {
                ssize_t n = pread(fd, p + got, len - got, (off_t)(offset + got));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, "read");
                if (n == 0)
                        break;
                got += (size_t)n;
        }
        return (ssize_t)got;
}

int fs_write_file(int dir, const char *path, const void *bytes, size_t len, struct err *e)
{
        struct fs_temp t = FS_TEMP_INIT;
        int ret = -1;

        if (fs_temp_open(&t, dir, e) < 0 || fs_write(t.fd, bytes, len, e) < 0 ||
            fs_temp_commit(&t, dir, path, FS_DURABLE, e) < 0) {
                err_prefix(e, "%s", path);
                goto out;
        }
        ret = 0;
out:
        fs_temp_discard(&t);
        return ret;
}

/* As renameat(), and never over what is there. */
static int rename_new(int from, const char *old, int to, const char *name)
{
        if (renameat2(from, old, to, name, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL)
                return -1;
        /* a file system that cannot tell by itself */
        if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return renameat(from, old, to, name);
        errno = EEXIST;
        return -1;
}

int fs_write_new(
    int dir, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e)
{
        struct fs_temp t = FS_TEMP_INIT;
        int ret = -1;

        if (temp_open(&t, dir, mode, e) < 0 || fs_write(t.fd, bytes, len, e) < 0)
                goto out;
        if (fsync(t.fd) < 0) {
                err_sys(e, "fsync");
                goto out;
        }
        if (rename_new(dir, t.name, dir, name) < 0) {
                ret = errno == EEXIST ? 0 : err_sys(e, "cannot rename");
                goto out;
        }
        close(t.fd);
        t.fd = -1;
        if (fs_sync_dir(dir, e) < 0) {
                unlinkat(dir, name, 0); /* so that it can be written again */
                goto out;
        }
        ret = 1;
out:
        fs_temp_discard(&t);
        return ret < 0 ? err_prefix(e, "%s", name) : ret;
}

int fs_write_plain(int dir, const char *path, const void *bytes, size_t len, struct err *e)
{
        int fd, ret;

        if (unlinkat(dir, path, 0) < 0 && errno != ENOENT)
                return err_sys(e, "cannot replace %s", path);
        fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return err_sys(e, "cannot write %s", path);
        ret = fs_write(fd, bytes, len, e);
        if (close(fd) < 0 && ret == 0)
                ret = err_sys(e, "close");
        return ret < 0 ? err_prefix(e, "%s", path) : 0;
}

int fs_read_file(int dir, const char *path, struct buf *out, struct err *e)
{
        char chunk[65536];
        ssize_t n;
        int ret = -1, fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0)
                return err_sys(e, "cannot open %s", path);
        while ((n = fs_read(fd, chunk, sizeof chunk, e)) > 0) {
                if (buf_add(out, chunk, (size_t)n) < 0) {
                        err_set(e, ERR_FAILED, "%s is larger than %zu bytes", path, out->max);
                        goto out;
                }
        }
        if (n < 0) {
                err_prefix(e, "%s", path);
                goto out;
        }
        ret = 1;
out:
        close(fd);
        return ret;
}

int fs_open_dir(int dir, const char *path, struct err *e)
{
        int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return err_sys(e, "cannot open the folder %s", path);
        return fd;
}

int fs_make_dir(int dir, const char *path, struct err *e)
{
        if (mkdirat(dir, path, 0755) < 0 && errno != EEXIST)
                return err_sys(e, "cannot make the folder %s", path);
        return fs_open_dir(dir, path, e);
}

int fs_open_parent(const char *path, const char **name, struct err *e)
{
        const char *slash = strrchr(path, '/');
        char *folder = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
        int fd = fs_open_dir(AT_FDCWD, slash == path ? "/" : folder, e);

        *name = slash ? slash + 1 : path;
        free(folder);
        return fd;
}

int fs_make_parents(int dir, const char *path, struct err *e)
{
        char part[LIMIT_PATH];

        if (strlen(path) >= sizeof part)
                return err_set(e, ERR_FAILED, "path too long: %.100s...", path);
        for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                memcpy(part, path, (size_t)(slash - path));
                part[slash - path] = '\0';
                if (mkdirat(dir, part, 0755) < 0 && errno != EEXIST)
                        return err_sys(e, "cannot make the folder %s", part);
        }
        return 0;
}

int fs_sync_dir(int dir, struct err *e)
{
        return fsync(dir) < 0 ? err_sys(e, "fsync of a folder") : 0;
}

int fs_sync_all(int dir, struct err *e)
{
        return syncfs(dir) < 0 ? err_sys(e, "syncfs") : 0;
}

int fs_list_dir(int dir, const char *path, DIR **out, struct err *e)
{
        int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        *out = fd < 0 ? NULL : fdopendir(fd);
        if (*out)
                return 1;
        if (fd < 0 && errno == ENOENT)
                return 0;
        err_sys(e, "cannot list %s", path);
        if (fd >= 0)
                close(fd);
        return -1;
}

static int remove_children(DIR *d, struct err *e)
{
        struct dirent *entry;
        int ret = 0;

        while (ret == 0 && (entry = readdir(d))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                ret = fs_remove_tree(dirfd(d), entry->d_name, e);
        }
        return ret;
}

int fs_remove_tree(int dir, const char *path, struct err *e)
{
        DIR *d;
        int r;

        if (unlinkat(dir, path, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return err_sys(e, "cannot remove %s", path);
        r = fs_list_dir(dir, path, &d, e);
        if (r <= 0)
                return r;
        r = remove_children(d, e);
        closedir(d);
        if (r < 0)
                return -1;
        if (unlinkat(dir, path, AT_REMOVEDIR) < 0)
                return err_sys(e, "cannot remove %s", path);
        return 0;
}

int fs_free_bytes(int dir, uint64_t *bytes, struct err *e)
{
        struct statvfs s;

        if (fstatvfs(dir, &s) < 0)
                return err_sys(e, "cannot ask for the free space");
        *bytes = (uint64_t)s.f_bavail * s.f_frsize;
        return 0;
}

int fs_replace_link(int dir, const char *target, const char *name, struct err *e)
{
        char temp[48];

        temp_name(temp, sizeof temp);
        if (symlinkat(target, dir, temp) < 0)
                return err_sys(e, "cannot make a symbolic link to %s", target);
        if (renameat(dir, temp, dir, name) < 0) {
                err_sys(e, "cannot switch the link %s", name);
                unlinkat(dir, temp, 0);
                return -1;
        }
        return fs_sync_dir(dir, e);
}

int fs_lock(int dir, const char *path, struct err *e)
{
        char pid[32] = "";
        int fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

        if (fd < 0)
                return err_sys(e, "cannot open the lock file %s", path);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK) {
                        err_sys(e, "cannot take the lock file %s", path);
                } else {
                        ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

                        pid[n > 0 ? n : 0] = '\0';
                        pid[strcspn(pid, "\n")] = '\0';
                        err_set(e, ERR_LOCKED,
                            "another dray (process %s) is at work in this mirror; wait for it to end",
                            *pid ? pid : "unknown");
                }
                close(fd);
                return -1;
        }
        snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        /* cut last: a file that was emptied first is put on the disk when it is closed */
        if (pwrite(fd, pid, strlen(pid), 0) < 0 || ftruncate(fd, (off_t)strlen(pid)) < 0) {
                err_sys(e, "cannot write the lock %s", path);
                close(fd);
                return -1;
        }
        return fd;
}

const char *fs_size_text(uint64_t bytes, char out[16])
{
        static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
        double value = (double)bytes;
        size_t u = 0;

        while (value >= 999.5 && u + 1 < sizeof units / sizeof *units) {
                value /= 1000;
                u++;
        }
        snprintf(out, 16, u && value < 99.95 ? "%.1f %s" : "%.0f %s", value, units[u]);
        return out;
}
