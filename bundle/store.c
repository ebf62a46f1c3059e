#include "store_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"

#define CHUNK (256 * 1024)

static void blob_path(const unsigned char sha[SHA256_SIZE], char out[BLOB_PATH])
{
        hex_encode(out + 3, sha, SHA256_SIZE);
        memcpy(out, out + 3, 2);
        out[2] = '/';
}

int store_open(int state, struct store **out, struct err *e)
{
        struct store *s = xcalloc(1, sizeof *s);

        s->state = state;
        s->blobs = s->tmp = -1;
        s->behind = behind_new();
        s->blobs = fs_make_dir(state, "blobs", e);
        if (s->blobs >= 0)
                s->tmp = fs_make_dir(state, "tmp", e);
        if (s->tmp < 0) {
                store_close(s);
                return -1;
        }
        *out = s;
        return 0;
}

void store_close(struct store *s)
{
        if (!s)
                return;
        behind_free(s->behind);
        if (s->blobs >= 0)
                close(s->blobs);
        if (s->tmp >= 0)
                close(s->tmp);
        free(s);
}

int store_state_dir(const struct store *s)
{
        return s->state;
}

int store_temp_dir(const struct store *s)
{
        return s->tmp;
}

int store_place(
    struct store *s, const unsigned char sha[SHA256_SIZE], char out[BLOB_PATH], struct err *e)
{
        char dir[3];

        blob_path(sha, out);
        if (s->has_folder[sha[0]])
                return 0;
        memcpy(dir, out, 2);
        dir[2] = '\0';
        if (mkdirat(s->blobs, dir, 0755) < 0 && errno != EEXIST)
                return err_sys(e, "cannot make blobs/%s", dir);
        s->has_folder[sha[0]] = 1;
        return 0;
}

int store_adopt(struct store *s, int dir, const char *name, const unsigned char sha256[SHA256_SIZE],
    struct err *e)
{
        char path[BLOB_PATH];

