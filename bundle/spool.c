#include "bundle/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "spool_state.h"

#define FOLDER "spool"
#define NEW "new" /* the pack that is being written */
#define CHUNK (256 * 1024)

static void path_of(const unsigned char manifest[SHA256_SIZE], char out[sizeof FOLDER + SHA256_HEX])
{
        memcpy(out, FOLDER "/", sizeof FOLDER);
        hex_encode(out + sizeof FOLDER, manifest, SHA256_SIZE);
}

/* How many bundles wait already. */
static int count_spools(int state, struct err *e)
{
        struct dirent *entry;
        DIR *d;
        int count = 0, r = fs_list_dir(state, FOLDER, &d, e);

        if (r <= 0)
                return r;
        while ((entry = readdir(d)))
                count += entry->d_name[0] != '.';
        closedir(d);
        return count;
}

static void count_packs(struct spool *s)
{
        char name[SHA256_HEX];
        struct stat st;

        s->has = xcalloc(s->m->pack_count, 1);
        for (size_t i = 0; i < s->m->pack_count; i++) {
                const struct manifest_pack *p = &s->m->packs[i];

                hex_encode(name, p->sha256, SHA256_SIZE);
                if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
                    (uint64_t)st.st_size != p->size)
                        continue;
                s->has[i] = 1;
                s->held++;
                s->bytes += p->size;
        }
}