        if (store_place(s, sha256, path, e) < 0)
                return -1;
        if (renameat(dir, name, s->blobs, path) == 0)
                return 0;
        if (errno == ENOENT && faccessat(s->blobs, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        return err_sys(e, "cannot move a blob into the store");
}

int store_sync(struct store *s, struct err *e)
{
        return fs_sync_all(s->blobs, e);
}

int store_get(const struct store *s, const unsigned char sha256[SHA256_SIZE], struct err *e)
{
        char path[BLOB_PATH];
        int fd;

        blob_path(sha256, path);
        fd = openat(s->blobs, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return err_set(e, ERR_FAILED,
                    "blob %s is missing from the store; run dray fsck --repair", path + 3);
        if (fd < 0)
                return err_sys(e, "cannot open blob %s", path + 3);
        return fd;
}

int store_present(const struct store *s, const unsigned char sha256[SHA256_SIZE], uint64_t size)
{
        char path[BLOB_PATH];
        struct stat st;

        blob_path(sha256, path);
        return fstatat(s->blobs, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
               (uint64_t)st.st_size == size;
}

/* Whether an open file holds these bytes. An unreadable sector is damage like any other. */
static int holds(int fd, const unsigned char sha256[SHA256_SIZE])
{
        unsigned char raw[DIGEST_MAX_SIZE];
        struct digest *d = digest_new(DIGEST_SHA256);
        struct err ignored = ERR_INIT;
        char *chunk = xmalloc(CHUNK);
        ssize_t n;

        while ((n = fs_read(fd, chunk, CHUNK, &ignored)) > 0)
                digest_update(d, chunk, (size_t)n);
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        free(chunk);
        digest_free(d);
        return n == 0 && memcmp(raw, sha256, SHA256_SIZE) == 0;
}

int store_check(
    const struct store *s, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e)
{
        char path[BLOB_PATH];
        struct stat st;
        int fd, whole;

        blob_path(sha256, path);
        fd = openat(s->blobs, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == EIO))
                return 0;
        if (fd < 0)
                return err_sys(e, "cannot open blob %s", path + 3);
        whole = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size &&
                holds(fd, sha256);
        close(fd);
        return whole;
}

int store_is_same(
    const struct store *s, const unsigned char sha256[SHA256_SIZE], int dir, const char *path)
{
        char blob[BLOB_PATH];
        struct stat ours, theirs;
        int fd, same;

        blob_path(sha256, blob);
        if (fstatat(s->blobs, blob, &ours, AT_SYMLINK_NOFOLLOW) == 0 &&
            fstatat(dir, path, &theirs, AT_SYMLINK_NOFOLLOW) == 0 && ours.st_ino == theirs.st_ino &&
            ours.st_dev == theirs.st_dev)
                return 1;
        fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return 0;
        same = holds(fd, sha256);
        close(fd);
        return same;
}

static int copy_blob(const struct store *s, const unsigned char sha256[SHA256_SIZE], int dir,
    const char *path, struct err *e)
{
        char *chunk = NULL;
        ssize_t n;
        int ret = -1, to = -1, from = store_get(s, sha256, e);

        if (from < 0)
                return -1;
        to = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
        if (to < 0 || fchmod(to, 0444) < 0) {
                err_sys(e, "cannot make %s", path);
                goto out;
        }
        chunk = xmalloc(CHUNK);
        while ((n = fs_read(from, chunk, CHUNK, e)) > 0)
                if (fs_write(to, chunk, (size_t)n, e) < 0)
                        break;
        if (n)
                err_prefix(e, "copying a blob to %s", path);
        else
                ret = 0;
out:
        free(chunk);
        close(from);
        if (to >= 0 && close(to) < 0 && ret == 0)
                ret = err_sys(e, "cannot write %s", path);
        if (to >= 0 && ret < 0)
                unlinkat(dir, path, 0); /* part of a file must not be served */
        return ret;
}

int store_link(const struct store *s, const unsigned char sha256[SHA256_SIZE], int dir,
    const char *path, struct err *e)
{
        char from[BLOB_PATH];

        blob_path(sha256, from);
        if (linkat(s->blobs, from, dir, path, 0) == 0)
                return 0;
        if (errno == ENOENT) { /* the folder above, or the blob? */
                if (fs_make_parents(dir, path, e) < 0)
                        return -1;
                if (linkat(s->blobs, from, dir, path, 0) == 0)
                        return 0;
        }
        if (errno == EEXIST) {
                if (unlinkat(dir, path, 0) < 0)
                        return err_sys(e, "cannot replace %s", path);
                if (linkat(s->blobs, from, dir, path, 0) == 0)
                        return 0;
        }
        if (errno == ENOENT)
                return err_set(e, ERR_FAILED,
                    "blob %s is missing from the store; run dray fsck --repair", from + 3);
        if (errno == EXDEV || errno == EMLINK || errno == EPERM)
                return copy_blob(s, sha256, dir, path, e);
        return err_sys(e, "cannot link %s", path);
}

int store_remove(struct store *s, const unsigned char sha256[SHA256_SIZE], struct err *e)
{
        char path[BLOB_PATH];

        blob_path(sha256, path);
        if (unlinkat(s->blobs, path, 0) < 0 && errno != ENOENT)
                return err_sys(e, "cannot remove blob %s", path + 3);
        return 0;
}

static int walk_dir(DIR *d,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e)
{
        struct dirent *entry;
        int ret = 0;

        while (ret == 0 && (entry = readdir(d))) {
                unsigned char sha[SHA256_SIZE];
                struct stat st;

                if (hex_decode(sha, sizeof sha, entry->d_name) < 0)
                        continue;
                if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                ret = each(user, sha, (uint64_t)st.st_size, e);
        }
        return ret;
}

int store_walk(const struct store *s,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e)
{
        for (unsigned i = 0; i < 256; i++) {
                unsigned char byte = (unsigned char)i;
                char name[3];
                DIR *d;
                int ret;

                hex_encode(name, &byte, 1);
                ret = fs_list_dir(s->blobs, name, &d, e);
                if (ret < 0)
                        return err_prefix(e, "blobs");
                if (ret == 0)
                        continue;
                ret = walk_dir(d, each, user, e);
                closedir(d);
                if (ret)
                        return ret;
        }
        return 0;
}

int64_t store_clean(struct store *s, struct err *e)
{
        struct dirent *entry;
        int64_t freed = 0;
        DIR *d;
        int r = fs_list_dir(s->tmp, ".", &d, e);

        if (r <= 0)
                return r < 0 ? err_prefix(e, "tmp") : 0;
        while ((entry = readdir(d))) {
                struct stat st;

                if (entry->d_name[0] == '.' || strncmp(entry->d_name, "part-", 5) == 0 ||
                    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (fs_remove_tree(dirfd(d), entry->d_name, e) < 0) {
                        closedir(d);
                        return -1;
                }
                freed += st.st_size;
        }
        closedir(d);
        return freed;
}