int spool_exists(int state, const unsigned char manifest[SHA256_SIZE])
{
        char path[sizeof FOLDER + SHA256_HEX];

        path_of(manifest, path);
        return faccessat(state, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int spool_open(int state, const unsigned char manifest[SHA256_SIZE], const struct manifest *m,
    struct spool **out, struct err *e)
{
        char path[sizeof FOLDER + SHA256_HEX];
        struct spool *s;
        int seen;

        if (!spool_exists(state, manifest)) {
                int count = count_spools(state, e);

                if (count < 0)
                        return -1;
                if (count >= LIMIT_SPOOLS)
                        return err_set(e, ERR_FAILED,
                            "%d bundles wait for volumes already (dray status names them); bring what they "
                            "lack, or give them up by dray import --forget",
                            count);
        }
        path_of(manifest, path);
        s = xcalloc(1, sizeof *s);
        s->m = m;
        s->dir = fs_make_parents(state, path, e) < 0 ? -1 : fs_make_dir(state, path, e);
        seen = s->dir < 0 ? -1 : fs_make_dir(s->dir, SPOOL_SEEN, e);
        if (seen < 0) {
                spool_close(s);
                return -1;
        }
        close(seen);
        count_packs(s);
        *out = s;
        return 0;
}

void spool_close(struct spool *s)
{
        if (!s)
                return;
        if (s->dir >= 0)
                close(s->dir);
        free(s->has);
        free(s);
}

int spool_remove(int state, const unsigned char manifest[SHA256_SIZE], struct err *e)
{
        char path[sizeof FOLDER + SHA256_HEX];

        path_of(manifest, path);
        return fs_remove_tree(state, path, e);
}

int spool_has(const struct spool *s, size_t pack)
{
        return s->has[pack];
}

int spool_is_complete(const struct spool *s)
{
        return s->held == s->m->pack_count;
}

uint64_t spool_bytes(const struct spool *s)
{
        return s->bytes;
}

static int damaged(const struct manifest_pack *p, const char *what, struct err *e)
{
        char name[SHA256_HEX];

        hex_encode(name, p->sha256, SHA256_SIZE);
        return err_set(e, ERR_REFUSED, "pack %s is damaged%s", name, what);
}

/* Reads size bytes, writes them to fd (unless it is -1), and compares their hash. */
static int copy_pack(
    const struct manifest_pack *p, pack_read_fn *read, void *user, int fd, struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];
        char *chunk = xmalloc(CHUNK);
        int ret = -1;

        for (uint64_t left = p->size; left;) {
                size_t n = left < CHUNK ? (size_t)left : CHUNK;

                if (read(user, chunk, n, e) < 0)
                        goto out;
                digest_update(d, chunk, n);
                if (fd >= 0 && fs_write(fd, chunk, n, e) < 0) {
                        err_prefix(e, "spool (nothing was imported)");
                        goto out;
                }
                left -= n;
        }
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        ret = memcmp(raw, p->sha256, SHA256_SIZE) == 0 ? 0 : damaged(p, "; copy it again", e);
out:
        digest_free(d);
        free(chunk);
        return ret;
}

int spool_put(struct spool *s, size_t pack, pack_read_fn *read, void *user, struct err *e)
{
        int fd, ret;

        if (unlinkat(s->dir, NEW, 0) < 0 && errno != ENOENT)
                return err_sys(e, "spool");
        fd = openat(s->dir, NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
        /* it may become a file of the site, for anybody to read, whatever the umask */
        if (fd < 0 || fchmod(fd, 0444) < 0) {
                err_sys(e, "spool");
                if (fd >= 0)
                        close(fd);
                return -1;
        }
        ret = copy_pack(&s->m->packs[pack], read, user, fd, e);
        if (close(fd) < 0 && ret == 0)
                ret = err_sys(e, "spool");
        return ret;
}

int spool_keep(struct spool *s, size_t pack, struct err *e)
{
        const struct manifest_pack *p = &s->m->packs[pack];
        char name[SHA256_HEX];

        hex_encode(name, p->sha256, SHA256_SIZE);
        if (renameat(s->dir, NEW, s->dir, name) < 0)
                return err_sys(e, "spool: cannot rename to %s", name);
        for (size_t i = 0; i < s->m->pack_count; i++) { /* the same bytes may be two packs */
                if (s->has[i] || memcmp(s->m->packs[i].sha256, p->sha256, SHA256_SIZE) != 0)
                        continue;
                s->has[i] = 1;
                s->held++;
                s->bytes += p->size;
        }
        return 0;
}

int spool_get(const struct spool *s, size_t pack, struct err *e)
{
        char name[SHA256_HEX];
        int fd;

        hex_encode(name, s->m->packs[pack].sha256, SHA256_SIZE);
        fd = openat(s->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? err_sys(e, "spool: %s", name) : fd;
}

static int read_fd(void *user, void *bytes, size_t len, struct err *e)
{
        ssize_t n = fs_read(*(int *)user, bytes, len, e);

        if (n < 0)
                return -1;
        return (size_t)n == len ? 0 : err_set(e, ERR_REFUSED, "spool: a pack is cut short");
}

int spool_check(const struct spool *s, size_t pack)
{
        struct err ignored = ERR_INIT;
        int r, fd = spool_get(s, pack, &ignored);

        if (fd < 0)
                return 0;
        r = copy_pack(&s->m->packs[pack], read_fd, &fd, -1, &ignored);
        close(fd);
        return r == 0;
}

int spool_link(struct spool *s, size_t pack, int dir, const char *name, struct err *e)
{
        char from[SHA256_HEX];

        if (!spool_check(s, pack))
                return damaged(&s->m->packs[pack], " in state/spool", e);
        hex_encode(from, s->m->packs[pack].sha256, SHA256_SIZE);
        if (linkat(s->dir, from, dir, name, 0) == 0)
                return 1;
        return errno == EPERM || errno == EMLINK || errno == EXDEV || errno == EOPNOTSUPP
                   ? 0
                   : err_sys(e, "spool: cannot link %s", from);
}

void spool_drop(struct spool *s, size_t pack)
{
        char name[SHA256_HEX];

        if (!s->has[pack])
                return;
        hex_encode(name, s->m->packs[pack].sha256, SHA256_SIZE);
        unlinkat(s->dir, name, 0);
        free(s->has);
        s->held = 0;
        s->bytes = 0;
        count_packs(s);
}

int spool_settle(struct spool *s, struct err *e)
{
        return fs_sync_all(s->dir, e) < 0 ? -1 : spool_about_write(s, e);
}
